"""From a notice to the finished message: who gets it is read now, from the stored record and nowhere else."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, bindparam, select

from complaints import statute
from complaints.acts.reporter import reopen_until
from complaints.models import Complaint, ComplaintEvent, MessagingSettings, Notice, Reporter
from complaints.models.notices import EMAIL, REPORTER
from complaints.notices import texts
from complaints.notices.links import base_url, short_link
from complaints.notices.texts import MAIL, SHORT
from core import formats
from core.config import Settings
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from core.messaging.message import MailMessage, TextMessage
from tenants.models import Department, Officer, Tenant, TenantHost

_OFFICE = {"kota": "Pemkot", "kab": "Pemkab", "province": "Pemprov"}
CONFIDENTIAL = "(laporan rahasia)"
NO_ADDRESS = "Alamat penerima sudah tidak ada"


@dataclass(frozen=True, slots=True)
class Office:
    """The city as its messages name it. One a batch."""

    name: str
    short_name: str
    service_name: str
    zone: ZoneInfo
    host: str
    from_name: str
    from_address: str
    reply_to: str | None

    @property
    def url(self) -> str:
        """Its pages' base address."""
        return base_url(self.host)


def office_name(kind: str, short_name: str) -> str:
    """How messages name the government of a tenant: its kind in short, then its short name."""
    return f"{_OFFICE[kind]} {short_name}"


def load_office(settings: Settings, row: MessagingSettings | None) -> Office:
    """The bound city. Two statements."""
    tenant = db.session.execute(
        select(Tenant.kind, Tenant.name, Tenant.short_name, Tenant.service_name, Tenant.timezone, Tenant.slug)
        .where(Tenant.id == bound_tenant_id())
    ).one()  # fmt: skip
    hosts = db.session.scalars(
        select(TenantHost.host).where(TenantHost.tenant_id == bound_tenant_id()).order_by(TenantHost.host)
    ).all()
    own = f"{tenant.slug}.{settings.base_domain}"
    return Office(
        name=tenant.name,
        short_name=office_name(tenant.kind, tenant.short_name),
        service_name=tenant.service_name,
        zone=ZoneInfo(tenant.timezone),
        host=own if own in hosts or not hosts else hosts[0],
        from_name=(row.from_name if row else None) or tenant.service_name,
        from_address=(row.from_address if row else None) or settings.mail_sender,
        reply_to=row.reply_to if row else None,
    )


class Unaddressed(Exception):
    """Nobody is there to send it to any more."""


_NOTICE = (
    select(
        Notice.state,
        Notice.code,
        Notice.channel,
        Notice.recipient_kind,
        Notice.event_id,
        Reporter.name.label("reporter_name"),
        Reporter.phone,
        Reporter.email.label("reporter_email"),
        Officer.name.label("officer_name"),
        Officer.email.label("officer_email"),
        Officer.is_active,
        Complaint.number,
        Complaint.title,
        Complaint.is_confidential,
        Complaint.verify_due_at,
        Complaint.due_at,
        Complaint.outcome,
        Complaint.id.label("complaint_id"),
        Department.name.label("unit"),
    )
    .outerjoin(Complaint, (Complaint.tenant_id == Notice.tenant_id) & (Complaint.id == Notice.complaint_id))
    .outerjoin(
        Reporter, (Reporter.tenant_id == Notice.tenant_id) & (Reporter.complaint_id == Notice.complaint_id)
    )
    .outerjoin(Officer, (Officer.tenant_id == Notice.tenant_id) & (Officer.id == Notice.officer_id))
    .outerjoin(
        Department,
        (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id),
    )
    .where(Notice.id == bindparam("notice"))
)
NoticeRow = Row[*tuple[Any, ...]]


def load(notice_id: uuid.UUID) -> NoticeRow | None:
    """What the message needs of the notice, its case and its recipient. One statement."""
    return db.session.execute(_NOTICE, {"notice": notice_id}).first()


def write(
    notice_id: uuid.UUID, row: NoticeRow, office: Office, payload: dict[str, Any]
) -> MailMessage | TextMessage:
    """The finished message. Raises Unaddressed."""
    values = _values(notice_id, row, office, payload)
    is_reporter = row.recipient_kind == REPORTER
    if row.channel != EMAIL:
        if not row.phone:
            raise Unaddressed
        words = texts.words_of(row.code, SHORT)
        return TextMessage(str(notice_id), row.phone, texts.short_text(words, values))
    address = row.reporter_email if is_reporter else (row.officer_email if row.is_active else None)
    if not address:
        raise Unaddressed
    rendered = texts.mail(texts.words_of(row.code, MAIL), values, footer=_footer(office, is_reporter))
    return MailMessage(
        key=str(notice_id),
        to=address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        from_name=office.from_name,
        from_address=office.from_address,
        reply_to=office.reply_to,
    )


def _footer(office: Office, is_reporter: bool) -> str:
    if is_reporter:
        return (
            f"{office.service_name}, layanan pengaduan Pemerintah {office.name}."
            " Kami tidak pernah meminta kode OTP, kata sandi, atau uang."
        )
    return f"{office.service_name}. Atur pesan untuk Anda: {office.url}/petugas/pesan"


def _values(notice_id: uuid.UUID, row: NoticeRow, office: Office, payload: dict[str, Any]) -> dict[str, str]:
    is_reporter = row.recipient_kind == REPORTER
    number = row.number or ""
    if is_reporter:
        link = short_link(notice_id, office.host)
    else:
        link = f"{office.url}/petugas/laporan/{number}" if number else f"{office.url}/petugas/"
    return {
        "nomor": number,
        "judul": CONFIDENTIAL if row.is_confidential else (row.title or ""),
        "pemda": office.short_name,
        "kota": office.name,
        "layanan": office.service_name,
        "tautan": link,
        "nama": (row.reporter_name if is_reporter else row.officer_name) or "",
        "unit": row.unit or "",
        "instansi": _institution(row),
        "tingkat": str(payload.get("level", "")),
        "ringkas": str(payload.get("summary", "")),
        "rincian": "\n".join(payload.get("lines", ())),
        "batas": _until(row, office.zone, payload),
    }


def _institution(row: NoticeRow) -> str:
    if row.code != "passed_on":
        return ""
    data = db.session.scalar(select(ComplaintEvent.data).where(ComplaintEvent.id == row.event_id)) or {}
    named = data.get("institution") or data.get("target") or row.outcome
    return str(named or "instansi yang berwenang")


def _until(row: NoticeRow, zone: ZoneInfo, payload: dict[str, Any]) -> str:
    at: datetime | date | None = row.due_at
    if row.code in ("received", "moved_in"):
        at = row.verify_due_at
    elif row.code == "needs_info":
        at = datetime.fromisoformat(payload["due"]) if "due" in payload else row.due_at
    elif row.code in ("auto_closed", "closed"):
        at = _reopen_until(row.complaint_id)
    return formats.short_date(at, zone) if at is not None else "-"


def _reopen_until(complaint_id: uuid.UUID) -> datetime | None:
    complaint = db.session.scalars(select(Complaint).where(Complaint.id == complaint_id)).one()
    if complaint.merged_into_id is not None:
        complaint = db.session.scalars(
            select(Complaint).where(Complaint.id == complaint.merged_into_id)
        ).one()
    return reopen_until(complaint, statute.load(complaint.received_at))
