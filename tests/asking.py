"""What a city of 100,000 reports is asked: the product's own functions, and what each may cost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from sqlalchemy import select

from complaints import statute
from complaints.acts import desk, handling, identity, intake, lapse, reporter, uploads
from complaints.acts.engine import Actor
from complaints.models import ComplaintEvent
from complaints.notices import digest, subscribers
from complaints.notices.catalogue import KINDS
from complaints.permissions import GRANTS
from complaints.queries import casefile, history, home, inbox, lists, tracking
from core import clock
from core.extensions import db
from core.outbox import relay
from sp4n import sync_views
from sp4n.subscribers import TOPICS
from tests.conftest import submission

#: rows of growing tables that a query may look at; the six counts beside the views stop at a thousand each
FEW, COUNTED = 1_000, 9 * 1_001
#: the walk of a filter that nothing matches, beside the counts
WALKED = max(COUNTED, 2 * lists.WALK)


@dataclass(frozen=True, slots=True)
class Large:
    """An application of its own over a database with a large city, and what there is to ask for."""

    app: Flask
    tenant_id: int
    host: str
    report: intake.Receipt
    waiting: str
    file_id: uuid.UUID
    department_id: uuid.UUID
    handler_id: uuid.UUID
    place: tuple[uuid.UUID, uuid.UUID]

    @property
    def admin(self) -> Actor:
        """An officer who may do everything."""
        return Actor("officer", "Petugas", name="Rina", grants=GRANTS["city_administrator"])

    @property
    def unit(self) -> Actor:
        """An officer who sees one department's cases."""
        return replace(self.admin, department_id=self.department_id, own_department_only=True)


def in_view(view: str, *, goes_on: bool = False, unit: bool = False) -> Callable[[Large], Any]:
    """A page of the inbox: the first or the next one, of the city or of a unit."""

    def ask(large: Large) -> Any:
        department = large.department_id if unit else None
        found = inbox.load(view, department_id=department, after=None, size=50, own_unit=unit)
        if not goes_on:
            return found
        assert found.cursor
        return inbox.load(view, department_id=department, after=found.cursor, size=50, own_unit=unit)

    return ask


def searched(large: Large) -> Any:
    return inbox.load(
        "perlu", department_id=None, after=None, size=50, own_unit=False, query=large.report.number
    )


def filtered(view: str, key: str, *, goes_on: bool = False) -> Callable[[Large], Any]:
    """A page of a view narrowed by one filter."""

    def ask(large: Large) -> Any:
        category, village = large.place
        values = {
            "kategori": str(category),
            "kelurahan": str(village),
            "penangan": str(large.handler_id),
            "unit": str(large.department_id),
            "klasifikasi": "supervised",  # nobody's: the walk goes to its end
            "dari": "2026-01-01",
        }
        found = inbox.load(view, filters={key: values[key]})
        return inbox.load(view, filters={key: values[key]}, after=found.cursor) if goes_on else found

    return ask


def worded(words: str, *, of_reporter: bool = False) -> Callable[[Large], Any]:
    """What the search box finds for somebody who may search for people."""
    sight = inbox.Sight(may_see_identity=True, may_see_anonymous=True)
    return lambda _: inbox.load("perlu", query=words, of_reporter=of_reporter, sight=sight)


def acted(large: Large) -> None:
    """A report's road from filing over every hand to its reopening."""
    category, village = large.place
    case = intake.submit(submission(category_id=category, village_id=village)).complaint_id
    desk.verify(case, large.admin, classification="unsupervised")
    desk.assign(case, large.admin, department_id=large.department_id)
    handling.follow_up(case, large.admin, text="Petugas meninjau lokasi.")
    handling.respond(case, large.admin, text="Yth. Pelapor, jalan sudah kami perbaiki pada hari ini.")
    reporter.rate(case, score=5, solved="yes")
    reporter.reopen(case, reason="Lubangnya muncul lagi.")


def queued(large: Large) -> None:
    relay.add("sp4n.follow_up", large.report.complaint_id, f"act:{uuid.uuid4()}", {})


def claimed(_large: Large) -> None:
    assert relay.claim(TOPICS)


def told(large: Large) -> None:
    """What a closing needs to know: the case, the channels, the reporters of everything merged into it."""
    event = db.session.scalar(
        select(ComplaintEvent.id).where(ComplaintEvent.complaint_id == large.report.complaint_id).limit(1)
    )
    assert event
    assert subscribers._facts(large.report.complaint_id, event, [KINDS["closed"]])


