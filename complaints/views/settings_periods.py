"""The city's statutory periods: every rule set with its legal basis, and a form for the next one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import statute
from complaints.acts import periods
from complaints.forms.settings import PERIODS, PeriodsForm, chosen
from complaints.permissions import Permission
from complaints.statute import RuleSet, Statute
from complaints.views.access import officer_actor
from complaints.views.settings import blueprint
from core import clock, formats
from core.errors import FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf
from tenants.provisioning import default_data


@blueprint.route("/petugas/pengaturan/batas-waktu", methods=["GET", "POST"], endpoint="periods")
@own_csrf
@officer_with(Permission.CONFIGURE)
def periods_page() -> Response | str | tuple[str, int]:
    """All sets, newest first; a POST adds one. Past sets are never edited."""
    law = statute.load(clock.now())
    form = PeriodsForm(**_proposed(law))
    if request.method == "GET":
        return _page(law, form)
    if form.validate():
        try:
            periods.add_rule_set(
                chosen(form.effective_from), form.legal_basis.data, form.rules, officer_actor()
            )
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
        else:
            on = formats.long_date(chosen(form.effective_from))
            flash(f"Batas waktu baru disimpan, berlaku untuk laporan yang diterima mulai {on}.", "selesai")
            return redirect(url_for("settings.periods"), 303)
    return _page(law, form), 422


def _proposed(law: Statute) -> dict[str, Any]:
    """A fresh form: today's periods, and the basis of the set that waits to be filled in (?isi=)."""
    values: dict[str, Any] = {name: str(getattr(law.rules, name)) for name in PERIODS}
    for pending in _pending(law):
        if pending["code"] == request.args.get("isi"):
            values["legal_basis"] = pending["legal_basis"]
    return values


def _pending(law: Statute) -> list[dict[str, Any]]:
    """Regulations that are known but whose periods the city has not entered."""
    entered = {each.legal_basis for each in law.sets}
    return [each for each in default_data("sla")["pending"] if each["legal_basis"] not in entered]


def _page(law: Statute, form: PeriodsForm) -> str:
    present = statute.in_force(law.sets, law.on(clock.now()))
    return render_template(
        "complaints/settings/periods.html",
        form=form,
        names=list(PERIODS),
        sets=[_set(each, present) for each in reversed(law.sets)],
        pending=[
            {"name": each["name"], "url": url_for("settings.periods", isi=each["code"], _anchor="baru")}
            for each in _pending(law)
        ],
    )


def _set(each: RuleSet, present: RuleSet) -> dict[str, Any]:
    if each is present:
        state, token = "Berlaku sekarang", "selesai"
    elif each.effective_from > present.effective_from:
        state, token = "Belum berlaku", "tunggu"
    else:
        state, token = "Berlaku untuk laporan lama", "arsip"
    return {
        "since": formats.long_date(each.effective_from),
        "legal_basis": each.legal_basis,
        "state": state,
        "token": token,
        "rows": [[label, f"{getattr(each.rules, name)} hari kerja"] for name, label in PERIODS.items()],
    }
