"""Other reports of the same person, by the same phone number or address of mail in this city."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from complaints.acts.engine import Actor
from complaints.labels import StatusView, status_view
from complaints.models import Complaint, Reporter
from complaints.permissions import Permission
from core.extensions import db

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OtherReport:
    """A report of the same person that the officer may read."""

    number: str
    title: str
    status: StatusView
    received_at: datetime


@dataclass(frozen=True, slots=True)
class OtherReports:
    """The newest, and how many there are in all."""

    rows: list[OtherReport]
    count: int


NONE = OtherReports([], 0)


def _ids(condition: Any) -> Select[uuid.UUID]:
    return select(Reporter.complaint_id).where(condition)


_same = (
    _ids(Reporter.phone == bindparam("phone")).union(_ids(Reporter.email == bindparam("email"))).subquery()
)
_OTHERS = (
    select(
        Complaint.number,
        Complaint.title,
        Complaint.status,
        Complaint.received_at,
        func.count().over().label("total"),
    )
    .join(_same, _same.c.complaint_id == Complaint.id)
    .where(Complaint.id != bindparam("complaint_id"))
    .order_by(Complaint.received_at.desc(), Complaint.id)
    .limit(MOST_SHOWN)
)


def others_of(complaint_id: uuid.UUID, phone: str | None, email: str | None, actor: Actor) -> OtherReports:
    """Reports with the same contact, newest first, as far as the actor may read them and know whose they are.

    One query.
    """
    if not phone and not email:
        return NONE
    statement = _OTHERS
    if Permission.VIEW_ANONYMOUS_IDENTITY not in actor.grants:
        statement = statement.where(Complaint.is_anonymous.is_(False))
    if actor.own_department_only:
        statement = statement.where(Complaint.department_id == actor.department_id)
    asked = {"complaint_id": complaint_id, "phone": phone, "email": email}
    rows = db.session.execute(statement, asked).all()
    found = [
        OtherReport(row.number, row.title, status_view(row.status, staff=True), row.received_at)
        for row in rows
    ]
    return OtherReports(found, rows[0].total if rows else 0)
