"""The acts an officer may do now, each with its form and its words;

and the sentence that says what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

from complaints import workflow as w
from complaints.acts.engine import Actor
from complaints.forms.checks import choices
from complaints.forms.officer import FORMS, ActForm
from complaints.labels import CLASSIFICATIONS
from complaints.queries import reference
from complaints.queries.casefile import CaseView
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


#: act → path segment, label, button, hint
WORDS: dict[Act, tuple[str, str, str, str | None]] = {
    Act.VERIFY: ("verifikasi", "Verifikasi", "Verifikasi laporan", None),
    Act.ASSIGN: ("disposisi", "Disposisi", "Disposisikan", None),
    Act.FOLLOW_UP: ("tindak-lanjut", "Tindak lanjut", "Simpan tindak lanjut", None),
    Act.RESPOND: ("tanggapan", "Tulis tanggapan", "Kirim tanggapan ke pelapor", None),
    Act.CLOSE: (
        "penutupan",
        "Tutup laporan",
        "Tutup laporan",
        "Pelapor masih dapat menilai dan membuka kembali.",
    ),
    Act.DEFER: ("penundaan", "Tunda (minta keterangan)", "Minta keterangan", None),
    Act.DECLINE_JURISDICTION: ("bukan-wewenang", "Bukan wewenang", "Nyatakan bukan wewenang", None),
    Act.ARCHIVE: ("arsip", "Arsipkan", "Arsipkan laporan", "Laporan berakhir dan pelapor membaca alasannya."),
    Act.NOTE: ("catatan", "Catatan internal", "Simpan catatan internal", None),
}
SLUGS = {words[0]: act for act, words in WORDS.items()}
DANGEROUS = frozenset({Act.ARCHIVE, Act.DECLINE_JURISDICTION})

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
        if act not in WORDS or step is None or step.permission not in actor.grants:
            continue
        slug, label, button, hint = WORDS[act]
        found[act] = ActView(
            slug=slug,
            label=label,
            button=button,
            hint=hint,
            url=url_for("casework.act", number=case.number, slug=slug),
            form=prepared(act, case, bound.get(act)),
            is_danger=act in DANGEROUS,
        )
    return found


def prepared(act: Act, case: CaseView, bound: ActForm | None = None) -> ActForm:
    """An act's form with its choices; a refused one keeps its input and gets the present version."""
    form = bound or FORMS[act](formdata=None, **_defaults(act, case))
    form.version.data = str(case.version)
    set_choices(act, form, case)
    return form


def _defaults(act: Act, case: CaseView) -> dict[str, Any]:
    if act is Act.VERIFY:
        # what the reporter chose decides, except that a complaint's kind of supervision is the officer's
        # judgement
        kind = "unsupervised" if case.kind == "complaint" else case.kind
        return {"classification": kind, "category": str(case.category_id)}
    if act is Act.ASSIGN and case.default_department_id is not None:
        return {"department": str(case.default_department_id)}
    return {}


def set_choices(act: Act, form: ActForm, case: CaseView) -> None:
    """Options from the city's rows; klasifikasi shows the date it leads to before anything is saved."""
    if act is Act.VERIFY:
        form.category.choices = choices(dict(reference.categories()))
        zone = required_tenant().zone
        form.classification.choices = choices(
            {
                code: f"{label}, selesai paling lambat {formats.long_date(by.astimezone(zone).date())}"
                for code, label in CLASSIFICATIONS.items()
                if (by := case.verify_by.get(code)) is not None
            }
        )
    elif act is Act.ASSIGN:
        form.department.choices = choices({"": "Pilih unit", **dict(reference.departments())})


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
