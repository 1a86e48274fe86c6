"""The newest reports of which the national side would learn something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import func, select

from complaints.models import Category, Complaint, ComplaintEvent
from complaints.workflow import Act
from core.extensions import db
from sp4n.models import Sp4nLink, Sp4nMapping
from sp4n.parity.facts import TOLD
from sp4n.subscribers import NATIONAL_CHANNEL

MOST_REPORTS = 50
#: how many of the newest entries are looked at
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A report with the number of messages. `remarks`: what is told of them beforehand."""

    number: str
    title: str
    last_at: datetime
    messages: int
    remarks: tuple[str, ...]


def newest() -> list[Row]:
    """Those with the newest entries. One SQL statement."""
    event = ComplaintEvent
    told = (
        select(event.complaint_id, event.id, event.occurred_at)
        .where(
            event.act.in_((*sorted(TOLD), Act.DECLINE_JURISDICTION, Act.SUBMIT)),
            event.visibility == "public",
            event.actor_kind != "sp4n",
        )
        .order_by(event.id.desc())
        .limit(MOST_ENTRIES)
        .subquery()
    )
    reports = (
        select(told.c.complaint_id, func.count().label("messages"), func.max(told.c.occurred_at).label("at"))
        .group_by(told.c.complaint_id)
        .order_by(func.max(told.c.occurred_at).desc())
        .limit(MOST_REPORTS)
        .subquery()
    )
    is_linked = select(Sp4nLink.id).where(Sp4nLink.complaint_id == Complaint.id).exists()
    is_mapped = (
        select(Sp4nMapping.id)
        .where(Sp4nMapping.kind == "category", Sp4nMapping.local_key == Category.code)
        .exists()
    )
    rows = db.session.execute(
        select(
            Complaint.number,
            Complaint.title,
            reports.c.at,
            reports.c.messages,
            Complaint.is_anonymous,
            Complaint.is_confidential,
            is_linked.label("is_linked"),
            Category.name.label("category"),
            is_mapped.label("is_mapped"),
            Complaint.channel,
        )
        .join(reports, reports.c.complaint_id == Complaint.id)
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .order_by(reports.c.at.desc(), Complaint.id)
    ).all()
    return [Row(row.number, row.title, row.at, row.messages, tuple(_remarks(row))) for row in rows]


def _remarks(row: SqlRow[*tuple[Any, ...]]) -> Iterator[str]:
    if row.is_anonymous:
        yield "anonim"
    if row.is_confidential:
        yield "rahasia"
    if not row.is_mapped and row.channel != NATIONAL_CHANNEL:
        yield f"kategori “{row.category}” belum dipetakan"
    if row.is_linked:
        yield "sudah ada di SP4N-LAPOR!"
