"""New reports of an export by the hundred in one transaction, where nothing about them is unclear.

Invariant: what is made is what `apply` would make of each row alone. A row that needs a second look is left
to it, and where one is refused nothing of the batch is kept and all are.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from complaints.acts import national
from complaints.acts.intake import Submission
from complaints.acts.national import Told
from complaints.acts.takeover import Arrival, TakenOver, take_over
from core import clock
from core.db.many import add_many, each_found
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.errors import DomainError
from sp4n import applying
from sp4n.excel import importing
from sp4n.excel.comparing import FACTS, facts_of, same_texts
from sp4n.excel.models import APPLYING, FINISHED, TODO, Sp4nImport, Sp4nImportRow
from sp4n.excel.news import report_news, status_news
from sp4n.excel.rows import ExportRow
from sp4n.mapping import RemoteState, remote_state
from sp4n.models import InboundMessage, Sp4nLink
from sp4n.settings import Connection
from sp4n.submissions import Counterparts, submission

Row = tuple[uuid.UUID, ExportRow]
MADE = "Laporan dibuat"
OUTCOMES = {
    national.APPLIED: "Status diterapkan",
    national.NOTED: "Status dicatat di linimasa",
    national.IGNORED: "Status tidak mengubah apa pun",
    applying.WAITING: "Status menunggu pemetaan",
    applying.PENDING: "Status belum dapat diterapkan, dicoba lagi",
}
_links, _link_found = each_found(Sp4nLink.external_id, given="numbers")
_LINKED = select(_link_found.c.external_id).select_from(_links)
_news, _news_found = each_found(InboundMessage.external_id, InboundMessage.report_id, given="names")
_TOLD = select(_news_found.c.report_id).select_from(_news)
_ENDED = (RemoteState.COMPLETED, RemoteState.ARCHIVED)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A row that is clear: both pieces of its news, and the report they make. `told`: None is not mapped."""

    row_id: uuid.UUID
    said: ExportRow
    report: dict[str, Any]
    status: dict[str, Any]
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class _Case:
    """What of a case that comes from there is compared with a row."""

    title: str
    body: str
    landmark: str
    origin: str = "national"
    final_body: str | None = None
    village: str | None = None
    district: str | None = None


def apply_together(found: Sp4nImport, connection: Connection, rows: Sequence[Row]) -> set[uuid.UUID]:
    """Make cases of the rows that are clear; returns their ids. The others are untouched."""
    try:
        with unit_of_work() as session:
            held = importing.locked(session, found.id)
            if held.state != APPLYING:
                return set()
            plans = _plans(session, connection, found.as_of or found.created_at, rows)
            taken = take_over([plan.arrival for plan in plans])
            _keep(session, plans, taken)
            held.applied += len(plans)
            return {plan.row_id for plan in plans}
    except (DomainError, IntegrityError):
        return set()


def _plans(session: Session, connection: Connection, as_of: datetime, rows: Sequence[Row]) -> list[_Plan]:
    counterparts, overrides = Counterparts(session), applying.overrides(session)
    known = _known(session, [said.number for _, said in rows])
    return [
        _plan(row_id, said, connection, as_of, counterparts, state)
        for row_id, said in rows
        if said.number not in known
        and (state := remote_state(said.status, said.status, overrides=overrides)) not in _ENDED
    ]


def _known(session: Session, numbers: list[str]) -> set[str]:
    """Those of these numbers that are linked, or that the national side has told of before."""
    linked = session.scalars(_LINKED, {"numbers": numbers})
    told = session.scalars(_TOLD, {"names": [f"report:{number}" for number in numbers]})
    return {*linked, *told}


def _plan(
    row_id: uuid.UUID,
    said: ExportRow,
    connection: Connection,
    as_of: datetime,
    counterparts: Counterparts,
    state: RemoteState | None,
) -> _Plan:
    report, status = report_news(said, connection), status_news(said, as_of)
    words, received_at = status["payload"], min(report["happened_at"], clock.now())
    filed = submission(counterparts, said.number, report["payload"], report["happened_at"])
    told = None
    if state is not None:
        text = applying.status_words(said.status, words["note"])
        told = Told(state.value, text, as_of, applying.status_data(words))
    facts = {**facts_of(said), "as_of": as_of.isoformat(), "texts": other_texts(said, _case_of(filed))}
    return _Plan(row_id, said, report, status, Arrival(filed, received_at, {FACTS: facts}, told))


def _case_of(filed: Submission) -> _Case:
    return _Case(filed.title, filed.body, filed.landmark)


def other_texts(said: ExportRow, case: Any) -> dict[str, str]:
    """Their texts where they are not ours: they stay readable beside the case."""
    return {name: getattr(said, name) for name, is_same in same_texts(said, case).items() if not is_same}


def _keep(session: Session, plans: Sequence[_Plan], taken: Sequence[TakenOver]) -> None:
    """The links, the news with what came of them, and the rows' outcomes."""
    outcomes: dict[str, list[uuid.UUID]] = defaultdict(list)
    rows: list[InboundMessage | Sp4nLink] = []
    for plan, made in zip(plans, taken, strict=True):
        state, outcome = applying.unmapped(plan.said.status) if made.outcome is None else (made.outcome, None)
        payload = applying.without_personal(plan.report["payload"])
        is_made = {"state": national.APPLIED, "outcome": made.complaint.number, "payload": payload}
        rows += [
            InboundMessage(**{**plan.report, **is_made}),
            InboundMessage(**plan.status, state=state, outcome=outcome),
            _link(plan, made),
        ]
        outcomes[f"{MADE}, {OUTCOMES[state]}"].append(plan.row_id)
    add_many(session, rows)
    for words, ids in outcomes.items():
        session.execute(
            update(Sp4nImportRow)
            .where(
                Sp4nImportRow.tenant_id == bound_tenant_id(),
                Sp4nImportRow.id.in_(ids),
                Sp4nImportRow.state == TODO,
            )
            .values(state=FINISHED, outcome=words, payload=None)
            .execution_options(synchronize_session=False)
        )


def _link(plan: _Plan, made: TakenOver) -> Sp4nLink:
    now = clock.now()
    return Sp4nLink(
        complaint_id=made.complaint.id,
        external_id=plan.said.number,
        origin="national",
        status_raw=plan.said.status,
        status_unmapped=made.outcome is None,
        synced_at=now,
        changed_at=now,
        next_check_at=now,
    )
