"""Reading the national side: what is new is stored once, in its own words, before anything is made of it.

Invariant: the cursor and a report's next check move only in the transaction that stores what was read. The
window of the list overlaps, so a late or repeated entry costs a look and is never lost or taken twice.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from complaints.acts import national
from complaints.models import Complaint
from complaints.workflow import ENDED_STATUSES
from core import clock
from core.crypto import SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.ids import uuid7
from core.jobs import lanes
from core.jobs.queue import registry
from core.outbox import relay
from sp4n import applying, circuit, masters, news, rhythm, seen, settings
from sp4n.client import Sp4nClient
from sp4n.contract import Page, RemoteComplaint, RemoteFollowup
from sp4n.models import OFF, InboundMessage, Sp4nLink, Sp4nSettings
from sp4n.pace import Pace
from sp4n.parity import reconcile
from sp4n.session import DoNotTry, Sp4nError
from sp4n.settings import Connection
from sp4n.subscribers import DELIVER
from sp4n.tasks import finding as tasks

#: later than any poll
FAR = datetime.max.replace(tzinfo=UTC)
#: the other side's clock and ours need not agree
OVERLAP = timedelta(minutes=10)
#: how far back the first look at a new account goes
FIRST_LOOK = timedelta(days=30)
#: a report read this much later than its last change there need not be read again
SETTLED = timedelta(minutes=2)
#: after an answer about one report that could not be used
AFTER_FAILURE = timedelta(hours=1)
POLL_LEASE = timedelta(seconds=180)
MOST_REPORTS = 100
MOST_SECONDS = 60.0
#: where work is left over, the next poll comes this soon
SOON = timedelta(seconds=5)

_log = structlog.get_logger(__name__)


def poll(*, gives_way: bool = True) -> int:
    """Read what is new for the bound tenant and apply it, within bounds. Returns how many reports were read.

    Where it `gives_way`, what is to be sent goes first; where a person waits for it, it does not.
    The next poll is set at the end in any case: later while the circuit is open, soon where work is left.
    """
    connection = _claim()
    if connection is None:
        return 0
    pace = Pace(connection.requests_per_minute, gives_way=gives_way)
    reader, is_more = None, False
    try:
        if not circuit.is_open():
            reader = Reader(connection, settings.client_for(connection, **circuit.limits()), pace)
            is_more = reader.run()
            if reader.reports_read:
                with unit_of_work() as session:
                    reconcile.tell(session, connection)
    except (Sp4nError, SecretUnreadable) as error:
        circuit.failed(circuit.translated(error))
        _log.info("sp4n_poll_failed", kind=type(error).__name__)
    finally:
        _set_next(max(SOON, timedelta(seconds=pace.wait())) if is_more else _apart(connection.poll_seconds))
    tasks.refresh()
    return reader.reports_read if reader is not None else 0


def poll_now() -> int:
    """Poll whatever the schedule says."""
    with unit_of_work() as session:
        session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id(), Sp4nSettings.mode != OFF)
            .values(next_poll_at=clock.now())
            .execution_options(synchronize_session=False)
        )
    return poll(gives_way=False)


def is_any_due() -> bool:
    """Whether a linked report waits to be read."""
    with unit_of_work() as session:
        due = select(Sp4nLink.id).where(Sp4nLink.next_check_at <= clock.now())
        return bool(session.scalar(select(due.exists())))


def _claim() -> Connection | None:
    """Take the poll that is due, so that no second worker polls the same city meanwhile."""
    with unit_of_work() as session:
        row = settings.row_of(session, lock=True)
        now = clock.now()
        if row is None or row.mode == OFF or not row.receives or (row.next_poll_at or FAR) > now:
            return None
        row.next_poll_at = now + POLL_LEASE
    return settings.load()


def _apart(seconds: int) -> timedelta:
    """The city's interval, shortened by up to a quarter: cities that came due together come apart again."""
    return timedelta(seconds=seconds * random.uniform(0.75, 1))  # noqa: S311 - jitter, not a secret


def _set_next(wait: timedelta) -> None:
    until = circuit.paused_until()
    with unit_of_work() as session:
        next_poll_at = max(clock.now() + wait, until) if until is not None else clock.now() + wait
        session.execute(
            update(Sp4nSettings)
            .where(Sp4nSettings.tenant_id == bound_tenant_id(), Sp4nSettings.mode != OFF)
            .values(next_poll_at=next_poll_at)
            .execution_options(synchronize_session=False)
        )


