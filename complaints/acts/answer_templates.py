"""Setting the city's answer templates and what its categories ask for; each change is an audit entry."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import select

from complaints.acts.engine import Actor
from complaints.answers import misnamed
from complaints.models import AnswerTemplate, Category
from complaints.permissions import Permission
from complaints.workflow import OPEN_STATUSES
from core import audit
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden, NotFound
from core.extensions import db
from core.ids import uuid7
from tenants.models import Department

#: acts whose words may start from a template
ACTS = ("verify", "follow_up", "respond", "close", "defer", "decline_jurisdiction", "archive")


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template as it is written. `category_id` and `status` are ids and codes, None for any."""

    title: str
    act: str
    body: str
    category_id: str | None
    status: str | None
    is_active: bool


def save(template_id: uuid.UUID | None, text: TemplateText, actor: Actor) -> uuid.UUID:
    """Add a template, or change one. Raises Forbidden, NotFound, FieldProblem."""
    _may_configure(actor)
    if text.act not in ACTS:
        raise FieldProblem("act", "Pilih tindakan")
    if text.status is not None and text.status not in OPEN_STATUSES:
        raise FieldProblem("status", "Pilih status dari daftar")
    if wrong := misnamed(text.body):
        raise FieldProblem("body", f"Nama variabel {wrong} hanya boleh huruf kecil, angka, dan garis bawah")
    with unit_of_work() as session:
        category_id = _category(text.category_id)
        row = (
            None
            if template_id is None
            else session.scalars(
                select(AnswerTemplate).where(AnswerTemplate.id == template_id).with_for_update()
            ).first()
        )
        if template_id is not None and row is None:
            raise NotFound()
        old = None if row is None else _values(row)
        if row is None:
            row = AnswerTemplate(id=uuid7(), code=f"own-{uuid.uuid4().hex[:12]}")
            session.add(row)
        row.title, row.act, row.body = text.title, text.act, text.body
        row.category_id, row.status, row.is_active = category_id, text.status, text.is_active
        if old == asdict(text):
            return row.id
        audit.record(
            "answer_template.changed" if old else "answer_template.added",
            actor_id=actor.id,
            actor_name=actor.name,
            subject_id=row.id,
            old=old,
            new=asdict(text),
        )
        return row.id


def _values(row: AnswerTemplate) -> dict[str, str | bool | None]:
    category = str(row.category_id) if row.category_id else None
    return asdict(TemplateText(row.title, row.act, row.body, category, row.status, row.is_active))


def _category(chosen: str | None) -> uuid.UUID | None:
    if chosen is None:
        return None
    found = db.session.scalar(select(Category.id).where(Category.id == chosen))
    if found is None:
        raise FieldProblem("category", "Pilih kategori dari daftar")
    return found


def _may_configure(actor: Actor) -> None:
    if Permission.CONFIGURE not in actor.grants:
        raise Forbidden()


@dataclass(frozen=True, slots=True)
class CategoryRules:
    """What a city says of one of its categories."""

    department_id: str | None
    needs_after_photo: bool
    is_sensitive: bool
    is_active: bool


def set_category(category_id: uuid.UUID, rules: CategoryRules, actor: Actor) -> None:
    """Set who usually handles a category and what it asks. Raises Forbidden, NotFound, FieldProblem."""
    _may_configure(actor)
    with unit_of_work() as session:
        rows = session.scalars(select(Category).order_by(Category.id).with_for_update()).all()
        row = next((each for each in rows if each.id == category_id), None)
        if row is None:
            raise NotFound()
        if not rules.is_active and not any(each.is_active for each in rows if each is not row):
            raise FieldProblem("is_active", "Kota harus memiliki paling sedikit satu kategori aktif")
        department_id = None
        if rules.department_id is not None:
            department_id = session.scalar(
                select(Department.id).where(Department.id == rules.department_id, Department.is_active)
            )
            if department_id is None:
                raise FieldProblem("department", "Pilih unit dari daftar")
        known = str(row.department_id) if row.department_id else None
        old = CategoryRules(known, row.needs_after_photo, row.is_sensitive, row.is_active)
        row.department_id, row.needs_after_photo = department_id, rules.needs_after_photo
        row.is_sensitive, row.is_active = rules.is_sensitive, rules.is_active
        if old != rules:
            audit.record(
                "category.changed",
                actor_id=actor.id,
                actor_name=actor.name,
                subject_id=row.id,
                name=row.name,
                old=asdict(old),
                new=asdict(rules),
            )
