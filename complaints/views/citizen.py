"""The citizen's pages: front page, report form, receipt, help."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import ports
from complaints.acts import intake, uploads
from complaints.forms.citizen import ReportForm, TrackForm
from complaints.queries import home as home_queries
from complaints.queries import reference
from complaints.queries.history import attachment_view
from complaints.queries.notices import told_at
from complaints.queries.tracking import filed
from complaints.views.access import link_token, remember_form, remembered_form
from complaints.views.files import incoming, limits
from core.errors import FieldProblem, NotFound
from core.web.access import CITY, public_page
from core.web.limits import limiter
from core.web.requests import own_csrf, takes_files

blueprint = Blueprint("complaints", __name__)


@blueprint.get("/", endpoint="home")
@public_page(CITY)
def home() -> str:
    """The city's front page."""
    return render_template(
        "complaints/citizen/home.html",
        recent=home_queries.recently_finished(),
        figures=ports.home_figures(),
        steps=home_queries.road(),
        track_form=TrackForm(formdata=None),
    )


@blueprint.route("/laporan/baru", methods=["GET", "POST"], endpoint="new")
@own_csrf
@takes_files
@public_page(CITY)
@limiter.limit("60 per minute; 900 per hour", methods=["POST"])  # whole villages share one address
def new() -> Response | str | tuple[str, int]:
    """The report form. Sent twice with the same key it is one report;

    a refused field keeps everything else.
    """
    form = ReportForm()
    if request.method == "GET":
        form.form_key.data = str(uuid.uuid4())
        return _form_page(form)
    key = form.key or uuid.uuid4()
    form.form_key.data = str(key)
    earlier = intake.receipt_for(key)
    if earlier is not None:
        return _to_receipt(earlier, key)
    form.set_chosen(reference.chosen(*form.chosen_ids))
    fine = form.validate()
    _keep_files(form, key)
    if form.website.data:  # a trap no person sees
        raise NotFound()
    if fine and not form.files.errors:
        try:
            return _to_receipt(intake.submit(form.submission(key)), key)
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
    return _form_page(form), 422


def _keep_files(form: ReportForm, key: uuid.UUID) -> None:
    """Drop the files whose tick was taken away, then take the new ones;

    refusals become the field's errors.
    """
    if "csrf_token" in form and form.csrf_token.errors:
        return
    ticked, shown = (set(request.form.getlist(name)) for name in ("kept_uploads", "shown_uploads"))
    unwanted = uploads.unwanted(key, ticked, shown)
    if unwanted:
        uploads.drop(key, unwanted)
    problems = uploads.accept(key, incoming(), limits())
    if problems:
        form.files.errors = problems


def _form_page(form: ReportForm) -> str:
    form.set_choices(reference.categories(), reference.places())
    key = form.key
    kept = [attachment_view(row) for row in uploads.kept(key)] if key and request.method == "POST" else []
    form.declaration.data = False if form.errors else form.declaration.data
    return render_template("complaints/citizen/form.html", form=form, uploads=kept)


def _to_receipt(receipt: intake.Receipt, key: uuid.UUID) -> Response:
    remember_form(receipt.number, key)
    return redirect(url_for("complaints.receipt", number=receipt.number), 303)


@blueprint.get("/laporan/<string:number>/tanda-terima", endpoint="receipt")
@public_page(CITY)
def receipt(number: str) -> Response | str:
    """Number and PIN, for 24 hours in the browser that filed;

    afterwards and elsewhere the way to tracking.
    """
    key = remembered_form(number)
    found = intake.receipt_for(key) if key else None
    if found is None or found.number != number:
        return redirect(url_for("complaints.track_lookup"), 303)
    report = filed(found.complaint_id)
    shown: dict[str, Any] = {
        "number": number,
        "pin": found.pin,
        "title": report.title,
        "received_at": report.received_at,
        "verify_by": report.verify_by,
        "respond_by": None,
        "contact_masked": told_at(found.complaint_id),
        "track_url": url_for(
            "complaints.track_link", number=number, token=link_token(number), _external=True
        ),
        "is_fresh": True,
    }
    return render_template("complaints/citizen/receipt.html", report=shown)


@blueprint.get("/bantuan", endpoint="help_page")
@public_page(CITY)
def help_page() -> str:
    """How it works, how figures are counted, accessibility."""
    return render_template("complaints/citizen/help.html")


@blueprint.get("/privasi", endpoint="privacy")
@public_page(CITY)
def privacy() -> str:
    """Who sees a reporter's data, and why."""
    return render_template("complaints/citizen/privacy.html")
