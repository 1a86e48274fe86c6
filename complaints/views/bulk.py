"""Several reports at once: from ticks to a form, from the form to a result for each row, and back again."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from complaints.acts import desk, groups, several, sorting, units
from complaints.acts.engine import Actor, Done
from complaints.acts.several import Outcome
from complaints.forms.bulk import (
    BulkAssignForm,
    BulkForm,
    BulkHandOverForm,
    BulkMergeForm,
    BulkRecategoriseForm,
)
from complaints.forms.checks import choices, chosen_id
from complaints.permissions import Permission
from complaints.queries import filters, officers, picked, reference
from complaints.queries.filters import Asked
from complaints.queries.picked import Picked
from complaints.views.access import officer_actor, officer_sight
from complaints.views.casework import blueprint
from complaints.views.exporting import export
from complaints.views.returning import list_url
from core.errors import Forbidden, NotFound
from core.web.access import officer_with

Run = Callable[[Picked, Actor, Any], Done]


@dataclass(frozen=True, slots=True)
class Bulk:
    """An act on several reports as the pages offer it."""

    heading: str
    button: str
    permission: Permission
    form: type[BulkForm]
    prepare: Callable[[Any, Sequence[Picked]], None]
    run: Run


def _with_departments(form: Any, _cases: Sequence[Picked]) -> None:
    form.department.choices = choices({"": "Pilih unit", **dict(reference.departments())})


def _with_officers(form: Any, _cases: Sequence[Picked]) -> None:
    found: dict[str, dict[str, str]] = {}
    for each in officers.in_departments(officer_sight().department_id):
        found.setdefault(each.department or "", {})[each.id] = each.name
    form.handler.choices = choices({"": "Pilih penangan", **found})


def _with_cases(form: Any, cases: Sequence[Picked]) -> None:
    form.main.choices = choices({str(case.id): f"{case.number} {case.title}" for case in cases})


def _with_categories(form: Any, _cases: Sequence[Picked]) -> None:
    form.category.choices = choices({"": "Pilih kategori", **dict(reference.categories())})


def _assign(case: Picked, actor: Actor, form: Any) -> Done:
    return desk.assign(
        case.id,
        actor,
        department_id=chosen_id(form.department.data),
        urgency=form.urgency.data,
        instructions=("act",),
        note=form.note.data or None,
        version=case.version,
    )


def _hand_over(case: Picked, actor: Actor, form: Any) -> Done:
    return units.hand_over(case.id, actor, handler_id=chosen_id(form.handler.data), version=case.version)


def _merge(case: Picked, actor: Actor, form: Any) -> Done:
    return groups.merge(case.id, actor, main=chosen_id(form.main.data), version=case.version)


def _recategorise(case: Picked, actor: Actor, form: Any) -> Done:
    return sorting.recategorise(
        case.id, actor, category_id=chosen_id(form.category.data), version=case.version
    )


BULKS: dict[str, Bulk] = {
    "disposisi": Bulk(
        "Disposisikan", "Disposisikan", Permission.ASSIGN, BulkAssignForm, _with_departments, _assign
    ),
    "penangan": Bulk(
        "Tetapkan penangan",
        "Tetapkan penangan",
        Permission.HAND_OVER,
        BulkHandOverForm,
        _with_officers,
        _hand_over,
    ),
    "gabung": Bulk("Gabungkan", "Gabungkan", Permission.MERGE, BulkMergeForm, _with_cases, _merge),
    "kategori": Bulk(
        "Ubah kategori",
        "Ubah kategori",
        Permission.RECATEGORISE,
        BulkRecategoriseForm,
        _with_categories,
        _recategorise,
    ),
}
FILES = ("csv", "xlsx")


@blueprint.post("/petugas/laporan-terpilih", endpoint="bulk")
@officer_with(Permission.VIEW)
def bulk_page() -> Response | str | tuple[str, int]:
    """An act or an export of the ticked reports; first its form, then a result for each row."""
    wanted, asked = request.form.get("aksi", ""), filters.read_query(request.form.get("asal")) or Asked()
    numbers = request.form.getlist("laporan")
    if wanted in FILES:
        everything = request.form.get("lingkup") == "semua"
        return export(wanted, asked, None if everything else numbers) or _nothing_ticked(asked)
    bulk, actor = BULKS.get(wanted), officer_actor()
    if bulk is None:
        raise NotFound()
    if bulk.permission not in actor.grants:
        flash(Forbidden().message, "lambat")
        return redirect(list_url(asked), 303)
    if len(numbers) > several.MOST:
        flash(f"Paling banyak {several.MOST} laporan sekaligus", "tunggu")
        return redirect(list_url(asked), 303)
    cases = picked.picked(numbers, officer_sight())
    if not cases:
        return _nothing_ticked(asked)
    sent = request.form.get("langkah") == "jalankan"
    form: Any = bulk.form() if sent else bulk.form(formdata=None)
    bulk.prepare(form, cases)
    if not sent or not form.validate():
        return _form_page(wanted, bulk, form, cases, asked), 422 if sent else 200
    return _run(bulk, form, _as_seen(cases), actor, asked)


def _nothing_ticked(asked: Asked) -> Response:
    flash("Pilih paling sedikit satu laporan", "tunggu")
    return redirect(list_url(asked), 303)


def _form_page(wanted: str, bulk: Bulk, form: Any, cases: Sequence[Picked], asked: Asked) -> str:
    return render_template(
        "complaints/officer/bulk_form.html",
        heading=bulk.heading,
        button_text=bulk.button,
        wanted=wanted,
        form=form,
        cases=cases,
        list_query=asked.as_text(),
        back_url=list_url(asked),
    )


def _as_seen(cases: Sequence[Picked]) -> list[Picked]:
    """The reports with the versions the officer saw; one that was not seen counts as changed."""
    seen = dict(line.rpartition(":")[::2] for line in request.form.getlist("versi"))
    return [
        Picked(
            case.id, case.number, case.title, case.status, _number(seen.get(case.number)), case.department_id
        )
        for case in cases
    ]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else -1


def _run(bulk: Bulk, form: Any, cases: Sequence[Picked], actor: Actor, asked: Asked) -> str:
    main = chosen_id(form.main.data) if "main" in form else None
    rows = [case for case in cases if case.id != main]
    outcomes = several.each(rows, lambda case: bulk.run(case, actor, form))
    return _result_page(bulk.heading, outcomes, asked, may_undo=True)


def _result_page(heading: str, outcomes: list[Outcome], asked: Asked, *, may_undo: bool) -> str:
    seconds = int(current_app.extensions["settings"].undo_seconds) if may_undo else 0
    return render_template(
        "complaints/officer/bulk_result.html",
        heading=heading,
        summary=several.summary(outcomes),
        outcomes=outcomes,
        undo=[each for each in outcomes if each.event_id is not None] if seconds else [],
        undo_seconds=seconds,
        list_query=asked.as_text(),
        back_url=list_url(asked),
    )


@blueprint.post("/petugas/laporan-terpilih/urungkan", endpoint="bulk_undo")
@officer_with(Permission.UNDO)
def bulk_undo_page() -> str:
    """Take back what was done to several reports, each as far as it still can be."""
    asked = filters.read_query(request.form.get("asal")) or Asked()
    given = request.form.getlist("tindakan")[: several.MOST]
    acts = [_act(line) for line in given]
    outcomes = several.take_back([act for act in acts if act is not None], officer_actor())
    return _result_page("Urungkan", outcomes, asked, may_undo=False)


def _act(line: str) -> tuple[str, uuid.UUID] | None:
    number, _, event_id = line.rpartition(":")
    return (number[:40], chosen_id(event_id)) if number else None
