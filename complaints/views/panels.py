"""The acts an officer may do now, each with its form and its words;

and the sentence that says what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from complaints import workflow as w
from complaints.acts.engine import Actor
from complaints.forms.officer import ActForm
from complaints.queries.casefile import CaseView
from complaints.views.offers import OFFERS, Offer
from complaints.workflow import Act
from core import formats
from core.web.tenant import required_tenant


@dataclass(frozen=True, slots=True)
class ActView:
    """An act as the page offers it."""

    slug: str
    label: str
    button: str
    hint: str | None
    url: str
    form: ActForm
    is_danger: bool


@dataclass(frozen=True, slots=True)
class NextStep:
    """One sentence, one deadline."""

    sentence: str
    act: str | None


#: what comes next by status; the first one the officer may do is offered big
PRIMARY: dict[str, tuple[Act, ...]] = {
    w.RECEIVED: (Act.VERIFY,),
    w.DEFERRED: (Act.VERIFY,),
    w.VERIFIED: (Act.ASSIGN,),
    w.ASSIGNED: (Act.FOLLOW_UP, Act.RESPOND),
    w.IN_PROGRESS: (Act.RESPOND,),
    w.RESPONDED: (Act.CLOSE,),
    w.REPORTER_REPLIED: (Act.RESPOND,),
    w.REOPENED: (Act.FOLLOW_UP, Act.RESPOND, Act.ASSIGN),
}
_SENTENCES = {
    w.RECEIVED: "Verifikasi laporan ini",
    w.DEFERRED: "Menunggu keterangan dari pelapor",
    w.VERIFIED: "Tentukan unit yang menangani",
    w.ASSIGNED: "Tindak lanjuti laporan ini dan kabari pelapor",
    w.IN_PROGRESS: "Kirim tanggapan kepada pelapor",
    w.RESPONDED: "Menunggu penilaian pelapor",
    w.REPORTER_REPLIED: "Baca keterangan pelapor, lalu jawab",
    w.REOPENED: "Pelapor belum puas: tindak lanjuti sekali lagi",
}


def act_views(case: CaseView, actor: Actor, bound: Mapping[Act, ActForm]) -> dict[Act, ActView]:
    """The acts that the table and the actor's permissions allow from here, in the table's order."""
    found: dict[Act, ActView] = {}
    for act in w.acts_from(case.status.code):
        step = w.transition(case.status.code, act)
        if act not in OFFERS or step is None or step.permission not in actor.grants:
            continue
        offer = OFFERS[act]
        found[act] = ActView(
            slug=offer.slug,
            label=offer.label,
            button=offer.button,
            hint=offer.hint,
            url=url_for("casework.act", number=case.number, slug=offer.slug),
            form=prepared(offer, case, bound.get(act)),
            is_danger=offer.is_danger,
        )
    return found


def prepared(offer: Offer, case: CaseView, bound: ActForm | None = None) -> ActForm:
    """An act's form with its choices; a refused one keeps its input and gets the present version."""
    defaults = offer.defaults(case) if offer.defaults else {}
    form = bound or offer.form(formdata=None, **defaults)
    form.version.data = str(case.version)
    if offer.prepare:
        offer.prepare(form, case)
    return form


def next_step(case: CaseView, primary: ActView | None) -> NextStep:
    """What is to be done, and by when."""
    sentence = _SENTENCES.get(case.status.code)
    if sentence is None:
        return NextStep(f"Tidak ada yang perlu dilakukan. Status: {case.status.label}.", None)
    waiting = next((deadline for deadline in case.deadlines if deadline.at is not None), None)
    if waiting is None or waiting.at is None:
        return NextStep(f"{sentence}.", primary.slug if primary else None)
    when = formats.long_datetime(waiting.at, required_tenant().zone)
    until = f"sampai {when}" if waiting.state == "paused" else f"sebelum {when}"
    return NextStep(f"{sentence} {until}.", primary.slug if primary else None)
