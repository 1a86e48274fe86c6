"""What would be sent of a report: the very calls a delivery makes, put together by the same code, unsent.

Invariant: nothing is called and no secret is opened here; who reported is masked, whoever looks.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.labels import act_title
from complaints.models import Complaint
from complaints.workflow import Act
from core.db.transaction import unit_of_work
from core.errors import DomainError, NotFound
from core.outbox import relay
from core.outbox.models import OutboxMessage
from sp4n import composing, masters, settings
from sp4n.composing import Unmapped
from sp4n.contract import OutgoingCall, forward_call, upload_call
from sp4n.models import Sp4nLink
from sp4n.parity.facts import TOLD, public_acts
from sp4n.preview.words import LABELS, MASK, NOT_KEPT, RULES, STATES
from sp4n.session import DoNotTry, written
from sp4n.settings import Connection
from sp4n.subscribers import NATIONAL_CHANNEL, TOPICS

#: stand for numbers the other side gives only when it is called
NUMBER, FIRST_FILE = "9" * 18, 9 * 10**17
NUMBER_WORDS = "{nomor laporan}"
#: of these fields only whether they are filled is shown
_PERSONAL = ("nameUser", "emailUser", "phoneUser")
_ABOUT_FILES = ("attachments", "info_attachments")


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of a body: its name there, our word for it, its value as text."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ShownFile:
    part: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call as it leaves; `body` is its JSON, None for a form."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    fields: tuple[ShownField, ...]
    body: dict[str, Any] | None
    files: tuple[ShownFile, ...]

    @property
    def body_text(self) -> str:
        """The JSON, set for reading."""
        return json.dumps(self.body, ensure_ascii=False, indent=2)


@dataclass(frozen=True, slots=True)
class Message:
    """What one fact sends. `stop`: why it cannot go; `unmapped`: what goes with a standard number."""

    title: str
    at: datetime
    state: str
    calls: tuple[ShownCall, ...]
    stop: str | None
    unmapped: tuple[Unmapped, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """All that is sent of a report. `withheld`: what does not leave; `stops`: why none of it goes."""

    number: str
    title: str
    external_id: str | None
    mode: str
    stops: tuple[str, ...]
    withheld: tuple[str, ...]
    messages: tuple[Message, ...]


def of_case(complaint_id: uuid.UUID) -> Preview:
    """The preview of one report of the bound city. Raises DomainError where nothing is configured."""
    connection = settings.load()
    if connection is None:
        raise DomainError("Sambungan ke SP4N belum diisi.", code="not_connected")
    with unit_of_work() as session:
        case = composing.filed(session, complaint_id).complaint
        external_id = session.scalar(
            select(Sp4nLink.external_id).where(Sp4nLink.complaint_id == complaint_id)
        )
        facts = list(_facts(session, case))
        head = (case.number, case.title, external_id, connection.mode)
        stops = () if external_id else tuple(_stops(case, connection))
        withheld = tuple(_withheld(case))
    wire = _Wire(connection, external_id or NUMBER)
    return Preview(*head, stops, withheld, tuple(wire.message(fact) for fact in facts))


def of_number(number: str) -> Preview:
    """As `of_case`, by our number. Raises NotFound."""
    with unit_of_work() as session:
        complaint_id = session.scalar(select(Complaint.id).where(Complaint.number == number.strip()))
    if complaint_id is None:
        raise NotFound("Tidak ada laporan dengan nomor itu.")
    return of_case(complaint_id)


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something that is told there: the report itself (no act), or an act. `state` of its message."""

    subject_id: uuid.UUID
    act: str | None
    title: str
    at: datetime
    state: str | None


