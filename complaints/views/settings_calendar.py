"""The city's calendar: office hours with a computed example, its own days off, the country's to read."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import statute
from complaints.acts.engine import Actor
from complaints.deadlines import Calendar, Step
from complaints.forms.dates import read_day
from complaints.forms.settings import WEEKDAYS, HolidayForm, MoveForm, WeekForm, chosen, text_of
from complaints.permissions import Permission
from complaints.queries import calendar as stored
from complaints.statute import Statute
from complaints.views.access import officer_actor
from complaints.views.settings import blueprint
from core import clock, formats
from core.db.transaction import unit_of_work
from core.errors import FieldProblem
from core.web.access import officer_with
from core.web.requests import own_csrf
from tenants import calendar
from tenants.calendar import By

FRIDAY = 4
_CATEGORIES = {"public": "Libur nasional", "joint_leave": "Cuti bersama"}


@blueprint.route("/petugas/pengaturan/kalender", methods=["GET", "POST"], endpoint="calendar")
@own_csrf
@officer_with(Permission.CONFIGURE)
def calendar_page() -> Response | str | tuple[str, int]:
    """Office hours; `contoh` computes the example without saving."""
    rules = statute.load(clock.now())
    form = WeekForm(**{f"day_{day}": text_of(_spans(rules.calendar, day)) for day in WEEKDAYS})
    if request.method == "GET":
        return _page(rules, form)
    if form.validate():
        if "contoh" in request.form:
            return _page(rules, form)
        try:
            with unit_of_work():
                is_changed = calendar.save_week(form.week, _by(officer_actor()))
        except FieldProblem as problem:
            _week_problem(form, problem)
        else:
            flash(_SAVED if is_changed else "Tidak ada yang berubah.", "selesai")
            return redirect(url_for("settings.calendar"), 303)
    return _page(rules, form), 422


_SAVED = "Kalender disimpan. Batas waktu laporan yang terbuka dihitung ulang."


@blueprint.post("/petugas/pengaturan/kalender/libur", endpoint="add_holiday")
@own_csrf
@officer_with(Permission.CONFIGURE)
def add_holiday_page() -> Response | tuple[str, int]:
    """A local day off more."""
    form = HolidayForm()
    if form.validate():
        try:
            with unit_of_work():
                calendar.add_local(chosen(form.on), form.name.data, _by(officer_actor()))
        except FieldProblem as problem:
            (form.name if problem.field == "name" else form.on).errors = [problem.message]
        else:
            flash(_SAVED, "selesai")
            return redirect(url_for("settings.calendar", _anchor="libur"), 303)
    return _page(statute.load(clock.now()), None, adding=form), 422


@blueprint.post("/petugas/pengaturan/kalender/libur/ubah", endpoint="change_holiday")
@own_csrf
@officer_with(Permission.CONFIGURE)
def change_holiday_page() -> Response | tuple[str, int]:
    """Move a local day off, or remove it (`hapus`)."""
    form = MoveForm()
    if "hapus" in request.form:
        form.to.validators = ()
    if form.validate():
        try:
            with unit_of_work():
                _change(_day(form.day.data or ""), form)
        except FieldProblem as problem:
            form.to.errors = [problem.message]
        else:
            flash(_SAVED, "selesai")
            return redirect(url_for("settings.calendar", _anchor="libur"), 303)
    return _page(statute.load(clock.now()), None, moving=form), 422


def _change(day: date, form: MoveForm) -> None:
    by = _by(officer_actor())
    if "hapus" in request.form:
        calendar.remove_local(day, by)
    else:
        calendar.move_local(day, chosen(form.to), by)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise FieldProblem("date", str(error)) from error


def _by(actor: Actor) -> By:
    return By(actor.id, actor.name)


def _week_problem(form: WeekForm, problem: FieldProblem) -> None:
    name = f"day_{problem.field}"
    if name in form:
        form[name].errors = [problem.message]
    else:
        form.form_errors.append(problem.message)


def _page(
    rules: Statute,
    week: WeekForm | None,
    *,
    adding: HolidayForm | None = None,
    moving: MoveForm | None = None,
) -> str:
    today = rules.on(clock.now())
    year = _year(today.year)
    form = week or WeekForm(
        formdata=None, **{f"day_{day}": text_of(_spans(rules.calendar, day)) for day in WEEKDAYS}
    )
    return render_template(
        "complaints/settings/calendar.html",
        week=form,
        days=[form[f"day_{day}"] for day in WEEKDAYS],
        example=None if form.errors else _example(form, rules, today),
        adding=adding or HolidayForm(formdata=None),
        holidays=[_row(each, moving) for each in stored.local_holidays()],
        error_forms=[
            {"form": form, "prefix": ""},
            {"form": adding, "prefix": "baru-"},
            {"form": moving, "prefix": f"{moving.day.data}-" if moving else ""},
        ],
        year=year,
        years=[
            {"n": n, "url": url_for("settings.calendar", tahun=n, _anchor="nasional")}
            for n in range(today.year - 1, today.year + 3)
        ],
        national=[
            [formats.long_date(each.on), each.name, _CATEGORIES[each.category]]
            for each in stored.national_holidays(year)
        ],
        recount=stored.last_recount(),
    )


def _row(holiday: stored.Holiday, moving: MoveForm | None) -> dict[str, Any]:
    key = holiday.on.isoformat()
    form = moving if moving and moving.day.data == key else MoveForm(formdata=None, day=key)
    return {
        "key": key,
        "on": formats.long_date(holiday.on),
        "name": holiday.name,
        "form": form,
    }


def _year(present: int) -> int:
    asked = request.args.get("tahun", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:5]) <= 2100 else present


def _spans(of: Calendar, weekday: int) -> list[tuple[time, time]]:
    """The office hours of a weekday, whether it is a holiday or not."""
    return list(of.spans_of(weekday))


def _example(form: WeekForm, rules: Statute, today: date) -> str | None:
    """When a report of the coming Friday afternoon would have to be verified, with the hours as typed."""
    week = {day: spans for day, spans in form.week.items() if spans} if form.is_submitted() else None
    shown = rules.calendar
    if week is not None:
        if not week:
            return None
        try:
            shown = Calendar(shown.tz, frozenset(week), shown.closes_at, shown.holidays, week)
        except ValueError:
            return None
    friday = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    received = datetime.combine(friday, time(15, 30), shown.tz)
    ends_at = shown.deadline_at(received, rules.rules.working_days_for(Step.VERIFICATION))
    return (
        f"Contoh: laporan masuk {formats.long_datetime(received, shown.tz)} → batas verifikasi "
        f"{formats.long_datetime(ends_at, shown.tz)}."
    )
