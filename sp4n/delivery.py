"""Messages out, in steps that can be resumed: nothing is idempotent there, so nothing unsure is sent blindly.

Invariant: before a call that creates something the mark `begun` is committed; whoever finds the mark looks at
the other side first. The mark outlives crashes, lost answers and a person's "try again".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import clock
from core.crypto import SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.ids import uuid7
from core.jobs import lanes
from core.jobs.queue import registry
from core.outbox import relay
from core.outbox.models import OutboxMessage
from core.outbox.relay import Delivery, DoNotTry
from sp4n import circuit, composing, settings
from sp4n.client import Sp4nClient
from sp4n.composing import OutgoingAnswer, OutgoingDecline
from sp4n.models import Sp4nFollowUp, Sp4nLink
from sp4n.news import in_order
from sp4n.pace import Pace
from sp4n.session import DoNotTry as ClientDoNotTry
from sp4n.session import Sp4nError
from sp4n.settings import Connection
from sp4n.subscribers import CREATE, DECLINE, DELIVER, FOLLOW_UP, TOPICS
from sp4n.tasks import finding as tasks

MOST_MESSAGES = 100
MOST_SECONDS = 20.0
BEGUN = "begun"

_log = structlog.get_logger(__name__)


def deliver_due() -> int:
    """Send what is due for the bound tenant, within bounds; wake again where more is due. Returns how many.

    While the circuit is open, or the mode is not `active`, it returns at once.
    """
    connection = settings.load()
    if connection is None or not connection.is_sending or circuit.is_open():
        return 0
    try:
        courier = Courier(connection, settings.client_for(connection, **circuit.limits()))
    except SecretUnreadable as error:
        circuit.failed(circuit.translated(error))
        tasks.refresh()
        return 0
    pace = Pace(connection.requests_per_minute)

    def may_go_on() -> bool:
        return pace.wait() <= 0

    delivered, is_down = relay.drain(
        courier.handlers(), most=MOST_MESSAGES, seconds=lanes.bounded(MOST_SECONDS), may_go_on=may_go_on
    )
    tasks.refresh()
    if not is_down and may_go_on() and _is_more_due():  # else the sweep finds it
        registry().wake(DELIVER, bound_tenant_id())
    return delivered


def _is_more_due() -> bool:
    with unit_of_work() as session:
        due = select(OutboxMessage.id).where(
            OutboxMessage.due_at <= clock.now(), OutboxMessage.topic.in_(TOPICS)
        )
        return bool(session.scalar(select(due.exists())))


def same_text(one: str, other: str) -> bool:
    """White space may be tidied on the way."""
    return one.split() == other.split()


class Courier:
    """Delivers the messages of one city over its account."""

    def __init__(self, connection: Connection, client: Sp4nClient) -> None:
        self._connection, self._client = connection, client

    def handlers(self) -> dict[str, relay.Handler]:
        """By topic, for the relay."""
        return {
            CREATE: _translating(self.create),
            FOLLOW_UP: _translating(self.follow_up),
            DECLINE: _translating(self.decline),
        }

    def create(self, delivery: Delivery) -> None:
        """File the report there, exactly once, and link the two."""
        external_id = delivery.steps.get("external_id") or self._filed(delivery)

        def link(session: Session) -> None:
            now = clock.now()
            session.execute(
                insert(Sp4nLink)
                .values(
                    tenant_id=bound_tenant_id(),
                    id=uuid7(),
                    complaint_id=delivery.subject_id,
                    external_id=external_id,
                    origin="local",
                    status_unmapped=False,
                    linked_at=now,
                    synced_at=now,
                    next_check_at=now,
                )
                .on_conflict_do_nothing()
            )
            circuit.closed(session)

        relay.record_delivered(delivery, also=link)

    def _filed(self, delivery: Delivery) -> str:
        outgoing = composing.report(delivery.subject_id, self._connection)
        files = delivery.steps.get("files")
        if files is None and outgoing.files:
            files = list(self._client.upload(composing.read(outgoing.files)))
            delivery.keep("files", files)
        external_id = self._found(outgoing.tag) if BEGUN in delivery.steps else None
        if external_id is None:
            _begin(delivery)
            external_id = self._client.create(outgoing.naming(tuple(files or ())))
        _refuse_taken(delivery, external_id)
        delivery.keep("external_id", external_id)
        return external_id

    def _found(self, tag: str) -> str | None:
        """Our report, if an earlier try reached the other side although nobody was told."""
        try:
            found = self._client.find_by_tag(tag)
        except ClientDoNotTry as error:
            if error.status not in (404, 405):
                raise
            # An account without this list: sending again could file the report twice, so a person decides.
            raise DoNotTry("Belum pasti apakah laporan ini sudah sampai di SP4N, periksa di sana") from error
        if len(found) > 1:
            _log.warning("sp4n_report_sent_twice", reports=[each.external_id for each in found])
        return found[0].external_id if found else None

    def follow_up(self, delivery: Delivery) -> None:
        """Answer in the thread, exactly once, and know the answer again when it comes back."""
        external_id = _linked(delivery)
        outgoing = composing.answer(_event_id(delivery), self._connection)
        key = delivery.steps.get("key") or self._answered(delivery, external_id, outgoing)

        def remember(session: Session) -> None:
            if key is not None:
                session.execute(
                    insert(Sp4nFollowUp)
                    .values(
                        tenant_id=bound_tenant_id(),
                        id=uuid7(),
                        complaint_id=delivery.subject_id,
                        event_id=_event_id(delivery),
                        external_id=key,
                    )
                    .on_conflict_do_nothing()
                )
            _synced(session, delivery.subject_id)

        relay.record_delivered(delivery, also=remember)

    def _answered(self, delivery: Delivery, external_id: str, outgoing: OutgoingAnswer) -> str | None:
        key = self._own_answer(delivery, external_id, outgoing.content) if BEGUN in delivery.steps else None
        if key is None:
            files = tuple(composing.read(outgoing.files))
            _begin(delivery)
            told = self._client.add_followup(outgoing.to(external_id, self._connection.user_id, files))
            key = f"id:{told}" if told else self._own_answer(delivery, external_id, outgoing.content)
        if key is not None:
            delivery.keep("key", key)
        return key

    def _own_answer(self, delivery: Delivery, external_id: str, content: str) -> str | None:
        """The newest answer there with these words that no message of ours accounts for yet."""
        thread = in_order(self._client.list_followups(external_id))
        with unit_of_work() as session:
            known = set(
                session.scalars(
                    select(Sp4nFollowUp.external_id).where(Sp4nFollowUp.complaint_id == delivery.subject_id)
                )
            )
        own = [each.key for each in thread if each.key not in known and same_text(each.content, content)]
        return own[-1] if own else None

    def decline(self, delivery: Delivery) -> None:
        """Pass the report on to the institution that is competent ("bukan wewenang")."""
        external_id = _linked(delivery)
        outgoing = composing.decline(_event_id(delivery))
        target = delivery.steps.get("institution_id") or self._institution(delivery, outgoing)
        is_passed_on = (
            BEGUN in delivery.steps and self._client.get_detail(external_id).disposition_id == target
        )
        if not is_passed_on:
            _begin(delivery)
            self._client.forward_not_authority(external_id, target, outgoing.reason)
        relay.record_delivered(delivery, also=lambda session: _synced(session, delivery.subject_id))

    def _institution(self, delivery: Delivery, outgoing: OutgoingDecline) -> int:
        target = outgoing.target(self._client.list_institutions)
        delivery.keep("institution_id", target)
        return target


def _translating(handler: Callable[[Delivery], None]) -> relay.Handler:
    """The handler with the client's failures in the relay's terms; "try later" opens the city's circuit."""

    def handle(delivery: Delivery) -> None:
        try:
            handler(delivery)
        except Sp4nError as error:
            failure = circuit.translated(error)
            if isinstance(failure, relay.TryLater):
                circuit.failed(failure)
            raise failure from error

    return handle


