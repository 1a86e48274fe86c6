"""Search in the inbox: by words, number, reporter; never beyond the city, the unit or the permission."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from complaints.acts import desk
from complaints.models import Complaint, Reporter
from complaints.queries import inbox
from complaints.queries.inbox import Sight
from complaints.queries.search import marked
from core.audit import AuditEntry
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.casework import officer_of
from tests.conftest import City

DESK = Sight(may_see_identity=True, may_see_anonymous=True)


def found(query: str, sight: Sight = DESK, **more: Any) -> list[str]:
    """Numbers a search finds, page after page."""
    numbers: list[str] = []
    after = None
    while True:
        page = inbox.load("perlu", query=query, after=after, size=25, sight=sight, **more)
        numbers += [row.number for row in page.rows]
        after = page.cursor
        if after is None:
            return numbers


@pytest.fixture
def lamp(city: City, file_report: Callable[..., Any]) -> Any:
    """A report about a lamp among others."""
    file_report(
        city, title="Sampah menumpuk di pasar lama", body="Sampah menumpuk sejak pekan lalu dan berbau."
    )
    return file_report(
        city,
        title="Lampu jalan padam di gang masjid",
        body="Sudah dilaporkan ke RT, tetapi belum diperbaiki. <b>Penerangannya</b> kurang sekali di sana.",
        landmark="Jl. Anggrek nomor 7",
        name="Siti Aminah",
        phone="+6281299990000",
        email="siti@contoh.example",
    )


@pytest.mark.parametrize(
    "words",
    [
        "lampu",
        "LAMPU padam",
        "perbaikan",
        "memperbaiki",
        "anggrek",
        "lampu angg",
        "lamp",
        "di yang lampu",
        "7 anggrek",
    ],
)
def test_words_and_their_stems(city: City, in_city: Callable[[City], Any], lamp: Any, words: str) -> None:
    with in_city(city):
        assert found(words) == [lamp.number]


@pytest.mark.parametrize(
    "words", ["zebra", "lampu zebra", "yang di", "a", "''", "& | !", "%", "\\", "lampu' | 'x", ":*"]
)
def test_what_finds_nothing_or_less(
    city: City, in_city: Callable[[City], Any], lamp: Any, words: str
) -> None:
    with in_city(city):
        assert found(words) in ([], [lamp.number])
        assert "lampu" in words or found(words) == []


def test_a_snippet_is_text_with_marks(city: City, in_city: Callable[[City], Any], lamp: Any) -> None:
    with in_city(city):
        (row,) = inbox.load("perlu", query="penerangan", sight=DESK).rows
    assert row.number == lamp.number
    assert "<mark>Penerangannya</mark>" in str(row.snippet)
    assert "<b>" not in str(row.snippet)


@pytest.mark.parametrize(
    ("snippet", "shown"),
    [
        ("a \x02b\x03 c", "a <mark>b</mark> c"),
        ("<i>\x02<b>\x03&", "&lt;i&gt;<mark>&lt;b&gt;</mark>&amp;"),
        ("\x03a\x02b", "a<mark>b</mark>"),
        ("\x02\x02a\x03\x03", "<mark></mark><mark>a</mark>"),
    ],
)
def test_marks_are_balanced_whatever_is_between(snippet: str, shown: str) -> None:
    assert str(marked(snippet)) == shown


def test_words_follow_the_report(city: City, in_city: Callable[[City], Any], lamp: Any) -> None:
    with in_city(city):
        with unit_of_work() as session:
            case = session.scalars(select(Complaint).where(Complaint.number == lamp.number)).one()
            case.title = "Trotoar retak di gang masjid"
        assert found("trotoar") == [lamp.number]
        assert found("lampu") == []


def test_newest_first_over_pages(
    city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    filed = [file_report(city, title=f"Jembatan retak nomor {n}").number for n in range(60)]
    with in_city(city):
        assert found("jembatan") == filed[::-1]


def test_a_unit_finds_its_own_only(
    city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    numbers = []
    with in_city(city):
        for unit in ("pupr", "dlh"):
            case = file_report(city, title="Jembatan retak di kali")
            desk.verify(case.complaint_id, officer_of(city), classification="unsupervised")
            desk.assign(case.complaint_id, officer_of(city), department_id=city.departments[unit])
            numbers.append(case.number)
        copied = file_report(city, title="Jembatan retak di hulu")
        desk.verify(copied.complaint_id, officer_of(city), classification="unsupervised")
        desk.assign(
            copied.complaint_id,
            officer_of(city),
            department_id=city.departments["dlh"],
            copies=[city.departments["pupr"]],
        )
        unit_sight = Sight(city.departments["pupr"], own_unit=True)
        assert found("jembatan", unit_sight) == [copied.number, numbers[0]]
        assert found(numbers[1], unit_sight) == []
        assert found(copied.number, unit_sight) == [copied.number]


def test_another_city_is_never_found(
    make_city: Callable[..., City], in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    ours, theirs = make_city(), make_city()
    report = file_report(theirs, title="Jembatan retak di kali", name="Wulandari")
    with in_city(ours):
        assert found("jembatan") == []
        assert found("Wulandari", of_reporter=True) == []
        assert found(report.number) == []
        for function, words in (("search_complaints", "jembatan"), ("search_reporters", "wulandari")):
            asked = text(f"SELECT id FROM {function}(:words, NULL, NULL, 10)")  # noqa: S608 - from above
            assert db.session.execute(asked, {"words": words}).all() == []
    with in_city(theirs):
        assert found("jembatan") == [report.number]


# --- by who reported ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "of_reporter"),
    [
        ("Siti Aminah", True),
        ("aminah", True),
        ("ami", True),
        ("0812-9999-0000", False),
        ("Siti@Contoh.example", False),
    ],
)
def test_by_identity(
    city: City, in_city: Callable[[City], Any], lamp: Any, query: str, of_reporter: bool
) -> None:
    with in_city(city):
        assert found(query, of_reporter=of_reporter) == [lamp.number]
        assert found(query, Sight(), of_reporter=of_reporter) == []


def test_the_newest_of_a_name_first_over_pages(
    city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    filed = [file_report(city, name=f"Wulandari {n}").number for n in range(60)]
    file_report(city, name="Asep")
    with in_city(city):
        assert found("wulan", of_reporter=True) == filed[::-1]
        assert found("wulan", Sight(may_see_identity=True), of_reporter=True) == filed[::-1]


def test_a_unit_finds_the_reporters_of_its_own_reports_only(
    city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    numbers = {}
    with in_city(city):
        for unit, copies in (("pupr", []), ("dlh", []), ("dlh", ["pupr"])):
            case = file_report(city, name="Wulandari")
            desk.verify(case.complaint_id, officer_of(city), classification="unsupervised")
            desk.assign(
                case.complaint_id,
                officer_of(city),
                department_id=city.departments[unit],
                copies=[city.departments[each] for each in copies],
            )
            numbers[unit, *copies] = case.number
        liaison = Sight(city.departments["pupr"], own_unit=True, may_see_identity=True)
        own = [numbers["dlh", "pupr"], numbers[("pupr",)]]
        assert found("wulandari", liaison, of_reporter=True) == own
        asked = text("SELECT id FROM search_reporters('wulandari', :unit, NULL, 10)")
        assert len(db.session.execute(asked, {"unit": city.departments["pupr"]}).all()) == 2
        assert len(db.session.execute(asked, {"unit": None}).all()) == 3


def test_an_anonymous_reporter_only_by_who_may_see_them(
    city: City, in_city: Callable[[City], Any], file_report: Callable[..., Any]
) -> None:
    hidden = file_report(city, name="Wulandari", phone="+6281277770000", is_anonymous=True)
    liaison = Sight(may_see_identity=True)
    with in_city(city):
        for query, of_reporter in (("wulandari", True), ("081277770000", False)):
            assert found(query, of_reporter=of_reporter) == [hidden.number]
            assert found(query, liaison, of_reporter=of_reporter) == []


def test_a_name_that_was_erased_is_not_found(city: City, in_city: Callable[[City], Any], lamp: Any) -> None:
    with in_city(city):
        with unit_of_work() as session:
            reporter = session.scalars(select(Reporter).where(Reporter.name == "Siti Aminah")).one()
            reporter.name = "(dihapus)"
        assert found("aminah", of_reporter=True) == []


def test_searching_for_a_person_is_told_to_the_audit(
    city: City, in_city: Callable[[City], Any], officer: Callable[..., Any], lamp: Any
) -> None:
    page = officer(city).get("/petugas/?q=aminah&di=pelapor").get_data(as_text=True)
    assert lamp.number in page
    officer(city).get("/petugas/?q=lampu")
    with in_city(city):
        rows = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reporter.searched")).all()
        assert [(row.detail["by"], row.detail["numbers"]) for row in rows] == [("name", [lamp.number])]
    observer = officer(city, "observer").get("/petugas/?q=aminah&di=pelapor").get_data(as_text=True)
    assert lamp.number not in observer
