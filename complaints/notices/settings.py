"""Changing how the city reaches people, in which words, and what an officer wants to get; audited.

Invariant: a gateway's credential is never read back, and goes to no address it was not given for.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from complaints import statute
from complaints.acts.engine import Actor
from complaints.models import MessagingSettings, NoticePreference, NoticeText
from complaints.models.notices import DIGEST_AT, OFFICER, QUIET_FROM, QUIET_UNTIL
from complaints.notices import channels, digest, texts
from complaints.notices.catalogue import KINDS
from complaints.notices.texts import MAIL, SHORT, Words
from complaints.permissions import Permission
from core import audit, clock
from core.crypto import Secrets
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden, NotFound
from core.extensions import db
from core.ids import uuid7
from core.messaging.message import is_mail_address

GATEWAYS = {"sms": "SMS", "whatsapp": "WhatsApp"}
PLAIN = (
    "mail_on", "from_name", "from_address", "reply_to", "sms_on", "sms_url", "sms_header", "whatsapp_on",
    "whatsapp_url", "whatsapp_header", "quiet_from", "quiet_until", "digest_on", "digest_at",
)  # fmt: skip
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(PLAIN),
    "mail_on": True,
    "sms_on": False,
    "whatsapp_on": False,
    "digest_on": True,
    "quiet_from": QUIET_FROM,
    "quiet_until": QUIET_UNTIL,
    "digest_at": DIGEST_AT,
}
LONGEST = {MAIL: 3_000, SHORT: 480}
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def current() -> tuple[dict[str, Any], frozenset[str]]:
    """The bound city's settings without secrets, and the gateways that have one."""
    row = db.session.scalars(select(MessagingSettings)).first()
    if row is None:
        return dict(DEFAULTS), frozenset()
    kept = frozenset(name for name in GATEWAYS if getattr(row, f"{name}_secret"))
    return {name: getattr(row, name) for name in PLAIN}, kept


def change(values: Mapping[str, Any], secrets: Mapping[str, str | None], actor: Actor) -> bool:
    """Keep the settings; a secret that is None stays. Returns whether anything changed.

    Raises Forbidden, FieldProblem.
    """
    _require(actor)
    new = {name: values[name] for name in PLAIN}
    _check(new)
    with unit_of_work() as session:
        session.execute(_ONE_AT_A_TIME, {"key": f"messaging:{bound_tenant_id()}"})
        row = session.scalars(select(MessagingSettings).with_for_update()).first()
        if row is None:
            row = MessagingSettings(**DEFAULTS)
            session.add(row)
        old = {name: getattr(row, name) for name in PLAIN}
        replaced = [name for name in GATEWAYS if _keep_secret(row, name, new, secrets.get(name))]
        if old == new and not replaced:
            return False
        for name, value in new.items():
            setattr(row, name, value)
        now = clock.now()
        row.next_digest_at = digest.next_at(now, row.digest_at, statute.load(now).calendar)
        session.flush()
        audit.record(
            "messaging.settings_changed",
            actor_id=actor.id,
            actor_name=actor.name,
            old={name: _plain(value) for name, value in old.items() if new[name] != value},
            new={name: _plain(value) for name, value in new.items() if old[name] != value},
            secrets_replaced=replaced,
        )
        return True


def _keep_secret(row: MessagingSettings, name: str, new: Mapping[str, Any], secret: str | None) -> bool:
    """Whether the gateway's credential was replaced. A new address needs the credential anew."""
    url, header = getattr(row, f"{name}_url"), getattr(row, f"{name}_header")
    if secret:
        if not secret.isascii() or not secret.isprintable() or len(secret) > 500:
            raise FieldProblem(
                f"{name}_secret", "Kredensial hanya boleh memuat huruf, angka, dan tanda baca biasa"
            )
        keys: Secrets = current_app.extensions["secrets"]
        setattr(row, f"{name}_secret", keys.encrypt(secret))
        return True
    moved = (url, header) != (new[f"{name}_url"], new[f"{name}_header"])
    if moved and getattr(row, f"{name}_secret"):
        if new[f"{name}_url"]:
            raise FieldProblem(f"{name}_secret", "Isi kredensial lagi karena alamat atau nama header berubah")
        setattr(row, f"{name}_secret", None)
        return True
    return False


