"""Sending what is due: one connection a batch, no transaction open while a channel is talked to.

A dead channel puts off its own messages only, and one knocks for all. A refused message stops where an
officer sees it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from complaints.models import MessagingSettings, Notice
from complaints.models.notices import CANCELLED, CHANNELS, EMAIL, FAILED, QUEUED, REPORTER, SENT, SKIPPED
from complaints.notices import channels as ways
from complaints.notices import letters
from complaints.notices.channels import Channels
from complaints.notices.letters import NoticeRow, Office
from complaints.notices.queueing import DELIVER, TOPICS
from core import clock
from core.crypto import SecretUnreadable
from core.db.tenancy import bound_tenant_id
from core.db.transaction import unit_of_work
from core.jobs.queue import registry
from core.messaging.message import ChannelDown, Delayed, MailMessage, Refused, TextMessage
from core.outbox import relay, singles
from core.outbox.models import OutboxMessage
from core.outbox.relay import Delivery, DoNotTry, TryLater

MOST_MESSAGES, MOST_SECONDS = 500, 40.0
DUE_SQL = (
    "SELECT DISTINCT tenant_id FROM outbox_message WHERE due_at <= now()"
    " AND topic IN ('notice.email', 'notice.sms', 'notice.whatsapp')"
)
SWITCHED_OFF = "Saluran ini dimatikan"
QUIET = "Menunggu jam tenang berakhir"
Send = Callable[[MailMessage | TextMessage], None]


def deliver_due() -> int:
    """Send what is due for the bound city, channel by channel, within bounds. Returns how many are done."""
    with unit_of_work() as session:
        row = session.scalars(select(MessagingSettings)).first()
        if row is not None:
            session.expunge(row)
        office = letters.load_office(current_app.extensions["settings"], row)
        due = set(
            session.scalars(
                select(OutboxMessage.topic)
                .where(OutboxMessage.due_at <= clock.now(), OutboxMessage.topic.in_(TOPICS.values()))
                .distinct()
            )
        )
    done = 0
    for channel in CHANNELS:
        if TOPICS[channel] in due:
            done += _drain(channel, row, office)
    return done


def _drain(channel: str, row: MessagingSettings | None, office: Office) -> int:
    topic = TOPICS[channel]
    with ExitStack() as stack:
        courier = Courier(
            channel, Channels.of(row or MessagingSettings()), office, _sender(channel, row, stack)
        )
        done, is_down = relay.drain({topic: courier.deliver}, most=MOST_MESSAGES, seconds=MOST_SECONDS)
    if is_down:
        singles.postpone(topic, courier.knocks)
    elif done >= MOST_MESSAGES:
        registry().wake(DELIVER, bound_tenant_id())
    return done


def _sender(channel: str, row: MessagingSettings | None, stack: ExitStack) -> Send | None:
    """The way of a channel, or None where it is switched off."""
    switched = Channels.of(row or MessagingSettings())
    if channel == EMAIL:
        if not switched.mail:
            return None
        mailer = stack.enter_context(ways.mailer())

        def send_mail(message: MailMessage | TextMessage) -> None:
            assert isinstance(message, MailMessage)
            mailer.send(message)

        return send_mail
    if row is None or not (switched.sms if channel == "sms" else switched.whatsapp):
        return None
    try:
        sender = ways.text_sender(row, channel)
    except SecretUnreadable:
        return _unreadable

    def send_text(message: MailMessage | TextMessage) -> None:
        assert isinstance(message, TextMessage)
        sender.send_text(message)

    return send_text


def _unreadable(_message: MailMessage | TextMessage) -> None:
    raise ChannelDown("Kredensial gateway pesan tidak dapat dibaca, isi sekali lagi")


class Courier:
    """Delivers one channel's messages of one city. `knocks`: tries of the message that found the way shut."""

    def __init__(self, channel: str, switched: Channels, office: Office, send: Send | None) -> None:
        self._channel, self._switched, self._office, self._send = channel, switched, office, send
        self.knocks = 1

    def deliver(self, delivery: Delivery) -> None:
        """One message, for the relay. Raises TryLater where the whole channel is down."""
        notice_id = delivery.subject_id
        with unit_of_work():
            row = letters.load(notice_id)
            message = None if row is None else self._written(delivery, row)
        if row is None or row.state == CANCELLED:
            relay.record_delivered(delivery)
            return
        if message is None:
            cause = SWITCHED_OFF if self._send is None else letters.NO_ADDRESS
            relay.record_delivered(delivery, also=lambda session: _mark(session, notice_id, SKIPPED, cause))
            return
        wait = self._quiet(row)
        if wait:
            _put_off(delivery, TryLater(QUIET, wait))
            return
        self._hand_over(delivery, message)

    def _written(self, delivery: Delivery, row: NoticeRow) -> MailMessage | TextMessage | None:
        if self._send is None or row.state == CANCELLED:
            return None
        try:
            return letters.write(delivery.subject_id, row, self._office, delivery.payload)
        except letters.Unaddressed:
            return None

    def _quiet(self, row: NoticeRow) -> float:
        """Also here: a message may have been tried again into the night."""
        if self._channel == EMAIL or row.recipient_kind != REPORTER:
            return 0.0
        return self._switched.quiet_seconds(clock.now(), self._office.zone)

    def _hand_over(self, delivery: Delivery, message: MailMessage | TextMessage) -> None:
        notice_id = delivery.subject_id
        assert self._send is not None
        try:
            self._send(message)
        except Refused as refusal:
            _note(notice_id, FAILED, refusal.cause)
            raise DoNotTry(refusal.cause) from None
        except Delayed as delay:
            _put_off(delivery, TryLater(delay.cause))
        except ChannelDown as down:
            self.knocks = delivery.attempts
            _note(notice_id, _state_after(delivery), down.cause)
            raise TryLater(down.cause) from None
        else:
            relay.record_delivered(delivery, also=lambda session: _mark(session, notice_id, SENT, None))


