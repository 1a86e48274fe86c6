"""Stored secrets of every tenant written anew under the newest encryption key.

Invariant: SEALED is every encrypted column there is. A tenant is one transaction, with its audit entry;
what no key opens is named and left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from complaints.models import MessagingSettings
from core import audit
from core.crypto import Secrets, SecretUnreadable
from core.db.transaction import unit_of_work
from operating.overview import Served, served, within
from sp4n.models import Sp4nSettings

#: the tables and their encrypted columns
SEALED: dict[type[Sp4nSettings] | type[MessagingSettings], tuple[str, ...]] = {
    Sp4nSettings: ("auth_secret", "token_secret", "callback_secret"),
    MessagingSettings: ("sms_secret", "whatsapp_secret"),
}


@dataclass(frozen=True, slots=True)
class Rotated:
    """One tenant's secrets: written anew, under the newest key already, and those no key opens, by name."""

    tenant: Served
    renewed: int
    current: int
    unreadable: tuple[str, ...]


def rotate(actor: Actor) -> list[Rotated]:
    """Every tenant that keeps a secret. A second run finds nothing to do."""
    found = [_of_tenant(each, actor) for each in served().values()]
    return [each for each in found if each.renewed or each.current or each.unreadable]


def _of_tenant(tenant: Served, actor: Actor) -> Rotated:
    with within(tenant.id), unit_of_work() as session:
        renewed, current, unreadable = _rewritten(session)
        if renewed:
            session.flush()
            audit.record(
                "keys.rotated", actor_id=None, actor_name=actor.name, renewed=renewed, unreadable=unreadable
            )
    return Rotated(tenant, len(renewed), current, tuple(unreadable))


def _rewritten(session: Session) -> tuple[list[str], int, list[str]]:
    """(names of what was written anew, how many needed it not, names of what cannot be read)."""
    keys: Secrets = current_app.extensions["secrets"]
    renewed, current, unreadable = [], 0, []
    for table, columns in SEALED.items():
        for row in session.scalars(select(table).with_for_update().execution_options(populate_existing=True)):
            for column in columns:
                stored = getattr(row, column)
                if stored is None:
                    continue
                name = f"{table.__tablename__}.{column}"
                try:
                    if keys.is_newest(stored):
                        current += 1
                        continue
                    setattr(row, column, keys.rotate(stored))
                except SecretUnreadable:
                    unreadable.append(name)
                else:
                    renewed.append(name)
    return renewed, current, unreadable
