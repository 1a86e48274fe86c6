"""Duplicates merged and separated, parents and their children, through the functions the views call."""

from __future__ import annotations

import dataclasses
import io
import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from complaints.acts import desk, groups, undoing
from complaints.models import Attachment
from complaints.queries.groups import related, reporters_of
from core.db.tenancy import tenant_scope
from core.errors import FieldProblem, Forbidden, InvalidTransition
from core.extensions import db
from core.storage import store
from tests.casework import LONG, case_in, officer_of, status_of
from tests.conftest import Browser, City, photo
from tests.moving import Filing, acts_of, check_chain, history, the_row
from tests.statements import sent_by

#: of an officer's act
MOST_STATEMENTS = 12


def test_twelve_duplicates_are_merged_and_separated(
    city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    main = file_report(city).complaint_id
    copies = [file_report(city).complaint_id for _ in range(12)]
    actor = officer_of(city)
    with in_city(city):
        before = {each: (the_row(each).due_at, the_row(each).verify_due_at) for each in copies}
        results = groups.merge_many(main, copies, actor)
        assert [each.ok for each in results] == [True] * 12
        assert groups.summary(results) == "12 berhasil."
        assert reporters_of(main) == [main, *sorted(copies)]
        assert {status_of(each) for each in copies} == {"merged"}
        told = [event for event in history(main) if "digabung ke laporan ini" in (event.text or "")]
        assert len(told) == 12
        assert {event.visibility for event in told} == {"internal"}
        shown = related(the_row(main), actor)
        assert shown.merged_count == 12
        assert len(shown.merged) == 12
        for each in copies:
            groups.unmerge(each, actor, reason=LONG)
        assert reporters_of(main) == [main]
        for each in copies:
            again = the_row(each)
            assert (again.due_at, again.verify_due_at) == before[each]
            assert (again.status, again.merged_into_id, again.closed_at) == ("received", None, None)
            check_chain(each)
        check_chain(main)


@pytest.mark.parametrize(
    "status", ["received", "deferred", "verified", "assigned", "in_progress", "reopened"]
)
def test_unmerging_leads_back_to_where_it_was(
    status: str, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    main = file_report(city).complaint_id
    with in_city(city):
        each = case_in(status, city, file_report)
        stood = the_row(each)
        groups.merge(each, officer_of(city), main=main)
        groups.unmerge(each, officer_of(city), reason=LONG)
        again = the_row(each)
        assert again.status == status
        assert again.department_id == stood.department_id
        assert again.complete_due_at == stood.complete_due_at
        assert again.due_at == stood.due_at


def test_a_main_report_takes_its_own_along(
    city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    first, second, third = (file_report(city).complaint_id for _ in range(3))
    actor = officer_of(city)
    with in_city(city):
        groups.merge(first, actor, main=second)
        groups.merge(second, actor, main=third)
        assert set(reporters_of(third)) == {first, second, third}
        groups.unmerge(second, actor, reason=LONG)
        assert set(reporters_of(third)) == {third}
        assert set(reporters_of(second)) == {first, second}


def test_what_nothing_can_be_merged_into(
    city: City, make_city: Callable[..., City], in_city: Callable[[City], Any], file_report: Filing
) -> None:
    each, merged, other = (file_report(city).complaint_id for _ in range(3))
    foreign = file_report(make_city()).complaint_id
    actor = officer_of(city)
    with in_city(city):
        ended = case_in("completed", city, file_report)
        groups.merge(merged, actor, main=other)
        for main in (each, merged, ended, foreign, uuid.uuid4()):
            with pytest.raises(FieldProblem) as problem:
                groups.merge(each, actor, main=main)
            assert problem.value.field == "main"
        with pytest.raises(InvalidTransition):
            groups.merge(ended, actor, main=other)
        with pytest.raises(Forbidden):
            groups.merge(each, officer_of(city, "handler"), main=other)
        assert status_of(each) == "received"
        assert acts_of(each) == ["submit"]


def test_a_merge_that_is_taken_back_is_told_on_both(
    app: Flask, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    main, each = file_report(city).complaint_id, file_report(city).complaint_id
    actor = dataclasses.replace(officer_of(city), id=uuid.uuid4())
    kept = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(kept, undo_seconds=60)
    try:
        with in_city(city):
            stood = the_row(each)
            done = groups.merge(each, actor, main=main)
            assert done.event_id is not None
            undoing.take_back(each, done.event_id, actor)
            again = the_row(each)
            assert (again.status, again.merged_into_id, again.due_at) == ("received", None, stood.due_at)
            assert reporters_of(main) == [main]
            told = [event.text or "" for event in history(main)]
            assert "digabung ke laporan ini" in told[-2]
            assert told[-1].startswith("Penggabungan laporan")
            check_chain(main)
            check_chain(each)
    finally:
        app.extensions["settings"] = kept


def test_a_merge_costs_an_acts_statements(
    app: Flask, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    main, each = file_report(city).complaint_id, file_report(city).complaint_id
    with in_city(city):
        db.session.rollback()
        with sent_by(app) as sent:
            groups.merge(each, officer_of(city), main=main)
    assert len(sent) <= MOST_STATEMENTS, [one.sql for one in sent]


def test_two_merges_across_each_other_leave_one_main_report(
    app: Flask, city: City, in_city: Callable[[City], Any], file_report: Filing
) -> None:
    """Both want the other one as main report: one wins, the other is told, nobody waits for good."""
    for _ in range(10):
        one, other = file_report(city).complaint_id, file_report(city).complaint_id
        start = threading.Barrier(2)
        outcomes: list[type[Exception] | None] = []

        def try_it(each: uuid.UUID, main: uuid.UUID) -> None:
            with tenant_scope(city.id, app):
                start.wait()  # noqa: B023 - joined within the round
                try:
                    groups.merge(each, officer_of(city), main=main)
                except (FieldProblem, InvalidTransition) as refusal:
                    outcomes.append(type(refusal))  # noqa: B023
                else:
                    outcomes.append(None)  # noqa: B023

        threads = [threading.Thread(target=try_it, args=pair) for pair in ((one, other), (other, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert outcomes.count(None) == 1, outcomes
        with in_city(city):
            assert sorted([status_of(one), status_of(other)]) == ["merged", "received"]
            check_chain(one)
            check_chain(other)


def test_children_follow_one_parent(city: City, in_city: Callable[[City], Any], file_report: Filing) -> None:
    parent, child, busy = (file_report(city).complaint_id for _ in range(3))
    actor = officer_of(city)
    with in_city(city):
        for each in (child, busy):
            groups.link_parent(each, actor, parent=parent)
        for wrong in (child, parent):  # a child is no parent, and a parent follows nobody
            with pytest.raises(FieldProblem):
                groups.link_parent(parent, actor, parent=wrong)
        for each in (parent, child):
            desk.verify(each, actor, classification="unsupervised")
        results = groups.shared(
            parent, lambda each: desk.assign(each, actor, department_id=city.departments["pupr"])
        )
        assert sorted(each.ok for each in results) == [False, True]
        assert groups.summary(results).startswith("1 berhasil, 1 gagal: ")
        assert (status_of(child), status_of(busy)) == ("assigned", "received")
        assert related(the_row(parent), actor).children_count == 2
        groups.unlink_parent(busy, actor)
        assert related(the_row(parent), actor).children_count == 1
        with pytest.raises(FieldProblem):
            groups.unlink_parent(busy, actor)


def test_an_officer_merges_on_the_page(
    city: City, officer: Callable[..., Browser], in_city: Callable[[City], Any], file_report: Filing
) -> None:
    main, each = file_report(city), file_report(city)
    browser = officer(city)
    page = f"/petugas/laporan/{each.number}?tindakan=penggabungan"
    wrong = {"": "Tulis nomor laporan utama", "BDG-1": "Nomor laporan terdiri atas", each.number: "dirinya"}
    for number, words in wrong.items():
        answer = browser.post(
            f"/petugas/laporan/{each.number}/penggabungan",
            {"main": number, "version": _version(browser, page)},
            page=page,
        )
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True)
    answer = browser.post(
        f"/petugas/laporan/{each.number}/penggabungan",
        {"main": main.number.lower(), "text": "Sudah dilaporkan.", "version": _version(browser, page)},
        page=page,
    )
    assert answer.status_code == 303
    with in_city(city):
        assert the_row(each.complaint_id).merged_into_id == main.complaint_id
    page = f"/petugas/laporan/{each.number}?tindakan=pemisahan"
    answer = browser.post(
        f"/petugas/laporan/{each.number}/pemisahan",
        {"reason": "Tempatnya ternyata berbeda.", "version": _version(browser, page)},
        page=page,
    )
    assert answer.status_code == 303
    with in_city(city):
        assert status_of(each.complaint_id) == "received"


def test_one_instruction_for_many_on_the_page(
    city: City, officer: Callable[..., Browser], in_city: Callable[[City], Any], file_report: Filing
) -> None:
    parent, child = file_report(city), file_report(city)
    actor = officer_of(city)
    with in_city(city):
        for each in (parent, child):
            desk.verify(each.complaint_id, actor, classification="unsupervised")
        groups.link_parent(child.complaint_id, actor, parent=parent.complaint_id)
    browser = officer(city)
    page = f"/petugas/laporan/{parent.number}?tindakan=disposisi"
    assert "Terapkan juga ke 1 laporan yang mengikuti" in browser.get(page).get_data(as_text=True)
    alone = browser.get(f"/petugas/laporan/{child.number}?tindakan=disposisi").get_data(as_text=True)
    assert "Terapkan juga" not in alone
    answer = browser.post(
        f"/petugas/laporan/{parent.number}/disposisi",
        {
            "department": str(city.departments["pupr"]),
            "urgency": "normal",
            "instructions": "act",
            "apply_to_children": "y",
            "version": _version(browser, page),
        },
        page=page,
    )
    assert answer.status_code == 303
    assert "1 berhasil." in browser.get(f"/petugas/laporan/{parent.number}").get_data(as_text=True)
    with in_city(city):
        assert {status_of(each.complaint_id) for each in (parent, child)} == {"assigned"}


def test_photos_go_to_the_children_too(
    city: City, officer: Callable[..., Browser], in_city: Callable[[City], Any], file_report: Filing
) -> None:
    parent, child = file_report(city), file_report(city)
    actor = officer_of(city)
    with in_city(city):
        for each in (parent, child):
            desk.verify(each.complaint_id, actor, classification="unsupervised")
            desk.assign(each.complaint_id, actor, department_id=city.departments["pupr"])
        groups.link_parent(child.complaint_id, actor, parent=parent.complaint_id)
    browser = officer(city)
    page = f"/petugas/laporan/{parent.number}?tindakan=tindak-lanjut"
    answer = browser.post(
        f"/petugas/laporan/{parent.number}/tindak-lanjut",
        {
            "text": LONG,
            "is_public": "y",
            "files": (io.BytesIO(photo()), "sesudah.jpg"),
            "apply_to_children": "y",
            "version": _version(browser, page),
        },
        page=page,
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = f"/petugas/laporan/{parent.number}?tindakan=tanggapan"
    answer = browser.post(
        f"/petugas/laporan/{parent.number}/tanggapan",
        {"text": f"Yth. Pelapor, {LONG}", "apply_to_children": "y", "version": _version(browser, page)},
        page=page,
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    with in_city(city):
        for each in (parent, child):
            assert acts_of(each.complaint_id)[-2:] == ["follow_up", "respond"]
            files = db.session.scalars(
                select(Attachment).where(Attachment.complaint_id == each.complaint_id)
            ).all()
            assert [file.name for file in files] == ["sesudah.jpg"]
            assert store().get(files[0].storage_key)


def _version(browser: Browser, page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', browser.get(page).get_data(as_text=True))
    assert found, "no version on the page"
    return found[1]