def _refuse_taken(delivery: Delivery, external_id: str) -> None:
    """A number that is another report's here is not believed; the next try looks for ours there."""
    taken = select(Sp4nLink.id).where(
        Sp4nLink.external_id == external_id, Sp4nLink.complaint_id != delivery.subject_id
    )
    with unit_of_work() as session:
        if session.scalar(taken) is not None:
            raise DoNotTry(f"Jawaban SP4N menyebut nomor {external_id}, yang sudah milik laporan lain")


def _begin(delivery: Delivery) -> None:
    if BEGUN not in delivery.steps:
        delivery.keep(BEGUN, True)


def _event_id(delivery: Delivery) -> uuid.UUID:
    return uuid.UUID(delivery.payload["event_id"])


def _linked(delivery: Delivery) -> str:
    """The report's number there. The order of messages makes it known before the first answer is sent."""
    with unit_of_work() as session:
        external_id = session.scalar(
            select(Sp4nLink.external_id).where(Sp4nLink.complaint_id == delivery.subject_id)
        )
    if external_id is None:
        raise DoNotTry("Laporan ini belum terkirim ke SP4N")
    return str(external_id)


def _synced(session: Session, complaint_id: uuid.UUID) -> None:
    now = clock.now()
    session.execute(
        update(Sp4nLink)
        .where(Sp4nLink.tenant_id == bound_tenant_id(), Sp4nLink.complaint_id == complaint_id)
        .values(synced_at=now, changed_at=now, next_check_at=now)
        .execution_options(synchronize_session=False)
    )
    circuit.closed(session)
