"""Officers' acts over HTTP:

one POST an act. Refused → the case page with the words kept; done → 303 back to the case.
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from complaints.acts import identity
from complaints.forms.officer import ActForm, typed_text
from complaints.permissions import Permission
from complaints.queries import casefile
from complaints.views.access import officer_actor
from complaints.views.casework import blueprint as blueprint
from complaints.views.casework import render_case
from complaints.views.offers import BY_SLUG
from complaints.views.telling import after_act, tell
from complaints.workflow import Act
from core import clock, formats
from core.errors import Conflict, DomainError, FieldProblem, InvalidTransition, NotFound
from core.media import UploadRefused
from core.storage import StorageError
from core.web.access import officer_with
from core.web.requests import own_csrf, takes_files
from core.web.tenant import required_tenant

#: acts after which a unit may no longer have the case
_MOVES = frozenset({Act.ASSIGN, Act.RETURN, Act.TRANSFER})


@blueprint.post("/petugas/laporan/<string:number>/<string:slug>", endpoint="act")
@own_csrf
@takes_files
@officer_with(Permission.VIEW)
def act_page(number: str, slug: str) -> Response | tuple[str, int]:
    """Do one act. Which ones are allowed is the workflow's matter, and is asked again inside the act."""
    offer, actor = BY_SLUG.get(slug), officer_actor()
    case_id = casefile.find(number, actor)
    if offer is None or case_id is None:
        raise NotFound()
    act, form = offer.act, offer.form()
    if not form.validate():
        return render_case(number, bound={act: form}), 422
    try:
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
    tell(offer.done.format(number=done.number), done, act)
    return after_act(number, is_in_sight=act not in _MOVES or casefile.find(number, actor) is not None)


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
