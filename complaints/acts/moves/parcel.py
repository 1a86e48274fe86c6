"""What moves: a report with all that belongs to it, as plain values read at the sending city."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, aliased

from complaints.labels import place_of
from complaints.models import (
    Attachment,
    Category,
    Complaint,
    ComplaintEvent,
    Rating,
    Reporter,
    TrackingAccess,
)
from complaints.ports import sync_of
from core.db.base import Base
from core.db.tenancy import bound_tenant_id
from tenants.models import Area, Tenant

Row = dict[str, Any]
#: what every city numbers for itself
_OWN = frozenset({"tenant_id", "ordinal", "undo"})


@dataclass(frozen=True, slots=True)
class Parcel:
    """A report on its way. `move` is its own id: the same parcel is taken in once. `sent_by` is the act."""

    move: uuid.UUID
    sent_by: uuid.UUID
    source: Row  # id, slug, name of the sending city
    actor_name: str
    complaint: Row
    category_code: str
    place: str
    national_number: str | None
    events: list[Row]
    reporter: Row
    access: Row
    attachments: list[Row]
    ratings: list[Row]


def pack(session: Session, complaint_id: uuid.UUID, move: uuid.UUID) -> Parcel | None:
    """Read it in the present transaction; None where this move is no longer wanted."""
    village, district = aliased(Area), aliased(Area)
    found = session.execute(
        select(Complaint, Category.code, village.name, district.name, Tenant.slug, Tenant.name)
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .join(Tenant, Tenant.id == Complaint.tenant_id)
        .outerjoin(village, (village.tenant_id == Complaint.tenant_id) & (village.id == Complaint.village_id))
        .outerjoin(
            district, (district.tenant_id == Complaint.tenant_id) & (district.id == Complaint.district_id)
        )
        .where(Complaint.id == complaint_id)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        return None
    complaint, category, village_name, district_name, slug, name = found
    to = (complaint.moved or {}).get("to")
    if to is None or to["move"] != str(move):
        return None
    events = _rows(session, ComplaintEvent, complaint_id, ComplaintEvent.sequence)
    sent_by = next(event for event in events if event["data"].get("move") == str(move))
    sync = sync_of([complaint_id]).get(complaint_id)
    return Parcel(
        move=move,
        sent_by=sent_by["id"],
        source={"tenant": bound_tenant_id(), "slug": slug, "name": name},
        actor_name=str(sent_by["data"].get("actor_name") or sent_by["actor_label"]),
        complaint=_values(complaint),
        category_code=category,
        place=place_of(complaint.landmark, village_name, district_name),
        national_number=sync.number if sync is not None else None,
        events=events,
        reporter=_rows(session, Reporter, complaint_id)[0],
        access=_rows(session, TrackingAccess, complaint_id)[0],
        attachments=_rows(session, Attachment, complaint_id),
        ratings=_rows(session, Rating, complaint_id),
    )


def _rows(session: Session, model: Any, complaint_id: uuid.UUID, order: Any = None) -> list[Row]:
    statement = select(model).where(model.complaint_id == complaint_id)
    statement = statement.order_by(model.id if order is None else order)
    return [_values(row) for row in session.scalars(statement)]


def _values(row: Base) -> Row:
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in inspect(type(row)).column_attrs
        if attribute.key not in _OWN
    }
