"""A report moves to another city: with number, history, PIN, files and clock, exactly once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC

import pytest
from flask import Flask
from sqlalchemy import select, text

from complaints import statute
from complaints.acts import desk, handling, reporter, sealing, uploads
from complaints.acts.moves import carrying, sending
from complaints.acts.uploads import Incoming
from complaints.deadlines import Step
from complaints.models import Attachment, Category, Complaint, Reporter
from complaints.queries import integrity
from complaints.queries.moves import move_of, targets
from core.db.tenancy import TenantMismatch, bind, handed_over
from core.db.transaction import unit_of_work
from core.errors import FieldProblem, Forbidden
from core.extensions import db
from core.media import UploadLimits
from core.storage import store
from tests.casework import LONG, officer_of, status_of
from tests.conftest import Browser, City, photo
from tests.moving import (
    Filing,
    Scope,
    acts_of,
    audited,
    check_chain,
    history,
    move,
    send,
    the_row,
)


@pytest.fixture
def cities(make_city: Callable[..., City]) -> tuple[City, City]:
    return make_city(), make_city()


def test_number_history_clock_and_pin_go_along(
    cities: tuple[City, City], in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    receipt = file_report(source, email="asep@warga.example", is_anonymous=True)
    case_id = receipt.complaint_id
    with in_city(source):
        desk.verify(case_id, officer_of(source), classification="unsupervised")
        desk.assign(case_id, officer_of(source), department_id=source.departments["pupr"])
        send(case_id, source, target)
        assert status_of(case_id) == "declined"
        assert carrying.deliver_due() == 1
        before, left = history(case_id), the_row(case_id)
        sent = move_of(left)
        assert sent is not None
        assert (sent.state, sent.name) == ("arrived", the_name(target))
        assert sent.url == f"{target.url}/lacak/{receipt.number}"
        assert len(audited("complaint.moved_out", case_id)) == 1
        assert carrying.deliver_due() == 0
    with in_city(target):
        here = the_row(case_id)
        assert (here.number, here.status, here.department_id) == (receipt.number, "received", None)
        assert (here.received_at, here.channel, here.is_anonymous) == (left.received_at, "web", True)
        rules = statute.load(here.received_at)
        assert here.verify_due_at == rules.deadline(Step.VERIFICATION, here.received_at)
        assert here.due_at == here.verify_due_at
        assert here.verified_at is None
        assert here.landmark == "Jl. Melati, depan SD, Sukamaju, Utara"
        assert [event.hash for event in history(case_id)][:-1] == [event.hash for event in before]
        assert acts_of(case_id)[-2:] == ["transfer", "moved_in"]
        check_chain(case_id)
        contact = db.session.scalars(select(Reporter).where(Reporter.complaint_id == case_id)).one()
        assert contact.email == "asep@warga.example"
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == case_id
        assert reporter.check_pin(receipt.number, "000000").complaint_id is None
        for _ in range(2):  # the first run notes how far the second one seals
            sealing.seal()
        assert integrity.check().faults == []
        (entry,) = audited("complaint.moved_in", case_id)
        assert entry.detail["source"] == source.slug
        # the other city's officers handle it like any other
        desk.verify(case_id, officer_of(target), classification="unsupervised")
        handling.respond(case_id, officer_of(target), text=LONG)
        check_chain(case_id)
    with in_city(source):
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == case_id
        assert status_of(case_id) == "declined"


def the_name(city: City) -> str:
    return str(db.session.scalar(text("SELECT name FROM tenant WHERE id = :id"), {"id": city.id}))


def test_files_are_copied_to_the_other_citys_store(
    cities: tuple[City, City], in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    key = uuid.uuid4()
    with in_city(source):
        picture = Incoming("jalan.jpg", photo())
        assert uploads.accept(key, [picture], UploadLimits(camera_zone=UTC)) == []
    case_id = file_report(source, form_key=key).complaint_id
    move(case_id, source, target, in_city)

    def files(city: City) -> list[tuple[str, bytes, bytes]]:
        with in_city(city):
            rows = db.session.scalars(select(Attachment).where(Attachment.complaint_id == case_id)).all()
            assert all(each.storage_key.startswith(f"t{city.id}/") for each in rows)
            return [
                (each.sha256, store().get(each.storage_key), store().get(each.thumbnail_key or ""))
                for each in rows
            ]

    assert len(files(target)) == 1
    assert files(target) == files(source)


def test_the_officers_of_one_city_see_nothing_of_the_other(
    cities: tuple[City, City],
    in_city: Scope,
    file_report: Filing,
    officer: Callable[..., Browser],
    browse: Callable[[City], Browser],
) -> None:
    source, target = cities
    receipt = file_report(source)
    at_target = officer(target)
    assert at_target.get(f"/petugas/laporan/{receipt.number}").status_code == 404
    move(receipt.complaint_id, source, target, in_city)
    assert at_target.get(f"/petugas/laporan/{receipt.number}").status_code == 200
    with in_city(target):
        desk.note(receipt.complaint_id, officer_of(target), text="Hanya untuk kota tujuan.")
    at_source = officer(source).get(f"/petugas/laporan/{receipt.number}")
    assert at_source.status_code == 200
    assert "Hanya untuk kota tujuan" not in at_source.get_data(as_text=True)
    visitor = browse(source)
    data = {"number": receipt.number, "pin": receipt.pin}
    assert visitor.post("/lacak", data).status_code == 303
    at_target_too = browse(target)
    assert at_target_too.post("/lacak", data).status_code == 303
    page = at_target_too.get(f"/lacak/{receipt.number}").get_data(as_text=True)
    assert "Diterima dari" in page


@pytest.mark.parametrize("noted", [False, True], ids=["untouched", "noted meanwhile"])
def test_there_and_back_again(
    noted: bool, cities: tuple[City, City], in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    receipt = file_report(source)
    case_id = receipt.complaint_id
    move(case_id, source, target, in_city)
    with in_city(target):
        desk.verify(case_id, officer_of(target), classification="unsupervised")
        elsewhere = history(case_id)
    if noted:
        with in_city(source):
            desk.note(case_id, officer_of(source), text="Catatan setelah pemindahan.")
    move(case_id, target, source, in_city)
    with in_city(source):
        here = the_row(case_id)
        assert (here.status, here.closed_at, here.village_id is None) == ("received", None, False)
        acts = acts_of(case_id)
        assert acts == [
            "submit",
            "transfer",
            *(["note"] if noted else []),
            "moved_in",
            "verify",
            "transfer",
            "moved_in",
        ]
        check_chain(case_id)
        kept = [event.data.get("original", {}).get("hash", event.hash) for event in history(case_id)]
        assert {event.hash for event in elsewhere} <= set(kept)
        assert reporter.check_pin(receipt.number, receipt.pin).complaint_id == case_id


def test_the_category_goes_along_by_its_code(
    cities: tuple[City, City], in_city: Scope, file_report: Filing
) -> None:
    source, target = cities
    with in_city(source):
        categories = db.session.execute(
            select(Category.id, Category.code).order_by(Category.sort).offset(2).limit(2)
        ).all()
    known, unknown = (file_report(source, category_id=each.id).complaint_id for each in categories)
    with in_city(target), unit_of_work() as session:
        session.execute(
            text("UPDATE category SET is_active = false WHERE code = :code"), {"code": categories[1].code}
        )
    for case_id in (known, unknown):
        move(case_id, source, target, in_city)
    with in_city(target):
        found = dict(
            db.session.execute(
                select(Complaint.id, Category.code).join(
                    Category,
                    (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id),
                )
            ).all()
        )
        last = db.session.scalar(
            select(Category.code).where(Category.is_active).order_by(Category.sort.desc()).limit(1)
        )
        assert found[known] == categories[0].code
        assert found[unknown] in ("lain", last)


def test_where_a_report_cannot_go(
    cities: tuple[City, City],
    make_province: Callable[..., City],
    in_city: Scope,
    file_report: Filing,
    officer: Callable[..., Browser],
) -> None:
    source, target = cities
    receipt = file_report(source)
    with in_city(source):
        for wrong in (source.id, 999_999_999, 0):
            with pytest.raises(FieldProblem) as problem:
                sending.transfer(receipt.complaint_id, officer_of(source), target=wrong, reason=LONG)
            assert problem.value.field == "target"
        with pytest.raises(Forbidden):
            sending.transfer(
                receipt.complaint_id, officer_of(source, "handler"), target=target.id, reason=LONG
            )
        assert acts_of(receipt.complaint_id) == ["submit"]
    browser = officer(source)
    page = f"/petugas/laporan/{receipt.number}?tindakan=pemindahan"
    assert target.slug not in browser.get(page).get_data(as_text=True)
    for value in ("", "abc", "0", "9" * 40, str(source.id), "1; DROP TABLE", "²"):
        answer = browser.post(
            f"/petugas/laporan/{receipt.number}/pemindahan",
            {"target": value, "reason": LONG, "version": "1"},
            page=page,
        )
        assert answer.status_code == 422
        assert LONG in answer.get_data(as_text=True)


def test_the_door_between_tenants(
    app: Flask, cities: tuple[City, City], in_city: Scope, browse: Callable[[City], Browser]
) -> None:
    source, target = cities
    with in_city(source):
        with handed_over(target.id):
            assert db.session.scalar(text("SELECT current_setting('app.tenant_id')")) == str(target.id)
        assert db.session.scalar(text("SELECT current_setting('app.tenant_id')")) == str(source.id)
        with unit_of_work(), pytest.raises(TenantMismatch), handed_over(target.id):
            raise AssertionError("a unit of work was open")
    with app.test_request_context("/"):
        bind(db.session(), source.id)
        with pytest.raises(TenantMismatch), handed_over(target.id):
            raise AssertionError("a request was open")


def test_the_province_handles_what_is_passed_on_to_it(
    make_province: Callable[..., City],
    make_city: Callable[..., City],
    in_city: Scope,
    file_report: Filing,
    officer: Callable[..., Browser],
    browse: Callable[[City], Browser],
) -> None:
    province, foreign = make_province(), make_province()
    source = make_city(province=province.slug)
    receipt, kept = file_report(source), file_report(source)
    with in_city(source):
        names = {each.id for each in targets()}
        assert province.id in names
        assert foreign.id not in names
        with pytest.raises(FieldProblem):
            send(receipt.complaint_id, source, foreign)
    move(receipt.complaint_id, source, province, in_city)
    administrator = officer(province, "province_administrator")
    inbox = administrator.get("/petugas/").get_data(as_text=True)
    assert receipt.number in inbox
    assert kept.number not in inbox
    page = f"/petugas/laporan/{receipt.number}"
    assert administrator.get(f"/petugas/laporan/{kept.number}").status_code == 404
    noted = administrator.post(f"{page}/catatan", {"text": "Kami teruskan ke dinas."}, page=page)
    assert noted.status_code == 303
    with in_city(province):
        desk.verify(
            receipt.complaint_id,
            officer_of(province, "province_administrator"),
            classification="unsupervised",
        )
        handling.respond(receipt.complaint_id, officer_of(province, "province_administrator"), text=LONG)
        check_chain(receipt.complaint_id)
    observer = officer(province, "province_observer")
    assert observer.get(page).status_code == 200
    assert observer.post(f"{page}/arsip", {"version": "1"}, page=page).status_code in (403, 409, 422)
    reporter_there = browse(province)
    data = {"number": receipt.number, "pin": receipt.pin}
    assert reporter_there.post("/lacak", data).status_code == 303
    shown = reporter_there.get(f"/lacak/{receipt.number}").get_data(as_text=True)
    assert LONG in shown
    rated = reporter_there.post(
        f"/lacak/{receipt.number}/penilaian",
        {"score": "5", "solved": "yes"},
        page=f"/lacak/{receipt.number}",
    )
    assert rated.status_code == 303
    with in_city(province):
        assert status_of(receipt.complaint_id) == "completed"