def _facts(session: Session, case: Complaint) -> Iterator[_Fact]:
    states = dict(
        session.execute(
            select(OutboxMessage.dedupe_key, OutboxMessage.state).where(
                OutboxMessage.subject_id == case.id, OutboxMessage.topic.in_(TOPICS)
            )
        ).all()
    )
    if case.channel != NATIONAL_CHANNEL:
        state = states.get(f"create:{case.id}")
        yield _Fact(case.id, None, "Laporan", case.received_at, state)
    for event in public_acts(session, case.id, TOLD | {Act.DECLINE_JURISDICTION}):
        state = states.get(f"act:{event.id}")
        yield _Fact(event.id, event.act, act_title(event.act, event.data), event.occurred_at, state)


def _stops(case: Complaint, connection: Connection) -> Iterator[str]:
    if not connection.sends:
        yield RULES["sends"]
    if case.is_anonymous and connection.send_anonymous == "no":
        yield RULES["anonymous"]
    if case.is_confidential and not connection.send_confidential:
        yield RULES["confidential"]


def _withheld(case: Complaint) -> Iterator[str]:
    if case.is_anonymous:
        yield NOT_KEPT["anonymous"]
    if case.is_confidential:
        yield NOT_KEPT["confidential"]
    yield NOT_KEPT["internal"]


class _Wire:
    """Composes as a delivery does (`sp4n.delivery.Courier`), with stand-ins for numbers not yet given."""

    def __init__(self, connection: Connection, external_id: str) -> None:
        self._connection, self._external_id = connection, external_id
        self._headers = (
            (connection.auth_header, connection.auth_format.replace("{secret}", MASK)),
            (connection.token_header, MASK),
        )

    def message(self, fact: _Fact) -> Message:
        """What this fact sends, or why it cannot be sent."""
        calls: tuple[ShownCall, ...] = ()
        unmapped: tuple[Unmapped, ...] = ()
        stop = None
        try:
            outgoing, unmapped = self._composed(fact)
            calls = tuple(self._shown(each) for each in outgoing)
        except (relay.DoNotTry, relay.TryLater, DoNotTry) as failure:
            stop = failure.cause
        return Message(fact.title, fact.at, STATES[fact.state], calls, stop, unmapped)

    def _composed(self, fact: _Fact) -> tuple[list[OutgoingCall], tuple[Unmapped, ...]]:
        if fact.act is None:
            report = composing.report(fact.subject_id, self._connection)
            files = composing.read(report.files)
            numbers = tuple(range(FIRST_FILE, FIRST_FILE + len(files)))
            uploads = [upload_call(files)] if files else []
            return [*uploads, written(report.naming(numbers).call)], report.unmapped
        if fact.act == Act.DECLINE_JURISDICTION:
            decline = composing.decline(fact.subject_id)
            target = decline.target(masters.institutions)
            return [written(lambda: forward_call(self._external_id, target, decline.reason))], ()
        answer = composing.answer(fact.subject_id, self._connection)
        followup = answer.to(self._external_id, self._connection.user_id, tuple(composing.read(answer.files)))
        return [written(followup.call)], answer.unmapped

    def _shown(self, call: OutgoingCall) -> ShownCall:
        body = None if call.json is None else {name: _plain(name, each) for name, each in call.json.items()}
        pairs = (
            body.items() if body is not None else ((name, _plain(name, each)) for name, each in call.fields)
        )
        return ShownCall(
            call.method,
            call.path.replace(NUMBER, NUMBER_WORDS),
            self._headers,
            tuple(ShownField(name, LABELS.get(name, name), _as_text(value)) for name, value in pairs),
            body,
            tuple(ShownFile(part, file.filename, len(file.content)) for part, file in call.files),
        )


def _plain(name: str, value: Any) -> Any:
    """The value as it may be shown: a person masked, a number that is not yet given in words."""
    if name in _PERSONAL and value not in ("", composing.ANONYMOUS):
        return MASK
    if name == "complaint_id" and value == NUMBER:
        return NUMBER_WORDS
    if name in _ABOUT_FILES and value:
        count = str(value).count(",") + 1
        return f"[{','.join(f'{{nomor berkas {place}}}' for place in range(1, count + 1))}]"
    return value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
