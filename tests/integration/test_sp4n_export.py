"""The national side's export, made by the simulator, through the city's own pages and back to agreement."""

from __future__ import annotations

import io
import re
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from complaints.models import Complaint
from core.db.transaction import unit_of_work
from sp4n.excel import apply
from sp4n.excel.models import Sp4nImportRow
from sp4n.models import Sp4nLink, Sp4nSettings
from tests.import_desk import counted
from tests.integration.test_sp4n_parity import case_id, office, simulator
from tests.sp4n_office import Office

__all__ = ["case_id", "office", "simulator"]
FILED = {"title": "Sampah menumpuk", "content": "Sampah tidak diangkut seminggu.\nMohon dibantu."}


@pytest.fixture
def both(office: Office, case_id: uuid.UUID) -> tuple[str, str]:
    """The numbers there of a report filed here and of one filed there, both known on both sides."""
    there = office.simulator.add_complaint(office.account.institution_id, **FILED)
    office.poll()
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(institution_name=f"Pemerintah {office.city.slug}"))
    return office.external_id(case_id), there


class Importer:
    """An officer on the pages, and the worker behind them."""

    def __init__(self, office: Office, browser: Any) -> None:
        self.office, self.browser, self.page = office, browser, ""

    def upload(self) -> None:
        """Today's export, read to the preview."""
        data = self.office.simulator.export(self.office.account.institution_id)
        answer = self.browser.post(
            "/petugas/sp4n/impor",
            data={"file": (io.BytesIO(data), "laporan.xlsx")},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 303, answer.get_data(as_text=True)[:2_000]
        self.page = answer.location
        self.office.do(apply.work)

    def approve(self) -> None:
        assert self.browser.post(f"{self.page}/terapkan", page=self.page).status_code == 303
        self.office.do(apply.work)

    def shown(self) -> dict[str, int]:
        """The lists of the preview with their counts, as the page shows them."""
        text = self.browser.get(self.page).get_data(as_text=True)
        return {
            name: int(count)
            for name, count in re.findall(r">([A-Z][a-z ]+) \((\d+)\)</a>", text)
            if count != "0"
        }

    def kinds(self) -> list[tuple[str, str | None, str | None]]:
        with self.office.scope(), unit_of_work() as session:
            rows = session.execute(
                select(Sp4nImportRow.external_id, Sp4nImportRow.kind, Sp4nImportRow.reason)
                .where(Sp4nImportRow.import_id == uuid.UUID(self.page.rpartition("/")[2]))
                .order_by(Sp4nImportRow.position)
            )
            return [(row.external_id, row.kind, row.reason) for row in rows]


@pytest.fixture
def importer(office: Office, officer: Callable[..., Any]) -> Importer:
    return Importer(office, officer(office.city))


def test_what_is_the_same_on_both_sides_is_shown_as_the_same(
    office: Office, both: tuple[str, str], importer: Importer
) -> None:
    before = counted(office)
    importer.upload()
    assert importer.kinds() == [(number, "equal", None) for number in both]
    assert importer.shown() == {"Sama": 2}
    assert counted(office) == before


def test_what_changed_there_is_shown_applied_and_then_the_same(
    office: Office, both: tuple[str, str], importer: Importer
) -> None:
    ours, theirs = both
    remote = office.simulator
    new = remote.add_complaint(
        office.account.institution_id, title="=2+5", content="Rumus bukan judul.", is_secret=True
    )
    remote.set_status(theirs, "Tertunda", note="Lokasi belum jelas")
    remote.edit(theirs, "Sampah di depan pasar tidak diangkut.")
    remote.rate(ours, 4)
    importer.upload()
    found = {number: (kind, reason or "") for number, kind, reason in importer.kinds()}
    assert importer.shown() == {"Baru": 1, "Berubah": 1, "Sama": 1}
    assert found[theirs] == ("changed", "Berubah: status: Belum Terverifikasi → Tertunda, isi akhir")
    importer.approve()
    with office.scope(), unit_of_work() as session:
        cases = {
            row.external_id: row
            for row in session.execute(
                select(Sp4nLink.external_id, Complaint.status, Complaint.title, Complaint.external).join(
                    Complaint, Complaint.id == Sp4nLink.complaint_id
                )
            )
        }
    assert cases[theirs].status == "deferred"
    assert cases[theirs].external["sp4n_export"]["reason"] == "Lokasi belum jelas"
    assert cases[theirs].external["sp4n_export"]["texts"] == {
        "final": "Sampah di depan pasar tidak diangkut."
    }
    assert (cases[new].title, cases[new].status) == ("=2+5", "received")
    assert cases[new].external["sp4n_export"].get("texts") == {}

    before = counted(office)
    importer.upload()
    assert Counter(kind for _, kind, _ in importer.kinds()) == {"equal": 3}
    assert counted(office) == before, "twice changes nothing"


def test_reading_after_the_import_finds_nothing_new(
    office: Office, both: tuple[str, str], importer: Importer
) -> None:
    """The two ways in meet in one place: what the export brought is not brought again by the poll."""
    office.simulator.set_status(both[1], "Tertunda", note="Lokasi belum jelas")
    importer.upload()
    importer.approve()
    with office.scope(), unit_of_work() as session:
        case = session.scalars(
            select(Complaint)
            .join(Sp4nLink, Sp4nLink.complaint_id == Complaint.id)
            .where(Sp4nLink.external_id == both[1])
        ).one()
    told = len(office.history(case.id))
    office.poll()
    assert office.complaint(case.id).status == "deferred"
    assert len(office.history(case.id)) - told <= 1, "at most the same words once more, as an entry"
