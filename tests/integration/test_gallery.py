"""The gallery of components: every one drawn once, with the product's own values, on a valid page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from flask import Flask, render_template

from complaints import due
from complaints.deadlines import Calendar, Step
from complaints.explaining import Fact, Part
from complaints.forms.citizen import ReportForm
from complaints.forms.officer import DeferForm
from complaints.labels import status_view
from complaints.ports import NOT_CONNECTED, SyncView
from complaints.queries.elsewhere import Elsewhere
from complaints.queries.groups import Related, RelatedCase
from complaints.queries.history import AttachmentView, TimelineEntry
from complaints.queries.moves import MoveView
from complaints.queries.tracking import Step as RoadStep
from complaints.views.panels import ActView
from complaints.workflow import STATUSES
from core.web.templating import DEFAULT_ZONE
from monitoring.page import Chart, Line, Point
from tests.conftest import City
from tests.pages import check_page

NOW = datetime(2026, 3, 9, 3, tzinfo=UTC)


def related() -> Related:
    """A case in every kind of group, whose move was refused."""
    cases = [
        RelatedCase("ABC-2603-0000A", "Jalan berlubang", status_view("received"), True),
        RelatedCase("ABC-2603-0000B", "Lubang di jalan", status_view("merged"), False),
    ]
    return Related(
        main=cases[0],
        merged=cases,
        parent=cases[1],
        children=cases,
        merged_count=9,
        children_count=2,
        move=MoveView("Kota Contoh", "refused", "Kota Contoh sedang tidak menerima laporan", None, None),
        origin="Kota Lain",
    )


def elsewhere() -> list[Elsewhere]:
    """A merged report, one on its way to another city, one that arrived there."""
    return [
        Elsewhere("ABC-2603-0000A", status_view("in_progress"), [], None),
        Elsewhere(None, None, [], MoveView("Kota Contoh", "waiting", None, None, None)),
        Elsewhere(None, None, [], MoveView("Kota Contoh", "arrived", None, NOW, "#")),
    ]


def gallery() -> SimpleNamespace:
    """One value of each kind a component takes, in every look."""
    calendar = Calendar(DEFAULT_ZONE)
    delays = (timedelta(days=-4), timedelta(hours=3), timedelta(days=1), timedelta(days=9))
    form = ReportForm(formdata=None)
    form.set_choices([("1", "Infrastruktur")], {("2", "Utara"): [("3", "Sukamaju")]})
    photo = AttachmentView("a1", "jalan.jpg", "/lampiran/a1", "/lampiran/a1?ukuran=kecil", True, 9000, 64, 48)
    paper = AttachmentView("a2", "surat.pdf", "/lampiran/a2", None, False, 120_000, None, None)
    months = [Point("Jan 2026", 3), Point("Feb 2026", 9)]
    return SimpleNamespace(
        statuses=[status_view(status, department="Dinas Contoh") for status in STATUSES],
        deadlines=[
            due.running(NOW + delay, NOW, calendar, due.STEP_NAMES[Step.VERIFICATION]) for delay in delays
        ],
        syncs=[
            NOT_CONNECTED,
            SyncView("synced", "Tersinkron", "sinkron", "6340753", NOW),
            SyncView("differs", "Berbeda di SP4N: status", "tunggu", "6340753", NOW),
            SyncView(
                "needs_person", "Gagal, perlu tindakan", "lambat", None, NOW, "Kategori tidak dikenal", "422"
            ),
        ],
        parts=[Part("Batas verifikasi", [Fact("Mulai", "Senin"), Fact("Batas waktu", "Kamis")])],
        form=form,
        attachments=[photo, paper],
        act=ActView(
            "penundaan", "Tunda", "Minta keterangan", "Petunjuk", "#", DeferForm(formdata=None), False
        ),
        steps=[RoadStep("Diterima", NOW, "done", None), RoadStep("Diperiksa", None, "now", "Besok")],
        timeline=[
            TimelineEntry(kind, NOW, "Petugas", "Judul", "Isi", kind, [photo])
            for kind in ("public", "internal", "system", "sp4n")
        ],
        related=related(),
        elsewhere=elsewhere(),
        chart=Chart(
            "Masuk lebih banyak",
            [Line("Masuk", "", "#0a489f", months), Line("Selesai", "6 4", "#b45309", months)],
        ),
        page={
            "next_url": "?setelah=x",
            "previous_url": "?",
            "size": 50,
            "sizes": [
                {"n": 25, "url": "?per=25", "is_current": False},
                {"n": 50, "url": "?per=50", "is_current": True},
            ],
        },
    )


def test_every_component_is_drawn(app: Flask, city: City) -> None:
    with app.test_request_context("/petugas/", base_url=city.url):
        app.preprocess_request()
        page = render_template("components/gallery.html", gallery=gallery())
    check_page(page)
    for words in (
        "Terlambat",
        "Dinas Contoh",
        "jalan.jpg",
        "surat.pdf",
        "Kategori tidak dikenal",
        "dan 7 laporan lain",
        "Laporan sedang diteruskan ke Kota Contoh",
        "Masuk lebih banyak",
    ):
        assert words in page
