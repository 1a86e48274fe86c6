"""Institutions and reply templates of the national side, kept in step with its lists.

Invariant: a list is read whole before anything is written, rows are updated in place, and what is no longer
told is marked gone: a failed or short answer never empties what a city's mapping rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.ids import uuid7
from sp4n.client import Sp4nClient
from sp4n.contract import Institution
from sp4n.models import Sp4nInstitution, Sp4nSettings, Sp4nTemplate

#: the lists change seldom
EVERY = timedelta(hours=24)
BATCH = 1_000


def is_due() -> bool:
    """Whether the lists were not read for a day. Short transaction of its own."""
    with unit_of_work() as session:
        at = session.scalar(select(Sp4nSettings.masters_synced_at))
    return at is None or at < clock.now() - EVERY


def sync(client: Sp4nClient) -> None:
    """Read both lists and take them over. Raises what the client raises; then nothing is changed."""
    institutions, templates = client.list_institutions(), client.list_templates()
    with unit_of_work() as session:
        now = clock.now()
        offices = [{"number": each.id, "name": each.name} for each in institutions]
        replies = [{"code": each.code, "content": each.content} for each in templates]
        _take_over(session, Sp4nInstitution, "number", offices)
        _take_over(session, Sp4nTemplate, "code", replies)
        session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id())
            .values(masters_synced_at=now)
            .execution_options(synchronize_session=False)
        )


def institutions() -> list[Institution]:
    """Those still told, by name."""
    with unit_of_work() as session:
        rows = session.execute(
            select(Sp4nInstitution.number, Sp4nInstitution.name)
            .where(Sp4nInstitution.gone_at.is_(None))
            .order_by(Sp4nInstitution.name, Sp4nInstitution.number)
        )
        return [Institution(number, name) for number, name in rows]


def _take_over(
    session: Session,
    table: type[Sp4nInstitution] | type[Sp4nTemplate],
    key: str,
    rows: Sequence[Mapping[str, object]],
) -> None:
    if not rows:  # an empty list is more likely a fault there than the end of all institutions
        return
    now = clock.now()
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        statement = insert(table).values(
            [
                {"tenant_id": bound_tenant_id(), "id": uuid7(), "seen_at": now, "gone_at": None, **row}
                for row in part
            ]
        )
        told = {name: statement.excluded[name] for name in (*part[0], "seen_at", "gone_at")}
        session.execute(statement.on_conflict_do_update(index_elements=["tenant_id", key], set_=told))
    session.execute(
        update(table)
        .where(table.tenant_id == bound_tenant_id(), table.seen_at < now, table.gone_at.is_(None))
        .values(gone_at=now)
        .execution_options(synchronize_session=False)
    )
