"""Which channels the bound city has, and the ready sender of each.

Invariant: a channel is there only where it can really send: mail needs the deployment's server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from flask import current_app

from complaints.models.notices import EMAIL, QUIET_FROM, QUIET_UNTIL, SMS, WHATSAPP, MessagingSettings
from core.config import Settings
from core.crypto import Secrets
from core.messaging.gateway import GatewayAccount, HttpGateway, TextSender
from core.messaging.mail import Mailer, SmtpMailer, server_of
from core.messaging.twin import FolderTwin

#: a gateway's address that means the deployment's folder of messages (demonstrations)
TWIN = "twin:"


def has_mail_server() -> bool:
    """Whether this deployment can send mail."""
    return _settings().mail_url is not None


def mailer() -> Mailer:
    """A fresh batch of mails. The deployment must have a server."""
    url = _settings().mail_url or ""
    twin = folder()
    return FolderTwin(twin) if twin is not None else SmtpMailer(server_of(url))


def folder() -> Path | None:
    """The folder that stands in for a server, where the deployment has one."""
    url = _settings().mail_url or ""
    return Path(unquote(urlsplit(url).path)) if url.startswith("file:") else None


def text_sender(row: MessagingSettings, channel: str) -> TextSender:
    """The sender of SMS or WhatsApp. Raises SecretUnreadable."""
    url = getattr(row, f"{channel}_url") or ""
    twin = folder()
    if url == TWIN and twin is not None:
        return FolderTwin(twin)
    secrets: Secrets = current_app.extensions["secrets"]
    secret = getattr(row, f"{channel}_secret")
    account = GatewayAccount(
        url, getattr(row, f"{channel}_header") or "Authorization", secrets.decrypt(secret) if secret else ""
    )
    return HttpGateway(account, current_app.extensions["gateway_http"])


@dataclass(frozen=True, slots=True)
class Channels:
    """What the city has switched on, and its quiet hours (local)."""

    mail: bool
    sms: bool
    whatsapp: bool
    quiet_from: time = QUIET_FROM
    quiet_until: time = QUIET_UNTIL

    @classmethod
    def of(cls, row: Any) -> Channels:
        """Of a row with the settings' columns; without one (`mail_on` None) mail alone."""
        if row.mail_on is None:
            return cls(has_mail_server(), sms=False, whatsapp=False)
        return cls(
            has_mail_server() and row.mail_on,
            bool(row.sms_on and row.sms_url),
            bool(row.whatsapp_on and row.whatsapp_url),
            row.quiet_from,
            row.quiet_until,
        )

    def for_reporter(self, phone: str | None, email: str | None) -> list[tuple[str, str]]:
        """(channel, address): mail, and one message to the phone, over WhatsApp where the city has it."""
        found = [(EMAIL, email)] if email and self.mail else []
        if phone and (self.whatsapp or self.sms):
            found.append((WHATSAPP if self.whatsapp else SMS, phone))
        return found

    def quiet_seconds(self, at: datetime, zone: ZoneInfo) -> float:
        """Seconds from an instant to the end of the quiet hours it falls into; 0 outside of them."""
        local = at.astimezone(zone)
        begins, ends, now = self.quiet_from, self.quiet_until, local.time()
        is_quiet = begins <= now < ends if begins <= ends else (now >= begins or now < ends)
        if not is_quiet:
            return 0.0
        day = local.date() + timedelta(days=1 if now >= ends else 0)
        return (datetime.combine(day, ends, zone) - local).total_seconds()


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