class Reader:
    """One poll of one city."""

    def __init__(self, connection: Connection, client: Sp4nClient, pace: Pace) -> None:
        self._connection, self._client, self._pace = connection, client, pace
        self._started = clock.now()
        self._has_list = connection.lists_incoming
        self._problem: str | None = None  # why a list could not be read
        self.reports_read = 0

    def run(self) -> bool:
        """List, apply, then read the reports that are due one by one. Returns whether some are left."""
        self._read_masters()
        if self._has_list:
            self._list()
        applying.apply_pending(self._connection)
        most = timedelta(seconds=lanes.bounded(MOST_SECONDS))
        while self.reports_read < MOST_REPORTS:
            if clock.now() - self._started > most or self._is_spent():
                return True
            due = self._next_due()
            if due is None:
                return False
            self._check(*due)
            self.reports_read += 1
        return self._next_due() is not None

    def _is_spent(self) -> bool:
        """Whether the allowance is used up, or something of the city's waits to be sent: that goes first.

        One report is read in any case: the list alone moves nothing.
        """
        if self.reports_read == 0:
            return False
        is_next = self._pace.gives_way and registry().is_put_aside(DELIVER, bound_tenant_id())
        return is_next or self._pace.wait() > 0

    def _read_masters(self) -> None:
        """The lists that mappings rest on, once a day; an account without them goes on without them."""
        if not masters.is_due():
            return
        try:
            masters.sync(self._client)
        except DoNotTry as error:
            if isinstance(circuit.translated(error), relay.TryLater):
                raise
            if error.status not in (404, 405):
                _log.warning("sp4n_masters_unreadable", cause=error.cause)
                self._problem = f"Daftar induk SP4N tidak dapat dibaca: {error.cause}"[:500]
        if not self._has_list:
            self._note_problem()

    def _list(self) -> None:
        """Changed reports of our institution: known ones become due, unknown ones are stored as news."""
        with unit_of_work() as session:
            cursor = session.scalar(select(Sp4nSettings.polled_until))
        since = cursor - OVERLAP if cursor is not None else self._started - FIRST_LOOK
        try:
            page = self._client.list_incoming(since, self._connection.institution_id)
        except DoNotTry as error:
            if isinstance(circuit.translated(error), relay.TryLater):
                raise
            self._has_list = False  # every report is read in turn
            if error.status not in (404, 405):  # an account without this call is no problem
                _log.warning("sp4n_list_unreadable", cause=error.cause)
                self._problem = self._problem or error.cause[:500]
            self._note_problem()
            return
        with unit_of_work() as session:
            self._store_list(session, page)
            session.execute(
                update(Sp4nSettings)
                .where(Sp4nSettings.tenant_id == bound_tenant_id())
                .values(polled_until=self._started, list_problem=self._problem)
                .execution_options(synchronize_session=False)
            )
            circuit.closed(session)

    def _note_problem(self) -> None:
        with unit_of_work() as session:
            session.execute(
                update(Sp4nSettings)
                .where(Sp4nSettings.tenant_id == bound_tenant_id())
                .values(list_problem=self._problem)
                .execution_options(synchronize_session=False)
            )

    def _store_list(self, session: Session, page: Page[RemoteComplaint]) -> None:
        known = dict(
            session.execute(
                select(Sp4nLink.external_id, Sp4nLink.checked_at).where(
                    Sp4nLink.external_id.in_([item.external_id for item in page.items])
                )
            ).all()
        )
        changed = [
            item.external_id
            for item in page.items
            if item.external_id in known and not _is_settled(item.updated.at, known[item.external_id])
        ]
        if changed:
            session.execute(
                update(Sp4nLink)
                .where(Sp4nLink.tenant_id == bound_tenant_id(), Sp4nLink.external_id.in_(changed))
                .values(next_check_at=self._started)
                .execution_options(synchronize_session=False)
            )
        unknown = [news.report_news(item) for item in page.items if item.external_id not in known]
        store_news(session, [*unknown, *(news.unreadable_news(words) for words in page.skipped)])
        _renew_waiting(session, unknown)

    def _next_due(self) -> tuple[str, datetime] | None:
        with unit_of_work() as session:
            row = session.execute(
                select(Sp4nLink.external_id, Sp4nLink.next_check_at)
                .where(Sp4nLink.next_check_at <= clock.now())
                .order_by(Sp4nLink.next_check_at)
                .limit(1)
            ).first()
            return None if row is None else (row.external_id, row.next_check_at)

    def _check(self, external_id: str, due_at: datetime) -> None:
        """Read one report with its thread, store what is new, apply it; put off one that cannot be read.

        In a routine reading one that did not change is not read any further.
        """
        try:
            detail, version = self._client.get_other_detail(external_id, seen.version_of(external_id))
            thread = [] if detail is None else self._client.list_followups(external_id)
        except DoNotTry as error:
            if isinstance(circuit.translated(error), relay.TryLater):
                raise
            _log.warning("sp4n_report_unreadable", report=external_id, cause=error.cause)
            with unit_of_work() as session:
                later = clock.now() + AFTER_FAILURE
                _update_link(session, external_id, due_at, later, problem=error.cause[:500])
            return
        if detail is None:
            with unit_of_work() as session:
                next_at = self._note_read(session, external_id, due_at)
            seen.renew(external_id, next_at)
            return
        with unit_of_work() as session:
            self._learn_own_name(session, detail)
            next_at = self._store_detail(session, detail, thread, due_at)
        applying.apply_pending(self._connection, external_id)
        with unit_of_work() as session:
            reconcile.compare_read(session, self._connection, detail, thread)
        if detail.updated.at is None or _is_settled(detail.updated.at, clock.now()):
            seen.keep(external_id, version, next_at)

    def _store_detail(
        self, session: Session, detail: RemoteComplaint, thread: list[RemoteFollowup], due_at: datetime
    ) -> datetime | None:
        """Keep what is new, and note the reading; returns when the next one is due."""
        link = session.execute(
            select(Sp4nLink.complaint_id, Sp4nLink.status_raw).where(
                Sp4nLink.external_id == detail.external_id
            )
        ).one()
        label = news.label_of(detail)
        told = [*news.answer_news(detail, thread), *news.status_news(detail, link.status_raw)]
        is_new = store_news(session, told) > 0
        if label != link.status_raw:
            national.keep_external(link.complaint_id, news.facts_of(detail))
        is_unmapped = label is not None and applying.state_of(session, label) is None
        values: dict[str, Any] = {"status_raw": label, "status_unmapped": is_unmapped}
        if is_new or label != link.status_raw:
            values["changed_at"] = clock.now()
        return self._note_read(session, detail.external_id, due_at, **values)

    def _note_read(
        self, session: Session, external_id: str, due_at: datetime, **values: Any
    ) -> datetime | None:
        """The report was read; returns when the next reading is due, None where it is watched no longer."""
        row = session.execute(
            select(
                func.greatest(Sp4nLink.changed_at, Sp4nLink.linked_at).label("changed_at"),
                Complaint.status,
                Complaint.closed_at,
            )
            .join(
                Complaint,
                (Complaint.tenant_id == Sp4nLink.tenant_id) & (Complaint.id == Sp4nLink.complaint_id),
            )
            .where(Sp4nLink.external_id == external_id)
        ).one()
        now, is_ended = clock.now(), row.status in ENDED_STATUSES
        wait = rhythm.wait(
            timedelta(seconds=self._connection.poll_seconds),
            now - values.get("changed_at", row.changed_at),
            has_list=self._has_list,
            is_ended=is_ended,
        )
        next_at = None if is_ended and rhythm.is_past(row.closed_at, now) else now + wait
        values |= {"problem": None, "checked_at": now, "synced_at": now}
        _update_link(session, external_id, due_at, next_at, **values)
        circuit.closed(session)
        return next_at

    def _learn_own_name(self, session: Session, detail: RemoteComplaint) -> None:
        """The history names institutions without their numbers: ours has to be known to see an echo."""
        name = detail.disposition_name
        is_ours = detail.disposition_id == self._connection.institution_id
        if is_ours and name and name != self._connection.institution_name:
            row = settings.row_of(session, lock=True)
            if row is not None:
                row.institution_name = name
                session.flush()
                self._connection = settings.connection_of(row)


