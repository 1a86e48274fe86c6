"""Two officers act on one case at the same instant, over HTTP, two hundred times."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.models import ComplaintEvent
from core.db.tenancy import tenant_scope
from core.extensions import db
from tests.casework import WAYS, Filing, do, version_of
from tests.conftest import Browser, City

CASES, TRIES_EACH = 8, 25


@dataclass(slots=True)
class Desk:
    """A signed-in officer, with a token that is good for the whole session."""

    name: str
    browser: Browser
    token: str

    def send(self, number: str, version: int, text: str, start: Barrier) -> Any:
        """A follow-up, sent when the other one is ready too."""
        start.wait(20)
        return self.browser.client.post(
            f"/petugas/laporan/{number}/tindak-lanjut",
            base_url=self.browser.base,
            data={"csrf_token": self.token, "version": str(version), "text": text, "is_public": "y"},
        )


@pytest.fixture
def desks(app: Flask, city: City, officer: Callable[..., Browser]) -> list[Desk]:
    """Two officers who may both work on the unit's cases."""
    found = []
    for role in ("city_administrator", "liaison_officer"):
        browser = officer(city, role)
        found.append(Desk(f"Petugas {role}", browser, browser.token("/petugas/")))
    return found


def texts_of(case_id: uuid.UUID) -> list[str]:
    """What the history says was followed up, in order."""
    statement = (
        select(ComplaintEvent.text)
        .where(ComplaintEvent.complaint_id == case_id, ComplaintEvent.act == "follow_up")
        .order_by(ComplaintEvent.sequence)
    )
    found = [text or "" for text in db.session.scalars(statement)]
    db.session.rollback()
    return found


def test_one_wins_and_the_other_is_told_who_and_keeps_the_text(
    app: Flask, city: City, desks: list[Desk], file_report: Filing
) -> None:
    won = {desk.name: 0 for desk in desks}
    with ThreadPoolExecutor(len(desks)) as pool:
        for case in range(CASES):
            receipt = file_report(city)
            with tenant_scope(city.id, app):
                for act in WAYS["assigned"]:
                    do(act, receipt.complaint_id, city)
            for attempt in range(TRIES_EACH):
                with tenant_scope(city.id, app):
                    version, before = version_of(receipt.complaint_id), texts_of(receipt.complaint_id)
                words = [f"{desk.name} menambal lubang {case}-{attempt} & <b>jalan</b>." for desk in desks]
                start = Barrier(len(desks))
                responses = list(
                    pool.map(
                        lambda desk, text, s=start, n=receipt.number, v=version: desk.send(n, v, text, s),
                        desks,
                        words,
                    )
                )
                assert sorted(response.status_code for response in responses) == [303, 409]
                winner = [response.status_code for response in responses].index(303)
                won[desks[winner].name] += 1
                raw = responses[1 - winner].get_data(as_text=True)
                page = html.unescape(raw)
                assert f"Laporan ini diubah oleh {desks[winner].name}" in page
                assert f'<blockquote class="teks-panjang">{words[1 - winner]}</blockquote>' in page
                assert "<b>jalan</b>" not in raw
                with tenant_scope(city.id, app):
                    assert texts_of(receipt.complaint_id) == [*before, words[winner]]
                    assert version_of(receipt.complaint_id) == version + 1
    assert sum(won.values()) == 200