def _check(new: Mapping[str, Any]) -> None:
    for name in ("from_address", "reply_to"):
        if new[name] and not is_mail_address(new[name]):
            raise FieldProblem(
                name, "Alamat surel harus memuat tanda @ dan nama domain, misalnya aduan@kota.go.id"
            )
    for name, label in GATEWAYS.items():
        url, header = new[f"{name}_url"], new[f"{name}_header"]
        if new[f"{name}_on"] and not url:
            raise FieldProblem(f"{name}_url", f"Isi alamat gateway {label} sebelum menyalakannya")
        if url and not _is_address(url):
            raise FieldProblem(
                f"{name}_url", "Tulis alamat lengkap, misalnya https://gateway.contoh.id/kirim"
            )
        if header and not _HEADER.fullmatch(header):
            raise FieldProblem(f"{name}_header", "Nama header hanya berisi huruf, angka, dan tanda hubung")
    if new["quiet_from"] == new["quiet_until"]:
        raise FieldProblem("quiet_until", "Jam tenang harus berakhir pada waktu yang berbeda dari mulainya")


def _is_address(url: str) -> bool:
    if url == channels.TWIN:
        return channels.folder() is not None
    parts = urlsplit(url)
    allowed = ("https", "http") if current_app.extensions["settings"].allow_loopback_http else ("https",)
    return parts.scheme in allowed and bool(parts.hostname) and not parts.username and len(url) <= 500


def _plain(value: Any) -> Any:
    return value.strftime("%H.%M") if isinstance(value, time) else value


def set_words(code: str, form: str, words: Words | None, actor: Actor) -> bool:
    """Keep the city's words of a message; None gives the product's back. Returns whether anything changed.

    Raises Forbidden, NotFound, FieldProblem (fields `subject`, `body`, `short`).
    """
    _require(actor)
    kind = KINDS.get(code)
    if kind is None or form not in LONGEST or (form == SHORT and kind.recipient == OFFICER):
        raise NotFound()
    if words is not None:
        check_words(code, form, words)
    with unit_of_work() as session:
        session.execute(_ONE_AT_A_TIME, {"key": f"notice-text:{bound_tenant_id()}"})
        old = texts.words_of(code, form)
        new = texts.default_words(code, form) if words is None else words
        if old == new:
            return False
        own = (
            (NoticeText.tenant_id == bound_tenant_id())
            & (NoticeText.code == code)
            & (NoticeText.form == form)
        )
        session.execute(delete(NoticeText).where(own))
        if new != texts.default_words(code, form):
            subject = new.subject if form == MAIL else None
            session.add(NoticeText(code=code, form=form, subject=subject, body=new.body))
        audit.record(
            "messaging.text_changed",
            actor_id=actor.id,
            actor_name=actor.name,
            code=code,
            form=form,
            old={"subject": old.subject, "body": old.body},
            new={"subject": new.subject, "body": new.body},
        )
        return True


def check_words(code: str, form: str, words: Words) -> None:
    """Raises FieldProblem for what cannot be sent."""
    kind = KINDS[code]
    field = "short" if form == SHORT else "body"
    if not words.body:
        raise FieldProblem(field, "Tulis isi pesan")
    if len(words.body) > LONGEST[form]:
        limit = f"{LONGEST[form]:,}".replace(",", ".")
        raise FieldProblem(field, f"Isi pesan paling banyak {limit} huruf")
    texts.check(kind, words.body, field)
    if "{{tautan}}" not in re.sub(r"\s", "", words.body):
        raise FieldProblem(field, "Isi pesan harus memuat {{tautan}}")
    if form == MAIL:
        if not words.subject:
            raise FieldProblem("subject", "Tulis judul surel")
        if len(words.subject) > 150:
            raise FieldProblem("subject", "Judul surel paling banyak 150 huruf")
        texts.check(kind, words.subject, "subject")


def wishes_of(officer_id: uuid.UUID) -> tuple[bool, bool]:
    """(wants notices, wants the morning's list)."""
    row = db.session.execute(
        select(NoticePreference.wants_notices, NoticePreference.wants_digest).where(
            NoticePreference.officer_id == officer_id
        )
    ).first()
    return (True, True) if row is None else (row.wants_notices, row.wants_digest)


def set_wishes(officer_id: uuid.UUID, *, notices: bool, digest: bool) -> None:
    """Keep what an officer wants by mail."""
    values = {"wants_notices": notices, "wants_digest": digest}
    with unit_of_work() as session:
        session.execute(
            insert(NoticePreference)
            .values(tenant_id=bound_tenant_id(), id=uuid7(), officer_id=officer_id, **values)
            .on_conflict_do_update(index_elements=["tenant_id", "officer_id"], set_=values)
        )


def _require(actor: Actor) -> None:
    if Permission.CONFIGURE not in actor.grants:
        raise Forbidden()
