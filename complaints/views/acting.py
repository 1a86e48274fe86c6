"""Officers' acts over HTTP:

one POST an act. Refused → the case page with the words kept; done → 303 back to the case.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from complaints.acts import desk, handling, identity, uploads
from complaints.acts.engine import Actor, Done
from complaints.forms.checks import chosen_id
from complaints.forms.officer import FORMS, ActForm, typed_text
from complaints.labels import ARCHIVE_REASONS
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint as blueprint
from complaints.views.casework import render_case
from complaints.views.files import incoming, limits
from complaints.views.panels import SLUGS
from complaints.workflow import Act
from core import clock
from core.errors import Conflict, DomainError, FieldProblem, InvalidTransition, NotFound
from core.media import UploadRefused
from core.storage import StorageError
from core.web.access import officer_with
from core.web.requests import own_csrf, takes_files

Runner = Callable[[uuid.UUID, Actor, Any], Done]


def _verify(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.verify(
        case_id,
        actor,
        classification=form.classification.data,
        category_id=chosen_id(form.category.data),
        text=form.text.data or None,
        version=form.seen_version,
    )


def _assign(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.assign(
        case_id,
        actor,
        department_id=chosen_id(form.department.data),
        urgency=form.urgency.data,
        instructions=form.instructions.data or [],
        note=form.note.data or None,
        version=form.seen_version,
    )


def _follow_up(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = uploads.clean_all(incoming(), limits())
    return handling.follow_up(
        case_id,
        actor,
        text=form.text.data,
        is_public=form.is_public.data,
        files=files,
        version=form.seen_version,
    )


def _respond(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = uploads.clean_all(incoming(), limits())
    return handling.respond(case_id, actor, text=form.text.data, files=files, version=form.seen_version)


def _archive(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    reason = form.reason.data
    return desk.archive(
        case_id, actor, reason=ARCHIVE_REASONS[reason], text=form.text.data or None, version=form.seen_version
    )


RUNNERS: dict[Act, Runner] = {
    Act.VERIFY: _verify,
    Act.ASSIGN: _assign,
    Act.FOLLOW_UP: _follow_up,
    Act.RESPOND: _respond,
    Act.CLOSE: lambda case_id, actor, form: desk.close(
        case_id, actor, text=form.text.data or None, version=form.seen_version
    ),
    Act.DECLINE_JURISDICTION: lambda case_id, actor, form: desk.decline_jurisdiction(
        case_id,
        actor,
        institution=form.institution.data,
        reason=form.reason.data,
        version=form.seen_version,
    ),
    Act.DEFER: lambda case_id, actor, form: desk.defer(
        case_id, actor, text=form.text.data, version=form.seen_version
    ),
    Act.ARCHIVE: _archive,
    Act.NOTE: lambda case_id, actor, form: desk.note(case_id, actor, text=form.text.data),
}
DONE_WORDS = {
    Act.VERIFY: "Laporan {number} diverifikasi.",
    Act.ASSIGN: "Laporan {number} didisposisikan.",
    Act.FOLLOW_UP: "Tindak lanjut laporan {number} disimpan.",
    Act.RESPOND: "Tanggapan laporan {number} dikirim.",
    Act.CLOSE: "Laporan {number} ditutup.",
    Act.DECLINE_JURISDICTION: "Laporan {number} dinyatakan bukan wewenang.",
    Act.DEFER: "Keterangan untuk laporan {number} diminta dari pelapor.",
    Act.ARCHIVE: "Laporan {number} diarsipkan.",
    Act.NOTE: "Catatan internal laporan {number} disimpan.",
}


@blueprint.post("/petugas/laporan/<string:number>/<string:slug>", endpoint="act")
@own_csrf
@takes_files
@officer_with(Permission.VIEW)
def act_page(number: str, slug: str) -> Response | tuple[str, int]:
    """Do one act. Which ones are allowed is the workflow's matter, and is asked again inside the act."""
    act, actor = SLUGS.get(slug), officer_actor()
    case_id = casefile.find(number, actor)
    if act is None or case_id is None:
        raise NotFound()
    form = FORMS[act]()
    if not form.validate():
        return render_case(number, bound={act: form}), 422
    try:
        done = RUNNERS[act](case_id, actor, form)
    except UploadRefused as refusal:
        form.files.errors = [refusal.message]
        return render_case(number, bound={act: form}), 422
    except StorageError:
        form.files.errors = ["Berkas gagal diunggah, coba lagi"]
        return render_case(number, bound={act: form}), 422
    except FieldProblem as problem:
        _show_problem(form, problem)
        return render_case(number, bound={act: form}), 422
    except (Conflict, InvalidTransition) as refusal:
        return _refused(number, act, form, refusal)
    flash(DONE_WORDS[act].format(number=done.number), "selesai")
    return redirect(url_for("casework.case", number=number), 303)


def _show_problem(form: ActForm, problem: FieldProblem) -> None:
    if problem.field in form:
        form[problem.field].errors = [problem.message]
    else:
        form.form_errors.append(problem.message)


def _refused(number: str, act: Act, form: ActForm, refusal: DomainError) -> tuple[str, int]:
    """Somebody was faster, or the act is not possible from here (any more):

    say so and give the words back.
    """
    who = refusal.who if isinstance(refusal, Conflict) else None
    if who is None:
        form.form_errors.append(refusal.message)
        flash(refusal.message, "lambat")
        conflict = None
    else:
        conflict = {"who": who, "at": clock.now(), "text": typed_text(form)}
    return render_case(number, bound={act: form}, conflict=conflict), 409


@blueprint.post("/petugas/laporan/<string:number>/kontak", endpoint="contact")
@officer_with(Permission.VIEW)
def contact_page(number: str) -> str:
    """Show the reporter's identity to whom it may be shown, and record that it was."""
    actor = officer_actor()
    case_id = casefile.find(number, actor)
    if case_id is None:
        raise NotFound()
    return render_case(number, contact=identity.view(case_id, actor))
