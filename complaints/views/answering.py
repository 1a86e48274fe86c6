"""From template to preview to sending: what an answer passes through before its act is done.

Nothing is stored on the way but files; the text travels in the form.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from complaints import workflow as w
from complaints.acts import photos
from complaints.acts.engine import Actor
from complaints.answers import Filled, fill
from complaints.forms.checks import chosen_id
from complaints.forms.officer import ActForm
from complaints.labels import act_title, status_view
from complaints.notices import texts
from complaints.notices.letters import CONFIDENTIAL, office_name
from complaints.notices.links import short_link
from complaints.queries import templates
from complaints.queries.casefile import CaseView
from complaints.queries.history import TimelineEntry
from complaints.views import drafts
from complaints.views.offers import Offer
from complaints.workflow import Act
from core import clock, formats
from core.messaging import gsm
from core.web.tenant import required_tenant

#: what the button of a form asks for; without it the act is done
STEP, TEMPLATE, PREVIEW, EDIT = "langkah", "templat", "pratinjau", "ubah"
PICKED, SURE = "templat", "yakin"
#: fields the preview makes anew
_TOLD = "responded"
_OWN = frozenset({"csrf_token", STEP, PICKED, SURE, drafts.TICKED, drafts.SHOWN, "files"})


def values_of(case: CaseView) -> dict[str, str | None]:
    """What the variables of a template become on this case. No identity among them."""
    tenant = required_tenant()

    def day(at: Any) -> str | None:
        return formats.long_date(at.astimezone(tenant.zone).date()) if at is not None else None

    return {
        "nama": "Pelapor",
        "nomor_laporan": case.number,
        "judul": case.title,
        "kategori": case.category,
        "lokasi": case.place,
        "klasifikasi": case.classification_label,
        "nama_opd": case.department,
        "nama_kota": tenant.name,
        "tanggal_lapor": day(case.received_at),
        "tanggal_hari_ini": day(clock.now()),
        "batas_tanggapan": day(case.row.answer_due_at),
        "batas_penyelesaian": day(case.row.complete_due_at),
    }


def take_template(case: CaseView, offer: Offer, form: ActForm) -> Filled | None:
    """Put the chosen template into the form's text, after what was typed. None: nothing was chosen."""
    chosen = templates.picked(chosen_id(request.form.get(PICKED)), offer.act)
    if chosen is None or offer.words is None:
        return None
    filled = fill(chosen.body, values_of(case))
    field = form[offer.words]
    field.data = f"{field.data}\n\n{filled.text}" if field.data else filled.text
    return filled


@dataclass(frozen=True, slots=True)
class Message:
    """What tells the reporter of the answer, over one channel."""

    heading: str
    subject: str | None
    body: str
    size: str | None


def messages_of(case: CaseView) -> list[Message]:
    """The mail and the short message that will go out, in the city's own words."""
    tenant = required_tenant()
    values = {
        "nomor": case.number,
        "judul": CONFIDENTIAL if case.is_confidential else case.title,
        "pemda": office_name(tenant.kind, tenant.short_name),
        "kota": tenant.name,
        "layanan": tenant.service_name,
        "tautan": short_link(uuid.UUID(int=0), tenant.host),
        "nama": "Pelapor",
    }
    written = texts.words_of(_TOLD, texts.MAIL)
    short = texts.short_text(texts.words_of(_TOLD, texts.SHORT), values)
    size = gsm.size(short)
    return [
        Message("Surel", texts.fill(written.subject, values), texts.fill(written.body, values), None),
        Message("SMS atau WhatsApp", None, short, f"{size.units} huruf, {size.parts} bagian SMS"),
    ]


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer as its reporter will get it."""

    entry: TimelineEntry
    status: Any
    files: list[Any]
    hidden: list[tuple[str, str]]
    messages: list[Message]
    same: str | None
    needs_word: bool  # the same text was sent again without the tick


def is_sure() -> bool:
    """The officer said that the same words are meant."""
    return bool(request.form.get(SURE))


def preview(
    case: CaseView, actor: Actor, offer: Offer, form: ActForm, *, same: str | None, needs_word: bool
) -> Preview:
    """The answer as the reporter will get it. Raises FieldProblem where a photo of the result is missing."""
    photos.require_after_photo(case.row, actor, case.rules)
    text = form[offer.words or "text"].data
    shown_as = Act.RESPOND if offer.act == Act.PROPOSE else offer.act
    step = w.transition(case.status.code, offer.act)
    leads_to = w.RESPONDED if offer.act == Act.PROPOSE or step is None else step.to
    entry = TimelineEntry(
        id="pratinjau",
        at=clock.now(),
        actor=actor.label,
        title=act_title(shown_as, {}),
        text=text,
        kind="public",
        attachments=[],
    )
    return Preview(
        entry=entry,
        status=status_view(leads_to, department=case.department),
        files=drafts.kept(actor, form),
        hidden=[(name, value) for name, value in request.form.items(multi=True) if name not in _OWN],
        messages=messages_of(case),
        same=same,
        needs_word=needs_word,
    )


def preview_page(case: CaseView, shown: Preview, act: Any) -> str:
    """The page of a preview; `act` is the ActView whose button sends."""
    return render_template("complaints/officer/preview.html", case=case, preview=shown, act=act)
