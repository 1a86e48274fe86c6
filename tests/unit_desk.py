"""What tests of a department's acts work with: its officers, and a case as it is stored."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from complaints.acts.engine import Actor
from complaints.models import Attachment, Complaint, ComplaintEvent
from complaints.permissions import GRANTS
from core.extensions import db
from tenants.models import Officer
from tests.conftest import City

ANSWER = "Yth. Pelapor, lubang di depan sekolah sudah kami tutup pada hari ini."


def admin_of(city: City) -> Actor:
    return of_role(city, "city_administrator")


def of_role(city: City, role: str) -> Actor:
    """The city's stored officer of a role, as the pages make the actor."""
    row = db.session.execute(
        select(Officer.id, Officer.name, Officer.department_id).where(Officer.role == role)
    ).first()
    db.session.rollback()
    assert row is not None
    return Actor(
        "officer",
        "Petugas uji",
        row.id,
        row.name,
        GRANTS[role],
        row.department_id,
        row.department_id is not None,
    )


def elsewhere(city: City, actor: Actor) -> Actor:
    """The same officer, in another department."""
    return replace(actor, id=None, department_id=city.departments["dlh"])


def case_of(case_id: uuid.UUID) -> Complaint:
    complaint = db.session.scalars(select(Complaint).where(Complaint.id == case_id)).one()
    db.session.expunge(complaint)
    db.session.rollback()
    return complaint


def last_entry(case_id: uuid.UUID) -> ComplaintEvent:
    entry = db.session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == case_id)
        .order_by(ComplaintEvent.sequence.desc())
    ).first()
    assert entry is not None
    db.session.expunge(entry)
    db.session.rollback()
    return entry


def files_of(case_id: uuid.UUID) -> list[Attachment]:
    rows = list(db.session.scalars(select(Attachment).where(Attachment.complaint_id == case_id)))
    db.session.rollback()
    return rows


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)))


def number_of(case_id: uuid.UUID) -> str:
    found = db.session.scalar(select(Complaint.number).where(Complaint.id == case_id))
    db.session.rollback()
    assert found is not None
    return found
