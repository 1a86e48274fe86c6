"""The ladder's pages: the regional head's list, and the administrator's settings."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import escalation, statute
from complaints.acts import ladder
from complaints.acts.ladder import Setting
from complaints.forms.escalation import LadderForm
from complaints.labels import ESCALATION_TARGETS
from complaints.permissions import Permission
from complaints.queries import escalated
from complaints.statute import Statute
from complaints.views.access import officer_actor
from complaints.workflow import ASSIGNED
from core import clock, formats
from core.errors import FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf

blueprint = Blueprint("escalation", __name__)

#: what each level means to the city, in one sentence
_MEANING = {
    escalation.HANDLER: "Petugas dan unit yang menangani diingatkan. Boleh sebelum batas waktu, misalnya -4.",
    escalation.DEPARTMENT_HEAD: "Kepala unit diberi tahu, dan pelapor membacanya di halaman lacak.",
    escalation.CITY_ADMINISTRATOR: "Admin kota diberi tahu.",
    escalation.REGIONAL_HEAD: "Laporan masuk daftar eskalasi yang dilihat kepala daerah.",
    escalation.PROVINCE: "Provinsi melihat jumlahnya saja, tanpa isi laporan.",
}


@blueprint.get("/petugas/eskalasi", endpoint="cases")
@officer_with(Permission.ESCALATED)
def escalated_page() -> str:
    """Open cases that reached the regional head, longest overdue first (?setelah=)."""
    after = request.args.get("setelah")
    found = escalated.load(after)
    return render_template(
        "complaints/officer/escalated.html",
        rows=found.rows,
        units=found.units,
        total=found.total,
        next_url=url_for("escalation.cases", setelah=found.cursor) if found.cursor else None,
        first_url=url_for("escalation.cases") if after else None,
    )


@blueprint.route("/petugas/pengaturan/eskalasi", methods=["GET", "POST"], endpoint="ladder")
@own_csrf
@officer_with(Permission.CONFIGURE)
def ladder_page() -> Response | str | tuple[str, int]:
    """The five levels: which are in use, and after how many working hours."""
    form = LadderForm.filled(ladder.current())
    if request.method == "GET":
        return _ladder(form)
    if form.validate():
        try:
            is_changed = ladder.change(form.settings, officer_actor())
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
        else:
            flash("Eskalasi sudah disimpan." if is_changed else "Tidak ada yang berubah.", "selesai")
            return redirect(url_for("escalation.ladder"), 303)
    return _ladder(form), 422


def _ladder(form: LadderForm) -> str:
    rules = statute.load(clock.now())
    due_at = rules.calendar.deadline_at(clock.now(), 1)
    examples = (
        {}
        if form.errors
        else _examples(form.settings if form.is_submitted() else ladder.current(), due_at, rules)
    )
    return render_template(
        "complaints/officer/ladder.html",
        form=form,
        due_text=formats.long_datetime(due_at, rules.calendar.tz),
        levels=[
            {
                "number": level,
                "label": ESCALATION_TARGETS[target],
                "meaning": _MEANING[target],
                "used": form[f"used_{level}"],
                "hours": form[f"hours_{level}"],
                "example": examples.get(level),
            }
            for level, target in enumerate(escalation.TARGETS, start=1)
        ],
    )


def _examples(settings: dict[int, Setting], due_at: datetime, rules: Statute) -> dict[int, str]:
    """When each level in use would be reached by a report due at `due_at`."""
    rungs = escalation.ladder_of((level, each.minutes) for level, each in settings.items() if each.is_active)
    found: dict[int, str] = {}
    for rung in rungs:
        step = escalation.next_step(due_at, ASSIGNED, rung.level - 1, rungs, rules.calendar)
        if step is not None:
            found[rung.level] = formats.long_datetime(step.at, rules.calendar.tz)
    return found
