"""Officers' acts over HTTP:

one POST an act. Refused → the case page with the words kept; done → 303 back to the case.
"""

from __future__ import annotations

import uuid

from flask import request
from werkzeug.wrappers import Response

from complaints.acts import identity
from complaints.acts.engine import Actor
from complaints.answers import fingerprint
from complaints.forms.officer import ActForm, typed_text
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views import answering, drafts, unsent
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint as blueprint
from complaints.views.casework import render_case
from complaints.views.offers import BY_SLUG, Offer
from complaints.views.panels import act_view, is_offered
from complaints.views.telling import after_act, tell
from complaints.workflow import Act
from core import clock, formats
from core.errors import Conflict, DomainError, FieldProblem, InvalidTransition, NotFound
from core.media import UploadRefused
from core.storage import StorageError
from core.web.access import officer_with
from core.web.requests import own_csrf, takes_files
from core.web.tenant import required_tenant
from core.web.unsent import keeps_text

#: acts after which a unit may no longer have the case
_MOVES = frozenset({Act.ASSIGN, Act.RETURN, Act.TRANSFER})
NOT_FROM_HERE = "Tindakan ini tidak dapat dilakukan pada laporan berstatus “{status}”."
Page = Response | str | tuple[str, int]


@blueprint.post("/petugas/laporan/<string:number>/<string:slug>", endpoint="act")
@own_csrf
@takes_files
@keeps_text(unsent.address, unsent.page)
@officer_with(Permission.VIEW)
def act_page(number: str, slug: str) -> Page:
    """Do one act. Which ones are allowed is the workflow's matter, and is asked again inside the act."""
    offer, actor = BY_SLUG.get(slug), officer_actor()
    if offer is None:
        raise NotFound()
    form = offer.form()
    case_id, same = _found(number, actor, offer, form)
    if case_id is None:
        raise NotFound()
    step = request.form.get(answering.STEP, "")
    if step in (answering.TEMPLATE, answering.EDIT):
        return _still_writing(number, actor, offer, form)
    fine = form.validate()
    if offer.previews:
        drafts.take_in(actor, form)
        fine = fine and not form.errors
    if not fine:
        return render_case(number, bound={offer.act: form}), 422
    return _attempt(number, case_id, actor, offer, form, same)


def _found(number: str, actor: Actor, offer: Offer, form: ActForm) -> tuple[uuid.UUID | None, str | None]:
    """The case, and for an answer the number of another report that was answered with the same words."""
    if offer.previews and offer.words:
        return casefile.find_comparing(number, actor, fingerprint(form[offer.words].data or ""))
    return casefile.find(number, actor), None


def _still_writing(number: str, actor: Actor, offer: Offer, form: ActForm) -> Page:
    """The form again with all that was typed, and the template that was picked. Nothing is checked yet."""
    if offer.previews:
        drafts.take_in(actor, form)
    filled = None
    if offer.words and request.form.get(answering.STEP) == answering.TEMPLATE:
        case = _loaded(number, actor)
        filled = answering.take_template(case, offer, form)
    return render_case(number, bound={offer.act: form}, filled=filled)


def _loaded(number: str, actor: Actor) -> casefile.CaseView:
    case = casefile.load(number, actor, "semua")
    if case is None:
        raise NotFound()
    return case


def _attempt(
    number: str, case_id: uuid.UUID, actor: Actor, offer: Offer, form: ActForm, same: str | None
) -> Page:
    act = offer.act
    try:
        if offer.previews and (page := _preview(number, actor, offer, form, same)):
            return page
        done = offer.run(case_id, actor, form)
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
    if offer.previews:
        drafts.clear(actor, form)
    tell(offer.done.format(number=done.number), done, act)
    may_be_gone = actor.own_department_only and act in _MOVES  # the desk sees every case
    return after_act(number, is_in_sight=not may_be_gone or casefile.find(number, actor) is not None)


def _preview(number: str, actor: Actor, offer: Offer, form: ActForm, same: str | None) -> Page | None:
    """The preview, or None where the answer may go. A case that somebody changed is told before."""
    is_sent = request.form.get(answering.STEP) != answering.PREVIEW
    if is_sent and (same is None or answering.is_sure()):
        return None
    case = _loaded(number, actor)
    if form.seen_version is not None and form.seen_version != case.version:
        raise Conflict("Laporan ini sudah diubah.", who=case.timeline[0].actor if case.timeline else None)
    if not is_offered(case, actor, offer):
        raise InvalidTransition(case.status.code, offer.act, NOT_FROM_HERE.format(status=case.status.label))
    shown = answering.preview(case, actor, offer, form, same=same, needs_word=is_sent)
    page = answering.preview_page(case, shown, act_view(case, offer, form))
    return (page, 422) if is_sent else page


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
    sentence = refusal.message
    if who is not None:
        at = formats.long_datetime(clock.now(), required_tenant().zone)
        sentence = f"Laporan ini diubah oleh {who} pada {at}."
    conflict = {"sentence": sentence, "text": typed_text(form)}
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