def morning(_large: Large) -> None:
    calendar = statute.load(clock.now()).calendar
    digest._plans(clock.now().date(), clock.now(), calendar)


Ask = Callable[[Large], Any]
#: name → what is asked, how the index begins that must be among those used, how many rows may be looked at
HOT: dict[str, tuple[Ask, str, int]] = {
    **{view: (in_view(view), "ix_complaint_", COUNTED) for view in inbox.VIEWS},
    "perlu, next page": (in_view("perlu", goes_on=True), "ix_complaint_inbox", COUNTED),
    "terlambat, next page": (in_view("terlambat", goes_on=True), "ix_complaint_inbox", COUNTED),
    "selesai, next page": (in_view("selesai", goes_on=True), "ix_complaint_closed", COUNTED),
    "perlu, unit": (in_view("perlu", unit=True), "ix_complaint_", COUNTED),
    "selesai, unit": (in_view("selesai", unit=True), "ix_complaint_closed_by_unit", COUNTED),
    "selesai, unit, next page": (
        in_view("selesai", unit=True, goes_on=True),
        "ix_complaint_closed_by_unit",
        COUNTED,
    ),
    "by handler": (filtered("perlu", "penangan"), "ix_complaint_handler", COUNTED),
    "by village": (filtered("perlu", "kelurahan"), "ix_complaint_village", COUNTED),
    "by category": (filtered("perlu", "kategori"), "ix_complaint_inbox", COUNTED),
    "by unit": (filtered("terlambat", "unit"), "ix_complaint_inbox", COUNTED),
    "by what nobody is": (filtered("perlu", "klasifikasi"), "ix_complaint_inbox", WALKED),
    "by what nobody is, next page": (
        filtered("perlu", "klasifikasi", goes_on=True),
        "ix_complaint_inbox",
        WALKED,
    ),
    "finished, by category": (filtered("selesai", "kategori"), "ix_complaint_closed", WALKED),
    "all since a day": (filtered("semua", "dari"), "ix_complaint_received", COUNTED),
    "search": (searched, "uq_complaint_tenant_id_number", COUNTED),
    "search by words": (worded("jembatan retak"), "pk_complaint", COUNTED),
    "search by name": (worded("pelapor", of_reporter=True), "pk_complaint", COUNTED),
    "search by phone": (worded("0812 3456 7890"), "ix_reporter_phone", COUNTED),
    "messages of an act": (told, "uq_reporter_tenant_id_complaint_id", FEW),
    # by status and date or by date alone: both read what is due and nothing else, at the same cost
    "morning's list": (morning, "ix_complaint_", 2 * digest.MOST_READ),
    "sync of a page": (
        lambda x: sync_views.sync_of([x.report.complaint_id]),
        "ix_outbox_message_subject",
        FEW,
    ),
    "outside number": (
        lambda _: sync_views.find_by_number("1000001"),
        "uq_sp4n_link_tenant_id_external",
        FEW,
    ),
    "case": (
        lambda x: casefile.load(x.report.number, x.admin, "semua"),
        "uq_complaint_tenant_id_number",
        FEW,
    ),
    "case of a unit": (lambda x: casefile.load(x.waiting, x.unit, "semua"), "uq_complaint_tenant_id", FEW),
    "identity": (lambda x: identity.view(x.report.complaint_id, x.admin), "pk_complaint", FEW),
    "tracking": (
        lambda x: tracking.tracked(x.report.number, full=True),
        "uq_complaint_tenant_id_number",
        FEW,
    ),
    "status": (lambda x: tracking.tracked(x.report.number, full=False), "uq_complaint_tenant_id_number", FEW),
    "PIN": (lambda x: reporter.check_pin(x.report.number, x.report.pin), "uq_tracking_access_tenant", FEW),
    "file": (lambda x: history.stored_file(x.file_id), "pk_attachment", FEW),
    "files of a form": (lambda _: uploads.kept(uuid.uuid4()), "ix_attachment_", FEW),
    "recently finished": (lambda _: home.recently_finished(), "ix_complaint_closed", FEW),
    "acts": (acted, "pk_complaint", FEW),
    "lapsed": (lambda _: lapse.lapse(), "ix_complaint_", COUNTED),
    "message queued": (queued, "ix_outbox_message_subject", FEW),
    "message claimed": (claimed, "ix_outbox_message_", FEW),
}
