"""The reports an officer ticked: their ids and versions, and who was faster where an act was refused."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from complaints import numbering
from complaints.labels import CHANNELS, CLASSIFICATIONS, KINDS, status_label
from complaints.models import Category, Complaint, ComplaintEvent
from complaints.queries.inbox import Sight
from core.extensions import db
from tenants.models import Area, Department, Officer

#: what somebody else did, as it follows "sudah"
DONE = {
    "verify": "diverifikasi",
    "assign": "didisposisikan",
    "accept": "diterima",
    "hand_over": "diserahkan",
    "return": "dikembalikan",
    "respond": "ditanggapi",
    "close": "ditutup",
    "archive": "diarsipkan",
    "merge": "digabung",
    "decline_jurisdiction": "dinyatakan bukan wewenang",
    "transfer": "dipindahkan",
    "defer": "ditunda",
    "recategorise": "diubah kategorinya",
}


@dataclass(frozen=True, slots=True)
class Picked:
    """A ticked report."""

    id: uuid.UUID
    number: str
    title: str
    status: str
    version: int
    department_id: uuid.UUID | None


_PICKED = (
    select(
        Complaint.id,
        Complaint.number,
        Complaint.title,
        Complaint.status,
        Complaint.version,
        Complaint.department_id,
    )
    .where(Complaint.number == any_(bindparam("numbers", type_=ARRAY(Text))))
    .order_by(Complaint.received_at, Complaint.id)
)


def picked(numbers: Iterable[str], sight: Sight) -> list[Picked]:
    """Those of the numbers that the officer may see, the oldest first. One SQL statement."""
    wanted = sorted({found for typed in numbers if (found := numbering.normalise(typed)) is not None})
    statement = _PICKED
    if sight.department_id is not None:
        statement = statement.where(Complaint.department_id == bindparam("department"))
    values = {"numbers": wanted, "department": sight.department_id}
    return [Picked(*row) for row in db.session.execute(statement, values)]


_LAST = (
    select(ComplaintEvent.act, ComplaintEvent.data)
    .where(ComplaintEvent.complaint_id == bindparam("complaint"), ComplaintEvent.act != "note")
    .order_by(ComplaintEvent.sequence.desc())
    .limit(1)
)


def overtaken(complaint_id: uuid.UUID, who: str | None) -> str:
    """ "sudah diverifikasi oleh Rina": what was done last, and by whom."""
    row = db.session.execute(_LAST, {"complaint": complaint_id}).first()
    done = DONE.get(row.act, "diubah") if row is not None else "diubah"
    name = who or (row.data.get("actor_name") if row is not None else None)
    return f"sudah {done} oleh {name}" if name else f"sudah {done}"


# --- export ------------------------------------------------------------------------------------------------

_district = aliased(Area)
_EXPORTED = (
    select(
        Complaint.id,
        Complaint.number,
        Complaint.title,
        Complaint.kind,
        Complaint.classification,
        Category.name.label("category"),
        _district.name.label("district"),
        Area.name.label("village"),
        Complaint.landmark,
        Department.name.label("department"),
        Officer.name.label("handler"),
        Complaint.status,
        Complaint.channel,
        Complaint.received_at,
        Complaint.due_at,
        Complaint.closed_at,
    )
    .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
    .outerjoin(
        _district, (_district.tenant_id == Complaint.tenant_id) & (_district.id == Complaint.district_id)
    )
    .outerjoin(Area, (Area.tenant_id == Complaint.tenant_id) & (Area.id == Complaint.village_id))
    .outerjoin(
        Department,
        (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id),
    )
    .outerjoin(Officer, (Officer.tenant_id == Complaint.tenant_id) & (Officer.id == Complaint.handler_id))
    .where(Complaint.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
HEADINGS = (
    "Nomor", "Judul", "Jenis", "Klasifikasi", "Kategori", "Kecamatan", "Kelurahan", "Patokan", "Unit",
    "Penangan", "Status", "Saluran", "Diterima", "Batas waktu", "Ditutup",
)  # fmt: skip
Cell = str | datetime | None


def exported(ids: Sequence[uuid.UUID], sight: Sight) -> list[tuple[Cell, ...]]:
    """The reports as lines under HEADINGS, in the order of `ids`. Nothing of the reporter is among them."""
    statement = _EXPORTED
    if sight.department_id is not None:
        copied = func.jsonb_exists(Complaint.copied_to, bindparam("copied_unit", type_=Text))
        statement = statement.where(or_(Complaint.department_id == bindparam("department"), copied))
    values = {"ids": list(ids), "department": sight.department_id, "copied_unit": str(sight.department_id)}
    found = {row.id: _line(row) for row in db.session.execute(statement, values)}
    return [found[id_] for id_ in ids if id_ in found]


def _line(row: Any) -> tuple[Cell, ...]:
    return (
        row.number,
        row.title,
        KINDS.get(row.kind, row.kind),
        CLASSIFICATIONS.get(row.classification or "", ""),
        row.category,
        row.district,
        row.village,
        row.landmark,
        row.department,
        row.handler,
        status_label(row.status, department=row.department),
        CHANNELS.get(row.channel, row.channel),
        row.received_at,
        row.due_at,
        row.closed_at,
    )
