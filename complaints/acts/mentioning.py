"""Naming colleagues in internal notes: "@rina", or picked from the list. They read it among their mentions.

Invariant: nobody is named who may not read the case.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor, Done, Entry, lock, perform
from complaints.events import OfficersMentioned
from complaints.models import Mention
from complaints.permissions import GRANTS, Permission
from complaints.workflow import Act
from core import clock, events
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from tenants.models import Officer
from tenants.officers.roles import DEPARTMENT_ROLES

MOST_NAMED = 10
_NAMED = re.compile(r"(?<![\w@.])@(\w[\w.-]{1,39})")
_COLLEAGUES = (
    select(Officer.id, Officer.name, Officer.email, Officer.role, Officer.department_id)
    .where(Officer.is_active, Officer.role.in_(bindparam("roles", expanding=True)))
    .order_by(Officer.name, Officer.id)
)
_Colleague = Row[tuple[uuid.UUID, str, str, str, uuid.UUID | None]]


def names_in(text: str) -> list[str]:
    """What stands behind an @ in a note, small, each once. Addresses of mail are none."""
    found = (name.rstrip(".-").casefold() for name in _NAMED.findall(text))
    return list(dict.fromkeys(name for name in found if name))


def note(
    complaint_id: uuid.UUID,
    actor: Actor,
    *,
    text: str,
    officer_ids: Sequence[uuid.UUID] = (),
    version: int | None = None,
    at: datetime | None = None,
) -> Done:
    """Leave an internal note; the reporter never sees it. Whoever it names finds it among the mentions.

    A note fits any version: it changes nothing that somebody else may have changed.

    Raises FieldProblem for a name that is nobody's, several officers', or of one who may not read the case.
    """
    names = names_in(text)
    entry = Entry(text=text, is_public=False, occurred_at=at)
    with unit_of_work() as session:
        found = _named(session, complaint_id, actor, names, officer_ids) if names or officer_ids else []
        if found:
            entry.data["mentions"] = [each.name for each in found]
        done = perform(complaint_id, Act.NOTE, actor, entry, fields={"text": text})
        if found and done.event_id is not None:
            ids = tuple(each.id for each in found)
            for officer_id in ids:
                session.add(Mention(officer_id=officer_id, complaint_id=complaint_id, event_id=done.event_id))
            events.publish(OfficersMentioned(complaint_id, done.event_id, ids))
        return done


def _named(
    session: Session,
    complaint_id: uuid.UUID,
    actor: Actor,
    names: Sequence[str],
    officer_ids: Sequence[uuid.UUID],
) -> list[_Colleague]:
    """The officers meant, the author left out."""
    complaint = lock(session, complaint_id, actor, remark=True)
    roles = [role for role, grants in GRANTS.items() if Permission.VIEW in grants]
    colleagues: Sequence[Any] = session.execute(_COLLEAGUES, {"roles": roles}).all()
    found = {each.id: each for each in (_by_name(colleagues, name) for name in names)}
    by_id = {each.id: each for each in colleagues}
    for officer_id in officer_ids:
        if officer_id not in by_id:
            raise FieldProblem("mention", "Pilih petugas dari daftar")
        found[officer_id] = by_id[officer_id]
    found.pop(actor.id, None)
    if len(found) > MOST_NAMED:
        raise FieldProblem("text", f"Paling banyak {MOST_NAMED} petugas dalam satu catatan")
    for each in found.values():
        reader = Actor(
            "officer",
            each.name,
            department_id=each.department_id,
            own_department_only=each.role in DEPARTMENT_ROLES,
        )
        if not reader.reads(complaint.department_id, complaint.copied_to):
            raise FieldProblem(
                "text", f"{each.name} tidak dapat melihat laporan ini, jadi tidak dapat disebut"
            )
    return list(found.values())


def _by_name(colleagues: Sequence[Any], name: str) -> Any:
    """The one officer a name means: the mail address before the @, else the whole name, else a part of it."""
    exact: dict[str, list[Any]] = defaultdict(list)
    partly: dict[str, list[Any]] = defaultdict(list)
    for each in colleagues:
        words = each.name.casefold().split()
        for handle in {each.email.partition("@")[0].casefold(), ".".join(words), "_".join(words)}:
            exact[handle].append(each)
        for word in set(words):
            partly[word].append(each)
    meant = exact.get(name) or partly.get(name) or []
    if not meant:
        raise FieldProblem("text", f"Tidak ada petugas bernama @{name}")
    if len(meant) > 1:
        raise FieldProblem(
            "text", f"Ada {len(meant)} petugas bernama @{name}. Pilih dari daftar, atau tulis nama lengkapnya"
        )
    return meant[0]


def colleagues() -> list[tuple[str, str]]:
    """(id, name) of the active officers who may read cases, by name."""
    roles = [role for role, grants in GRANTS.items() if Permission.VIEW in grants]
    return [(str(each.id), each.name) for each in db.session.execute(_COLLEAGUES, {"roles": roles})]


def mark_seen(actor: Actor, mention_id: uuid.UUID | None = None) -> int:
    """Say that one's own mention has been read, or all of them. Returns how many were new."""
    mine = (
        (Mention.tenant_id == bound_tenant_id())
        & (Mention.officer_id == actor.id)
        & Mention.seen_at.is_(None)
    )
    if mention_id is not None:
        mine &= Mention.id == mention_id
    with unit_of_work() as session:
        seen = session.scalars(update(Mention).where(mine).values(seen_at=clock.now()).returning(Mention.id))
        return len(seen.all())
