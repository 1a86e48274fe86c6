"""Acts that put a case where it belongs: its category, and whether the public may read it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor, Done, Entry, perform
from complaints.models import Category, Complaint
from complaints.statute import Statute
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.errors import FieldProblem

Version = int | None


def recategorise(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    category_id: uuid.UUID,
    text: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Move the case to another category; its department and deadlines stay. Raises FieldProblem."""
    with unit_of_work() as session:
        category = session.execute(
            select(Category.name, Category.is_active).where(Category.id == category_id)
        ).first()
        if category is None or not category.is_active:
            raise FieldProblem("category", "Kategori ini sudah tidak dipakai, pilih kategori lain")
        before = session.execute(
            select(Complaint.category_id, Category.name)
            .join(
                Category,
                (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id),
            )
            .where(Complaint.id == complaint_id)
        ).first()
        if before is not None and before.category_id == category_id:
            raise FieldProblem("category", "Laporan ini sudah berada pada kategori itu")

        def change(_session: Session, complaint: Complaint, _rules: Statute, _at: datetime) -> None:
            complaint.category_id = category_id

        data = {"category": [before.name if before else None, category.name]}
        return perform(
            complaint_id,
            Act.RECATEGORISE,
            actor,
            Entry(text, is_public=False, data=data, occurred_at=at),
            fields={"category_id": category_id},
            change=change,
            version=version,
        )


def mark_confidential(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    is_confidential: bool = True,
    reason: str | None = None,
    version: Version = None,
    at: datetime | None = None,
) -> Done:
    """Hide the report from the public (rahasia), or show it again. Raises FieldProblem where it is so."""
    with unit_of_work():

        def change(_session: Session, complaint: Complaint, _rules: Statute, _at: datetime) -> None:
            if complaint.is_confidential == is_confidential:
                words = "sudah" if is_confidential else "tidak"
                raise FieldProblem("reason", f"Laporan ini {words} dirahasiakan")
            complaint.is_confidential = is_confidential

        return perform(
            complaint_id,
            Act.MARK_CONFIDENTIAL,
            actor,
            Entry(reason, is_public=False, data={"confidential": is_confidential}, occurred_at=at),
            change=change,
            version=version,
        )