def _state_after(delivery: Delivery) -> str:
    return FAILED if delivery.attempts >= relay.MOST_ATTEMPTS else QUEUED


def _put_off(delivery: Delivery, later: TryLater) -> None:
    """This message waits; the others go on."""
    _note(delivery.subject_id, _state_after(delivery), later.cause)
    relay.record_failure(delivery, later)


def _note(notice_id: uuid.UUID, state: str, cause: str) -> None:
    with unit_of_work() as session:
        _mark(session, notice_id, state, cause)


def _mark(session: Session, notice_id: uuid.UUID, state: str, cause: str | None) -> None:
    session.execute(
        update(Notice)
        .where(Notice.tenant_id == bound_tenant_id(), Notice.id == notice_id)
        .values(state=state, cause=cause, sent_at=clock.now() if state == SENT else None)
        .execution_options(synchronize_session=False)
    )


def mark_again(session: Session, notice_id: uuid.UUID) -> None:
    """A person has its message tried again, in the present transaction."""
    _mark(session, notice_id, QUEUED, None)


def mark_left_out(session: Session, notice_id: uuid.UUID, reason: str) -> None:
    """A person leaves its message out, in the present transaction."""
    _mark(session, notice_id, SKIPPED, f"Dilewati: {reason}")


def try_again(complaint_id: uuid.UUID, notice_id: uuid.UUID) -> bool:
    """A person asks for another try of a failed message of this case. Returns whether there was one."""
    with unit_of_work() as session:
        message_id = session.scalar(
            select(OutboxMessage.id)
            .join(
                Notice,
                (Notice.tenant_id == OutboxMessage.tenant_id) & (Notice.id == OutboxMessage.subject_id),
            )
            .where(Notice.id == notice_id, Notice.complaint_id == complaint_id, Notice.state == FAILED)
        )
        if message_id is None:
            return False
        session.execute(
            update(Notice)
            .where(Notice.tenant_id == bound_tenant_id(), Notice.id == notice_id)
            .values(state=QUEUED, cause=None)
            .execution_options(synchronize_session=False)
        )
    tried = relay.try_again(message_id)
    registry().wake(DELIVER, bound_tenant_id())
    return tried
