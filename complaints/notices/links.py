"""The short link in a reporter's message: a secret of its own, derived from the message, kept as a digest.

It fits a text message beside the number and is valid on its city's host for as long as a tracking link.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from complaints.models import Complaint, Notice
from core import clock
from core.config import Settings
from core.db.tenancy import bound_tenant_id
from core.extensions import db

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16  # 80 bits
VALID = timedelta(days=400)


def code_of(notice_id: uuid.UUID) -> str:
    """The secret of one message's link."""
    key: bytes = current_app.extensions["link_key"]
    digest = hmac.digest(key, f"notice:{bound_tenant_id()}:{notice_id}".encode(), "sha256")
    value = int.from_bytes(digest[:10], "big")
    return "".join(_LETTERS[value >> (5 * place) & 31] for place in range(LENGTH))


def digest_of(code: str) -> str:
    """What is stored of it."""
    return hashlib.sha256(code.encode()).hexdigest()[:40]


def short_link(notice_id: uuid.UUID, host: str) -> str:
    """The address in the message. `host` is the city's, without port."""
    return f"{base_url(host)}/l/{code_of(notice_id)}"


def base_url(host: str) -> str:
    """Scheme, host and port of the city's pages, outside of requests too."""
    settings: Settings = current_app.extensions["settings"]
    port = settings.public_suffix.removeprefix(settings.base_domain)
    return f"{settings.public_scheme}://{host}{port}"


def number_behind(code: str) -> str | None:
    """The number of the report a link leads to, in the bound city."""
    if len(code) != LENGTH or not code.isascii():
        return None
    return db.session.scalar(
        select(Complaint.number)
        .join(Notice, (Notice.tenant_id == Complaint.tenant_id) & (Notice.complaint_id == Complaint.id))
        .where(Notice.link_digest == digest_of(code), Notice.created_at > clock.now() - VALID)
    )
