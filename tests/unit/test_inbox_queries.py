"""The inbox's canonical query, spreadsheets that calculate nothing, and the words of a result. Pure."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import spreadsheets
from complaints.acts.several import Outcome, summary
from complaints.queries import filters
from complaints.queries.views import VIEWS, offered

JAKARTA = ZoneInfo("Asia/Jakarta")
_values = st.one_of(
    st.text(max_size=40),
    st.uuids().map(str),
    st.sampled_from(["perlu", "semua", "received", "sp4n", "2026-02-28", "31/12/2026", "100", "pelapor"]),
)
_arguments = st.dictionaries(
    st.sampled_from(["tampilan", "q", "di", "per", "setelah", *filters.KEYS]), _values, max_size=8
)


@given(_arguments)
def test_a_canonical_query_asks_for_the_same(arguments: dict[str, str]) -> None:
    asked = filters.read(arguments)
    again = filters.read_query(asked.as_text())
    assert again is not None
    assert again.as_text() == asked.as_text()
    assert (again.view, again.words, again.filters, again.size) == (
        asked.view,
        asked.words,
        asked.filters,
        asked.size,
    )


@given(st.text(max_size=2_000))
def test_any_text_is_a_query_or_none(text: str) -> None:
    asked = filters.read_query(text)
    assert asked is None or asked.view in VIEWS


@pytest.mark.parametrize("query", [None, "", "x", "a=1&" * 40, "q=" + "x" * 2_000])
def test_what_is_no_query(query: str | None) -> None:
    assert filters.read_query(query) is None or filters.read_query(query) == filters.Asked()


def test_a_filter_can_be_left_out() -> None:
    unit = str(uuid.uuid4())
    asked = filters.read({"tampilan": "semua", "unit": unit, "status": "received", "q": "lampu"})
    assert asked.without("unit").as_text() == "tampilan=semua&q=lampu&status=received"
    assert asked.as_text(with_page=False, words="") == f"tampilan=semua&unit={unit}&status=received"


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2026-11-24", "2026-11-24"), ("24/11/2026", "2026-11-24"), ("24.11.2026", "2026-11-24"),
     ("31/02/2026", None), ("1999-01-01", None), ("11-24", None), ("²/1/2026", None)],
)  # fmt: skip
def test_days_as_people_write_them(typed: str, day: str | None) -> None:
    assert filters.read({"dari": typed}).filters.get("dari") == day
    assert bool(filters.read({"dari": typed}).problems) == (day is None)


def test_days_are_the_citys_midnights() -> None:
    values = filters.parameters({"dari": "2026-11-24", "sampai": "2026-11-24"}, JAKARTA)
    assert values == {
        "dari": datetime(2026, 11, 23, 17, tzinfo=UTC),
        "sampai": datetime(2026, 11, 24, 17, tzinfo=UTC),
    }


def test_views_by_whom_they_are_for() -> None:
    assert "tembusan" not in offered(own_unit=False, syncs=True)
    assert not {"baru", "disposisi"} & set(offered(own_unit=True, syncs=True))
    assert "gagal" not in offered(own_unit=False, syncs=False)


# --- spreadsheets ------------------------------------------------------------------------------------------


@given(st.text(max_size=60))
def test_no_cell_is_a_formula(text: str) -> None:
    shown = spreadsheets.defused(text)
    assert shown.removeprefix("'") in (text, text.removeprefix("'"))
    assert not shown.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+62812", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", "\n=1"])
def test_known_formulas_are_text(text: str) -> None:
    assert spreadsheets.defused(text) == f"'{text}"


def test_a_csv_reads_back() -> None:
    at = datetime(2026, 11, 24, 3, 5, tzinfo=UTC)
    body = spreadsheets.as_csv(("Nomor", "Judul"), [("A;1", 'Kata "kutip"\nbaris'), (None, at)], JAKARTA)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Nomor", "Judul"], ["A;1", 'Kata "kutip"\nbaris'], ["", "24/11/2026 10.05"]]


# --- several at once ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "Tidak ada laporan yang diubah"),
        (["", ""], "2 berhasil"),
        (["", "sudah diverifikasi oleh Rina"], "1 berhasil, 1 gagal: N1 sudah diverifikasi oleh Rina"),
        (["A.", "B"], "0 berhasil, 2 gagal: N0 A, dan lainnya"),
    ],
)
def test_the_summary_names_the_first_that_failed(messages: list[str], words: str) -> None:
    assert summary([Outcome(f"N{n}", message) for n, message in enumerate(messages)]) == words
