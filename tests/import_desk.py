"""An export on its way into a city, step by step, for the tests of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import func, select, update

from complaints.models import Complaint
from core.db.transaction import unit_of_work
from sp4n.excel import apply, importing
from sp4n.excel.importing import By
from sp4n.excel.models import Sp4nImport, Sp4nImportRow
from sp4n.models import InboundMessage, Sp4nLink, Sp4nSettings
from tests.exports import workbook
from tests.sp4n_office import Office

BY = By("Rani Verifikator")


@pytest.fixture
def ours(office: Office) -> dict[str, Any]:
    """The columns that say a report is this city's."""
    with office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(institution_name=f"Pemerintah {office.city.slug}"))
    return {
        "Instansi Induk": f"Pemerintah {office.city.slug}",
        "ID Instansi Terdisposisi": str(office.account.institution_id),
        "Instansi Terdisposisi": f"Pemerintah {office.city.slug}",
    }


def upload(office: Office, data: bytes) -> uuid.UUID:
    with office.scope():
        return importing.start("ekspor.xlsx", data, BY)


def work(office: Office) -> int:
    with office.scope():
        return apply.work()


def state(office: Office, import_id: uuid.UUID) -> Sp4nImport:
    with office.scope(), unit_of_work() as session:
        return session.scalars(select(Sp4nImport).where(Sp4nImport.id == import_id)).one()


def rows(office: Office, import_id: uuid.UUID) -> list[Sp4nImportRow]:
    with office.scope(), unit_of_work() as session:
        return list(
            session.scalars(
                select(Sp4nImportRow)
                .where(Sp4nImportRow.import_id == import_id)
                .order_by(Sp4nImportRow.position)
            )
        )


def read(office: Office, *lines: dict[str, Any]) -> uuid.UUID:
    """Uploaded and read, not decided."""
    made = upload(office, workbook(lines))
    work(office)
    return made


def carried_out(office: Office, *lines: dict[str, Any]) -> uuid.UUID:
    """Uploaded, read, approved and applied, where there is something to apply."""
    made = read(office, *lines)
    if state(office, made).state == "ready":
        with office.scope():
            importing.approve(made, BY)
        while state(office, made).state == "applying":
            work(office)
    return made


def case_of(office: Office, number: str) -> Complaint | None:
    with office.scope(), unit_of_work() as session:
        return session.scalars(
            select(Complaint)
            .join(Sp4nLink, Sp4nLink.complaint_id == Complaint.id)
            .where(Sp4nLink.external_id == number)
        ).first()


def counted(office: Office) -> tuple[int, int, int]:
    with office.scope(), unit_of_work() as session:
        tables = (Complaint, InboundMessage, Sp4nLink)
        first, second, third = (session.scalar(select(func.count()).select_from(each)) for each in tables)
        return first or 0, second or 0, third or 0
