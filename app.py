"""Composition root: builds the application from its packages. Nobody but wsgi.py and the tests imports it."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from flask_babel import Babel
from flask_compress import Compress
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

import complaints.wiring
import monitoring.wiring
import operating.wiring
import sp4n.wiring
import tenants.wiring
from core.config import Settings
from core.crypto import Secrets, derive_key
from core.db import liveness, reading
from core.db.migrating import LateMigrate
from core.db.roles import guard
from core.extensions import csrf, db
from core.jobs.cli import jobs_cli
from core.jobs.queue import JobRegistry
from core.jobs.schedule import Entry
from core.jobs.sweeping import Sweep
from core.logging import configure
from core.storage import open_store
from core.web import assets, errors, health, navigation, requests, security, templating, tracing
from core.web.access import CITY, PROVINCE, ROOT, merge_grants, public_page, require_access_rules
from core.web.limits import limiter
from core.web.tenant import host_kind
from demo.cli import demo_cli

#: what "/" shows, by kind of host
HOME = {ROOT: "tenants.root", CITY: "complaints.home", PROVINCE: "monitoring.home"}
PACKAGES = (tenants.wiring, complaints.wiring, sp4n.wiring, monitoring.wiring, operating.wiring)


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Raises SettingError, UnprotectedRoute; refuses an unsafe database role."""
    settings = settings or Settings.from_env()
    configure(settings.log_level)
    app = Flask("app", template_folder="templates", static_folder=None)
    app.jinja_environment = templating.Templates
    _configure(app, settings)
    _bind_extensions(app, settings)
    _web(app, settings)
    for package in PACKAGES:
        package.wire(app)
    csrf.init_app(app)  # after the resolver: a token is only looked at once the host's tenant is known
    app.extensions["grants"] = merge_grants(*(package.GRANTS for package in PACKAGES))
    app.extensions["schedule"] = (Entry("sweep", Sweep(app), settings.sweep_seconds),)
    app.cli.add_command(jobs_cli)
    app.cli.add_command(demo_cli)
    require_access_rules(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    megabyte = 1024 * 1024
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.pool_size,
            "max_overflow": 0,
            "pool_timeout": 10,
            "pool_recycle": 1800,
            "isolation_level": "READ COMMITTED",  # what units of work and their locks rest on
            "hide_parameters": True,  # an error in the log quotes the statement, not what people wrote
            "connect_args": {"connect_timeout": 3, "options": "-c statement_timeout=15000 -c timezone=UTC"},
        },
        SESSION_COOKIE_NAME="sesi",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_scheme == "https",
        PERMANENT_SESSION_LIFETIME=24 * 3600,
        MAX_CONTENT_LENGTH=megabyte,
        MAX_FORM_MEMORY_SIZE=megabyte,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,
        COMPRESS_MIMETYPES=["text/html", "text/css"],
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_STREAMS=False,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 0.5, "socket_timeout": 1},
        RATELIMIT_KEY_PREFIX="limit",
    )


def _bind_extensions(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.extensions["store"] = open_store(settings)
    app.extensions["secrets"] = Secrets([Fernet(key) for key in settings.encryption_keys])
    app.extensions["pin_key"] = derive_key(settings.secret_key, "pin")
    app.extensions["jobs"] = JobRegistry(app, settings.redis_url)
    db.init_app(app)
    with app.app_context():
        reading.install(app, db.engine)
        guard(db.engine)
        liveness.install(db.engine)
    limiter.init_app(app)
    Babel(app, default_locale="id", default_timezone="Asia/Jakarta")
    Compress(app)
    LateMigrate(app)


def _web(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    tracing.install(app)
    templating.install(app)
    navigation.install(app)
    errors.install(app)
    requests.install(app, settings.request_limit_mb * 1024 * 1024)
    security.install(app, https=settings.public_scheme == "https")

    @app.get("/", endpoint="home")
    @public_page(ROOT, CITY, PROVINCE)
    def home() -> Any:
        return app.view_functions[HOME[host_kind()]]()

    app.register_blueprint(assets.blueprint)
    app.register_blueprint(health.blueprint)


def check_database_role(app: Flask) -> None:
    """Connect once at start-up, so that an unsafe role is refused at once.

    A database that is away is waited for.
    """
    with app.app_context():
        try:
            db.session.execute(text("SELECT 1"))
        except OperationalError:
            app.logger.warning("database_unavailable_at_start")
        finally:
            db.session.remove()
            db.engine.dispose()
