"""The operator's pages on the root host: the shared work of all cities, and one message of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from redis.exceptions import RedisError
from werkzeug.wrappers import Response

from complaints.queries.paging import cursor_of, read_cursor
from core import clock, formats
from core.errors import DomainError, NotFound
from core.web.limits import limiter
from core.web.requests import own_csrf
from operating import access, explaining, mending, overview, words, workers
from operating.access import entrance, operator_page
from operating.forms import SignInForm
from operating.overview import CityState, Served, Stopped
from sp4n.tasks.handling import SHORTEST_REASON

blueprint = Blueprint("operating", __name__, url_prefix="/operator")
REDIS_AWAY = "Redis tidak terjangkau; pekerjaan tetap tersimpan."


@blueprint.route("/masuk", methods=["GET", "POST"], endpoint="sign_in")
@own_csrf
@entrance
@limiter.limit("10 per minute;60 per hour", methods=["POST"])
def sign_in() -> Response | tuple[str, int]:
    """The way in; whoever is in already goes straight on."""
    if access.is_signed_in():
        return redirect(url_for("operating.home"), 303)
    form = SignInForm()
    if form.validate_on_submit():
        if access.sign_in(form.name.data, form.key.data):
            return redirect(url_for("operating.home"), 303)
        form.key.errors = ["Kunci operator tidak cocok"]
    return render_template("operating/sign_in.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/keluar", endpoint="sign_out")
@operator_page
def sign_out() -> Response:
    """End the session."""
    access.sign_out()
    flash("Anda sudah keluar.", "info")
    return redirect(url_for("operating.sign_in"), 303)


@blueprint.get("", endpoint="home")
@operator_page
def home() -> str:
    """Workers, queues, cities, failed jobs and stopped messages."""
    machines, failed = _machines()
    return render_template(
        "operating/overview.html",
        operator=access.current().name,
        machines=machines,
        redis_away=None if machines else REDIS_AWAY,
        failed=failed,
        known=overview.served(),
        words=words,
        at=clock.now(),
        **(_cities() | _stopped() if overview.has_relay() else {"cities": None}),
    )


def _machines() -> tuple[workers.Machines | None, list[workers.FailedJob]]:
    try:
        return workers.look(), workers.failed()
    except RedisError:
        return None, []


def _cities() -> dict[str, Any]:
    found = overview.cities()
    whole = request.args.get("semua") == "1"
    shown = found if whole else [each for each in found if each.needs_a_look][: overview.SIZE]
    return {
        "cities": [_city(overview.with_cause(each)) for each in shown],
        "city_count": len(found),
        "others": len(found) - len(shown),
    }


def _city(state: CityState) -> dict[str, Any]:
    """A row of the table, in words."""
    turn = "–"
    if state.has_turn is not None:
        turn = "sedang dikerjakan" if state.has_turn else "menunggu" if state.due else "kosong"
    return {
        "state": state,
        "lag": words.span(state.lag_seconds),
        "turn": f"{turn}, lambat" if state.is_slow else turn,
        "circuit": words.circuit(state.mode, state.paused_until, words.own(state.cause), clock.now()),
    }


def _stopped() -> dict[str, Any]:
    of = overview.find(request.args["kota"]) if "kota" in request.args else None
    found, is_more = overview.stopped_messages(after=read_cursor(request.args.get("setelah")), of=of)
    following = None
    if is_more and of is None:
        following = url_for("operating.home", setelah=cursor_of(found[-1].created_at, found[-1].id))
    return {
        "stopped": [_message(each) for each in found],
        "stopped_of": of,
        "is_more": is_more,
        "next_url": following + "#kiriman" if following else None,
        "shortest": SHORTEST_REASON,
    }


def _message(each: Stopped) -> dict[str, Any]:
    return {
        "message": each,
        "what": words.TOPICS.get(each.topic, each.topic),
        "state": words.STATES[each.state],
        "cause": words.own(each.cause),
        "age": words.span((clock.now() - each.created_at).total_seconds()),
        "can_skip": each.topic != explaining.MOVE,
    }


@blueprint.get("/kiriman/<slug>/<uuid:message_id>", endpoint="message")
@operator_page
def message(slug: str, message_id: uuid.UUID) -> str:
    """One message, explained."""
    return _explained(_tenant(slug), message_id)


@blueprint.post("/kiriman/<slug>/<uuid:message_id>/coba-lagi", endpoint="retry")
@operator_page
def retry(slug: str, message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Have it tried again."""
    tenant = _tenant(slug)

    def again() -> str:
        mending.retry(tenant, message_id, access.current())
        return f"Kiriman {tenant.name} dicoba lagi."

    return _mended(tenant, message_id, again)


@blueprint.post("/kiriman/<slug>/<uuid:message_id>/lewati", endpoint="skip")
@operator_page
def skip(slug: str, message_id: uuid.UUID) -> Response | tuple[str, int]:
    """Leave it out, with a reason."""
    tenant = _tenant(slug)

    def leave_out() -> str:
        count = mending.skip(tenant, message_id, request.form.get("reason", ""), access.current())
        return f"{formats.number(count)} kiriman {tenant.name} dilewati dan dicatat."

    return _mended(tenant, message_id, leave_out)


def _mended(tenant: Served, message_id: uuid.UUID, mend: Callable[[], str]) -> Response | tuple[str, int]:
    """The message afterwards with what `mend` tells, or with why it was refused."""
    try:
        told = mend()
    except NotFound:
        raise
    except DomainError as refusal:
        return _explained(tenant, message_id, refusal.message), refusal.http_status
    flash(told, "selesai")
    return redirect(url_for("operating.message", slug=tenant.slug, message_id=message_id), 303)


@blueprint.post("/pekerjaan/<job_id>/coba-lagi", endpoint="retry_job")
@operator_page
def retry_job(job_id: str) -> Response:
    """Run a failed job again."""
    try:
        job = mending.retry_job(job_id, access.current())
    except (NotFound, RedisError) as problem:
        flash(REDIS_AWAY if isinstance(problem, RedisError) else mending.NOT_FAILED, "lambat")
    else:
        flash(f"{words.JOBS.get(job.kind, job.kind)}: dijalankan lagi.", "selesai")
    return redirect(url_for("operating.home") + "#pekerjaan", 303)


def _tenant(slug: str) -> Served:
    tenant = overview.find(slug)
    if tenant is None:
        raise NotFound()
    return tenant


def _explained(tenant: Served, message_id: uuid.UUID, error: str | None = None) -> str:
    found = explaining.explain(tenant, message_id)
    return render_template(
        "operating/message.html",
        operator=access.current().name,
        message=found,
        cause=words.own(found.cause),
        error=error,
        typed=request.form.get("reason", "") if error else "",
        shortest=SHORTEST_REASON,
        at=clock.now(),
    )
