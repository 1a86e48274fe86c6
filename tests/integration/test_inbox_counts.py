"""The numbers beside the inbox's views: exact while they are small, and an end to the counting beyond."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from complaints.queries import inbox
from core.db.tenancy import tenant_scope
from tests.conftest import City


@pytest.fixture
def three_at_most(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counting ends at three; the statements are made anew, for they carry the number."""
    monkeypatch.setattr(inbox, "MOST_COUNTED", 3)
    inbox._counts.cache_clear()
    yield
    inbox._counts.cache_clear()


def counts(app: Flask, city: City) -> dict[str, int]:
    with tenant_scope(city.id, app):
        return inbox.load("perlu", department_id=None, after=None, size=25, own_unit=False).counts


def test_exact(app: Flask, city: City, file_report: Callable[..., Any]) -> None:
    for _ in range(4):
        file_report(city)
    assert counts(app, city) == {
        "perlu": 4,
        "baru": 4,
        "disposisi": 0,
        "segera": 0,
        "terlambat": 0,
        "eskalasi": 0,
        "pelapor": 0,
        "gagal": 0,
    }


@pytest.mark.usefixtures("three_at_most")
def test_more_than_is_counted(
    app: Flask, city: City, file_report: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    for n in range(5):
        file_report(city)
        assert counts(app, city)["baru"] == min(n + 1, 4)
        page = officer(city).get("/petugas/").get_data(as_text=True)
        shown = f'<span class="tampilan__jumlah">{min(n + 1, 3)}{"+" if n >= 3 else ""}</span>'
        assert page.count(shown) >= 2, page
