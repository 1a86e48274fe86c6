"""Substitutes with dates: add one, end one. Heads and liaison officers for their unit, the city for all.

Invariant: on a day one officer has at most one substitute, who is not away that day; kept by locking both.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from complaints.models import Delegation
from complaints.permissions import Permission
from core import audit, clock
from core.db.transaction import unit_of_work
from core.errors import Conflict, FieldProblem, Forbidden, NotFound
from tenants.models import Officer

LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Absence:
    """Who is away from when to when (local days, both included), and who takes over."""

    officer_id: uuid.UUID
    substitute_id: uuid.UUID
    starts_on: date
    ends_on: date
    reason: str | None = None


def add(absence: Absence, actor: Actor, *, today: date) -> uuid.UUID:
    """Name a substitute. Raises Forbidden, FieldProblem (fields: officer, substitute, starts_on, ends_on)."""
    _check_may(actor)
    _check_days(absence, today)
    with unit_of_work() as session:
        pair = _locked(session, absence, actor)
        _check_free(session, absence)
        row = Delegation(
            officer_id=absence.officer_id,
            substitute_id=absence.substitute_id,
            starts_on=absence.starts_on,
            ends_on=absence.ends_on,
            reason=absence.reason,
            created_by=actor.id,
        )
        session.add(row)
        session.flush()
        _record(
            "delegation.added",
            actor,
            row,
            pair[absence.officer_id].name,
            pair[absence.substitute_id].name,
            reason=absence.reason,
        )
        return row.id


def _check_may(actor: Actor) -> None:
    if Permission.DELEGATE not in actor.grants:
        raise Forbidden()


def _check_days(absence: Absence, today: date) -> None:
    if absence.officer_id == absence.substitute_id:
        raise FieldProblem("substitute", "Petugas tidak dapat menggantikan dirinya sendiri")
    if absence.ends_on < absence.starts_on:
        raise FieldProblem("ends_on", "Tanggal selesai harus setelah tanggal mulai")
    if absence.ends_on < today:
        raise FieldProblem("ends_on", "Tanggal selesai sudah lewat")
    if (absence.ends_on - absence.starts_on).days > LONGEST_DAYS:
        raise FieldProblem("ends_on", "Penggantian paling lama satu tahun")


def _locked(session: Session, absence: Absence, actor: Actor) -> dict[uuid.UUID, Officer]:
    """Both officers, locked in one order whoever stands in for whom."""
    pair = {
        officer.id: officer
        for officer in session.scalars(
            select(Officer)
            .where(Officer.id.in_([absence.officer_id, absence.substitute_id]))
            .order_by(Officer.id)
            .with_for_update()
        )
    }
    officer, substitute = pair.get(absence.officer_id), pair.get(absence.substitute_id)
    unit = officer.department_id if officer else None
    if officer is None or unit is None or not actor.works_on(unit) or not officer.is_active:
        raise FieldProblem("officer", "Pilih petugas yang digantikan")
    if substitute is None or not substitute.is_active or not actor.works_on(substitute.department_id):
        raise FieldProblem("substitute", "Pilih petugas pengganti")
    if substitute.department_id != unit:
        raise FieldProblem("substitute", "Petugas pengganti harus dari unit yang sama")
    return pair


def _check_free(session: Session, absence: Absence) -> None:
    """Neither is away already in these days; nor does the one who goes away stand in for somebody then."""
    officer, substitute = absence.officer_id, absence.substitute_id
    others = session.scalars(
        select(Delegation).where(
            Delegation.ended_at.is_(None),
            Delegation.starts_on <= absence.ends_on,
            Delegation.ends_on >= absence.starts_on,
            or_(Delegation.officer_id.in_([officer, substitute]), Delegation.substitute_id == officer),
        )
    ).all()
    for other in others:
        if other.officer_id == officer:
            raise FieldProblem("starts_on", "Petugas ini sudah digantikan pada tanggal tersebut")
        if other.officer_id == substitute:
            raise FieldProblem("substitute", "Petugas pengganti sedang digantikan pada tanggal tersebut")
        raise FieldProblem("officer", "Petugas ini sedang menggantikan rekan pada tanggal tersebut")


def end(delegation_id: uuid.UUID, actor: Actor) -> None:
    """End it now. Raises Forbidden, NotFound, Conflict where it was ended before."""
    _check_may(actor)
    with unit_of_work() as session:
        row = session.scalars(
            select(Delegation).where(Delegation.id == delegation_id).with_for_update()
        ).first()
        if row is None:
            raise NotFound()
        found = select(Officer.id, Officer.name).where(Officer.id.in_([row.officer_id, row.substitute_id]))
        names = {each.id: each.name for each in session.execute(found)}
        unit = session.scalar(select(Officer.department_id).where(Officer.id == row.officer_id))
        if not actor.works_on(unit):
            raise NotFound()
        if row.ended_at is not None:
            raise Conflict("Penggantian ini sudah diakhiri.")
        row.ended_at = clock.now()
        _record("delegation.ended", actor, row, names[row.officer_id], names[row.substitute_id])


def _record(action: str, actor: Actor, row: Delegation, officer: str, substitute: str, **more: Any) -> None:
    audit.record(
        action,
        actor_id=actor.id,
        actor_name=actor.name,
        subject_id=row.id,
        officer=officer,
        substitute=substitute,
        starts_on=row.starts_on.isoformat(),
        ends_on=row.ends_on.isoformat(),
        **more,
    )
