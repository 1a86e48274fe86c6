"""Flask extensions, unbound. `app.create_app` binds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from core.db.base import Base

#: models derive from core.db.base.Base; the extension brings the session of each application context
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
login_manager = LoginManager()
csrf = CSRFProtect()

if TYPE_CHECKING:
    from redis import Redis
else:
    Redis = Any


def redis_client(url: str) -> Redis:
    """A client that fails in milliseconds when the server is away (the plain constructor hangs for
    seconds).
    """
    from redis import Redis as Client

    return Client.from_url(url, socket_connect_timeout=0.5, socket_timeout=5)


def hasty_redis(url: str) -> Redis:
    """A client for what may as well be missing: an answer at once or none, and no second try."""
    from redis import Redis as Client
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Client.from_url(url, socket_connect_timeout=0.03, socket_timeout=0.03, retry=Retry(NoBackoff(), 0))