def _is_settled(changed_at: datetime | None, checked_at: datetime | None) -> bool:
    return changed_at is not None and checked_at is not None and checked_at - changed_at > SETTLED


def _update_link(
    session: Session, external_id: str, due_at: datetime, next_at: datetime | None, **values: Any
) -> None:
    """Note a reading that was due at `due_at`. One that somebody asked for meanwhile stays due."""
    next_check_at = case((Sp4nLink.next_check_at == due_at, next_at), else_=Sp4nLink.next_check_at)
    session.execute(
        update(Sp4nLink)
        .where(Sp4nLink.tenant_id == bound_tenant_id(), Sp4nLink.external_id == external_id)
        .values(next_check_at=next_check_at, **values)
        .execution_options(synchronize_session=False)
    )


def _renew_waiting(session: Session, reports: list[news.News]) -> None:
    """A report that waits is known by what was told last: it may have been passed on to us since."""
    for each in reports:
        session.execute(
            update(InboundMessage)
            .where(
                InboundMessage.tenant_id == bound_tenant_id(),
                InboundMessage.external_id == each["external_id"],
                InboundMessage.state == applying.WAITING,
            )
            .values(payload=each["payload"])
            .execution_options(synchronize_session=False)
        )


def store_news(session: Session, items: list[dict[str, Any]]) -> int:
    """Each piece of news once, whoever read it first. Returns how many were new."""
    if items:
        rows = [
            {
                "tenant_id": bound_tenant_id(),
                "id": uuid7(),
                "state": "pending",
                "received_at": clock.now(),
                **item,
            }
            for item in items
        ]
        statement = insert(InboundMessage).on_conflict_do_nothing().returning(InboundMessage.id)
        return len(session.scalars(statement, rows).all())
    return 0
