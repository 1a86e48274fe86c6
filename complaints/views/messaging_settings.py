"""The city's messages: channels and words for the administrator, wishes for each officer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from complaints.forms.messaging import MessagingForm, WishesForm, WordsForm
from complaints.notices import channels, settings, texts
from complaints.notices.catalogue import KINDS, SAMPLE, Kind
from complaints.notices.texts import MAIL, SHORT, Words
from complaints.permissions import Permission
from complaints.views.access import officer_actor
from core.errors import FieldProblem, NotFound
from core.messaging import gsm
from core.web.access import officer_with
from core.web.requests import own_csrf

blueprint = Blueprint("messaging_settings", __name__)
Page = Response | str | tuple[str, int]


@blueprint.route("/petugas/pengaturan/pesan", methods=["GET", "POST"], endpoint="page")
@own_csrf
@officer_with(Permission.CONFIGURE)
def settings_page() -> Page:
    """Channels, quiet hours, the morning's list; and the way to each message's words."""
    values, kept = settings.current()
    form = MessagingForm.filled(values)
    if request.method == "GET":
        return _settings(form, kept)
    if form.validate():
        try:
            is_changed = settings.change(form.values, form.secrets, officer_actor())
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
        else:
            flash("Pengaturan pesan sudah disimpan." if is_changed else "Tidak ada yang berubah.", "selesai")
            return redirect(url_for("messaging_settings.page"), 303)
    return _settings(form, kept), 422


def _settings(form: MessagingForm, kept: frozenset[str]) -> str:
    return render_template(
        "complaints/officer/messaging.html",
        form=form,
        kept=kept,
        has_mail_server=channels.has_mail_server(),
        kinds=list(KINDS.values()),
    )


@blueprint.route("/petugas/pengaturan/pesan/<string:slug>", methods=["GET", "POST"], endpoint="words")
@own_csrf
@officer_with(Permission.CONFIGURE)
def words_page(slug: str) -> Page:
    """The words of one message, with a preview of what is written, before and after it is kept."""
    kind = KINDS.get(slug)
    if kind is None:
        raise NotFound()
    mail, short = texts.words_of(slug, MAIL), texts.words_of(slug, SHORT)
    form = WordsForm(data={"subject": mail.subject, "body": mail.body, "short": short.body})
    if request.method == "GET":
        return _words(kind, form)
    wish = request.form.get("tindakan")
    if wish == "bawaan":
        _keep(kind, None, None)
        flash("Pesan kembali ke kata-kata bawaan.", "selesai")
        return redirect(url_for("messaging_settings.words", slug=slug), 303)
    if form.validate() and _is_sendable(kind, form):
        if wish == "simpan":
            _keep(
                kind, Words(form.subject.data or "", form.body.data or ""), Words("", form.short.data or "")
            )
            flash("Pesan sudah disimpan.", "selesai")
            return redirect(url_for("messaging_settings.words", slug=slug), 303)
        return _words(kind, form)
    return _words(kind, form), 422


def _keep(kind: Kind, mail: Words | None, short: Words | None) -> None:
    actor = officer_actor()
    settings.set_words(kind.code, MAIL, mail, actor)
    if kind.is_for_reporter:
        settings.set_words(kind.code, SHORT, short, actor)


def _is_sendable(kind: Kind, form: WordsForm) -> bool:
    forms = [(MAIL, Words(form.subject.data or "", form.body.data or ""))]
    if kind.is_for_reporter:
        forms.append((SHORT, Words("", form.short.data or "")))
    fine = True
    for name, words in forms:
        try:
            settings.check_words(kind.code, name, words)
        except FieldProblem as problem:
            form[problem.field].errors = [problem.message]
            fine = False
    return fine


def _words(kind: Kind, form: WordsForm) -> str:
    mail = texts.mail(Words(form.subject.data or "", form.body.data or ""), SAMPLE, footer="")
    return render_template(
        "complaints/officer/messaging_words.html",
        kind=kind,
        form=form,
        has_short=kind.is_for_reporter,
        subject=mail.subject,
        body=texts.fill(form.body.data or "", SAMPLE),
        short=_short(form.short.data or ""),
    )


def _short(body: str) -> dict[str, Any]:
    text = texts.short_text(Words("", body), SAMPLE)
    size = gsm.size(text)
    one = gsm.ONE_WIDE if size.is_wide else gsm.ONE_GSM
    return {"text": text, "units": size.units, "parts": size.parts, "is_wide": size.is_wide, "one": one}


@blueprint.route("/petugas/pesan", methods=["GET", "POST"], endpoint="wishes")
@own_csrf
@officer_with(Permission.VIEW)
def wishes_page() -> Page:
    """What the signed-in officer gets by mail."""
    notices, digest = settings.wishes_of(current_user.id)
    form = WishesForm(data={"notices": notices, "digest": digest})
    if request.method == "POST":
        if not form.validate():
            return render_template("complaints/officer/messaging_wishes.html", form=form), 422
        settings.set_wishes(current_user.id, notices=form.notices.data, digest=form.digest.data)
        flash("Pilihan Anda sudah disimpan.", "selesai")
        return redirect(url_for("messaging_settings.wishes"), 303)
    return render_template("complaints/officer/messaging_wishes.html", form=form)
