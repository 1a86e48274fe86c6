"""Following a report: by number and PIN, by the private link, and the reporter's own acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints import numbering
from complaints.acts import reporter, uploads
from complaints.forms.citizen import InfoForm, RateForm, ReopenForm, TrackForm
from complaints.queries.tracking import TrackedReport, tracked
from complaints.views.access import grant, is_granted, token_matches
from complaints.views.citizen import blueprint as blueprint
from complaints.views.files import incoming, limits
from core import formats
from core.errors import DomainError, NotFound
from core.media import CleanUpload, UploadRefused
from core.storage import StorageError
from core.web.access import CITY, PROVINCE, public_page
from core.web.limits import limiter
from core.web.requests import own_csrf, takes_files
from core.web.tenant import required_tenant

Page = Response | str | tuple[str, int]


@blueprint.route("/lacak", methods=["GET", "POST"], endpoint="track_lookup")
@own_csrf
@public_page(CITY, PROVINCE)
@limiter.limit("30 per minute; 200 per hour", methods=["POST"])
def track_lookup() -> Page:
    """The form. Without a PIN it leads to the short status; a wrong pair tells how many tries are left."""
    form = TrackForm(number=request.args.get("number", "")[:40])
    if request.method == "GET":
        return render_template("complaints/citizen/track_lookup.html", form=form)
    if form.validate() and form.canonical is not None:
        if form.pin_digits is None:
            if tracked(form.canonical, full=False) is not None:
                return redirect(url_for("complaints.track", number=form.canonical), 303)
            form.number.errors = ["Laporan dengan nomor ini tidak ditemukan. Periksa lagi nomornya."]
        else:
            check = reporter.check_pin(form.canonical, form.pin_digits)
            if check.complaint_id is not None:
                grant(form.canonical)
                return redirect(url_for("complaints.track", number=form.canonical), 303)
            form.number.errors = [_refusal(check)]
    return render_template("complaints/citizen/track_lookup.html", form=form), 422


def _refusal(check: reporter.PinCheck) -> str:
    if check.locked_until is not None:
        at = formats.time_of_day(check.locked_until, required_tenant().zone)
        return f"Terlalu banyak percobaan. Coba lagi pukul {at}."
    left = f" Sisa {check.tries_left} percobaan." if check.tries_left < reporter.MOST_TRIES else ""
    return f"Nomor laporan dan PIN tidak cocok. Periksa lagi, huruf besar dan kecil dianggap sama.{left}"


@blueprint.get("/lacak/<string:number>", endpoint="track")
@public_page(CITY, PROVINCE)
def track(number: str) -> Page:
    """The report: in full for a browser that proved itself, else only where it stands."""
    canonical = numbering.normalise(number)
    if canonical is None:
        raise NotFound()
    if canonical != number:
        return redirect(url_for("complaints.track", number=canonical), 303)
    report = tracked(canonical, full=is_granted(canonical))
    if report is None:
        raise NotFound()
    return _page(report)


def _page(report: TrackedReport, **bound: Any) -> str:
    """The page with the forms of what may be done now, or the one that was refused."""
    offered = {
        "rate_form": (RateForm, report.can_rate),
        "reopen_form": (ReopenForm, report.can_reopen),
        "info_form": (InfoForm, report.can_provide_info),
    }
    forms = {
        name: bound.get(name) or (kind(formdata=None) if is_possible else None)
        for name, (kind, is_possible) in offered.items()
    }
    return render_template("complaints/citizen/track.html", report=report, **forms)


@blueprint.get("/lacak/<string:number>/<string:token>", endpoint="track_link")
@public_page(CITY, PROVINCE)
@limiter.limit("60 per minute")
def track_link(number: str, token: str) -> Response:
    """The private link: proves the browser, then shows the address without the secret."""
    if not token_matches(number, token):
        raise NotFound()
    grant(number)
    return redirect(url_for("complaints.track", number=number), 303)


def _granted_report(number: str) -> TrackedReport:
    report = tracked(number, full=True) if is_granted(number) else None
    if report is None:
        raise NotFound()
    return report


def _do(
    report: TrackedReport, form_name: str, form: Any, act: Callable[[list[CleanUpload]], object], done: str
) -> Page:
    """Run a reporter's act with its form: refused → the same page with the words kept; done → 303 back."""
    if form.validate():
        try:
            files = uploads.clean_all(incoming(), limits()) if "files" in form else []
            act(files)
        except UploadRefused as refusal:
            form.files.errors = [refusal.message]
        except StorageError:
            form.files.errors = ["Berkas gagal diunggah, coba lagi"]
        except DomainError as problem:
            form.form_errors.append(problem.message)
        else:
            flash(done, "selesai")
            return redirect(url_for("complaints.track", number=report.number), 303)
    fresh = tracked(report.number, full=True)
    return _page(fresh or report, **{form_name: form}), 422


@blueprint.post("/lacak/<string:number>/penilaian", endpoint="rate")
@own_csrf
@public_page(CITY, PROVINCE)
def rate(number: str) -> Page:
    """The reporter's judgement."""
    report, form = _granted_report(number), RateForm()

    def act(_files: list[CleanUpload]) -> None:
        reporter.rate(
            report.id, score=int(form.score.data), solved=form.solved.data, comment=form.comment.data or None
        )

    return _do(report, "rate_form", form, act, "Terima kasih, penilaian Anda sudah kami terima.")


@blueprint.post("/lacak/<string:number>/pembukaan-kembali", endpoint="reopen")
@own_csrf
@takes_files
@public_page(CITY, PROVINCE)
def reopen(number: str) -> Page:
    """The reporter says that it is not solved."""
    report, form = _granted_report(number), ReopenForm()
    return _do(
        report,
        "reopen_form",
        form,
        lambda files: reporter.reopen(report.id, reason=form.reason.data, files=files),
        "Laporan Anda dibuka kembali. Petugas akan membaca alasan Anda.",
    )


@blueprint.post("/lacak/<string:number>/keterangan", endpoint="provide_info")
@own_csrf
@takes_files
@public_page(CITY, PROVINCE)
def provide_info(number: str) -> Page:
    """What the officers asked for."""
    report, form = _granted_report(number), InfoForm()
    return _do(
        report,
        "info_form",
        form,
        lambda files: reporter.provide_info(report.id, text=form.text.data, files=files),
        "Keterangan Anda sudah kami terima.",
    )
