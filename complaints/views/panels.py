"""The acts an officer may do now: links to all of them, the form of one, and the sentence of what comes next.

Only the act that is open has a form: forms cost most of the page's time.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

from flask import url_for

from complaints import workflow as w
from complaints.acts.engine import Actor
from complaints.answers import Filled
from complaints.forms.officer import ActForm
from complaints.queries import templates
from complaints.queries.casefile import CaseView
from complaints.queries.history import AttachmentView
from complaints.queries.templates import Groups
from complaints.views import drafts
from complaints.views.offers import OFFERS, Offer
from complaints.workflow import Act
from core import formats
from core.web.tenant import required_tenant


@dataclass(frozen=True, slots=True)
class ActView:
    """An act whose form the page shows. `files` are those kept with its draft, `filled` the template just
    taken.
    """

    slug: str
    label: str
    button: str
    hint: str | None
    url: str
    form: ActForm
    is_danger: bool
    previews: bool = False
    templates: Groups = field(default_factory=list)
    filled: Filled | None = None
    files: list[AttachmentView] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ActLink:
    """An act the page offers as a link."""

    slug: str
    label: str
    url: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class ActGroup:
    """Links of one kind, in the table's order."""

    label: str
    links: list[ActLink]


@dataclass(frozen=True, slots=True)
class Panel:
    """What the page offers: the open act, the note apart, links to all others."""

    open: ActView | None
    first: Act | None  # what comes next, if this officer may do it
    is_next: bool  # and it is the open one
    note: ActView | None
    groups: list[ActGroup]


@dataclass(frozen=True, slots=True)
class NextStep:
    """One sentence, one deadline."""

    sentence: str
    act: str | None


#: what comes next by status; the first one the officer may do is open
PRIMARY: dict[str, tuple[Act, ...]] = {
    w.RECEIVED: (Act.VERIFY,),
    w.DEFERRED: (Act.VERIFY,),
    w.VERIFIED: (Act.ASSIGN,),
    w.ASSIGNED: (Act.ACCEPT, Act.FOLLOW_UP, Act.RESPOND),
    w.IN_PROGRESS: (Act.RESPOND, Act.PROPOSE),
    w.PROPOSED: (Act.APPROVE,),
    w.RESPONDED: (Act.CLOSE,),
    w.REPORTER_REPLIED: (Act.RESPOND, Act.PROPOSE),
    w.REOPENED: (Act.ACCEPT, Act.FOLLOW_UP, Act.RESPOND, Act.ASSIGN),
}
_PASSING_ON = frozenset(
    {
        Act.RETURN,
        Act.DECLINE_JURISDICTION,
        Act.TRANSFER,
        Act.MERGE,
        Act.UNMERGE,
        Act.LINK_PARENT,
        Act.UNLINK_PARENT,
    }
)
_ENDING = frozenset({Act.CLOSE, Act.ARCHIVE})
_GROUPS = ("Menangani", "Mengalihkan", "Mengakhiri")
#: what this officer does next; {by} wrote the proposed answer
_NEXT = {
    Act.VERIFY: "Verifikasi laporan ini",
    Act.ASSIGN: "Tentukan unit yang menangani",
    Act.ACCEPT: "Terima laporan ini untuk unit Anda",
    Act.FOLLOW_UP: "Tindak lanjuti laporan ini dan kabari pelapor",
    Act.RESPOND: "Kirim tanggapan kepada pelapor",
    Act.PROPOSE: "Ajukan tanggapan kepada kepala unit",
    Act.APPROVE: "Periksa tanggapan dari {by}, lalu setujui atau kembalikan",
}
#: status in which the reporter's words come first
_FIRST_READ = {
    w.REPORTER_REPLIED: "Baca keterangan pelapor, lalu jawab",
    w.REOPENED: "Pelapor belum puas: tindak lanjuti sekali lagi",
}
#: who is awaited, where this officer is not
_AWAITED = {
    w.RECEIVED: "Menunggu verifikasi oleh admin",
    w.DEFERRED: "Menunggu keterangan dari pelapor",
    w.VERIFIED: "Menunggu disposisi oleh admin",
    w.ASSIGNED: "Menunggu {unit} menerima laporan ini",
    w.IN_PROGRESS: "Dikerjakan {who}",
    w.PROPOSED: "Menunggu persetujuan kepala unit",
    w.RESPONDED: "Menunggu penilaian pelapor",
    w.REPORTER_REPLIED: "Menunggu jawaban {who}",
    w.REOPENED: "Menunggu tindak lanjut {who}",
}


def panel(
    case: CaseView,
    actor: Actor,
    wanted: str | None,
    bound: dict[Act, ActForm],
    filled: Filled | None = None,
) -> Panel:
    """The acts of the page. `wanted` is the slug of an act asked for, `bound` a form that is not sent yet or
    was refused, `filled` the template it just took.
    """
    offers = _offered(case, actor)
    note = offers.pop(Act.NOTE, None)
    first = next((act for act in PRIMARY.get(case.status.code, ()) if act in offers), None)
    refused = next((act for act in bound if act in offers), None)
    asked = next((act for act, offer in offers.items() if offer.slug == wanted), None)
    opened = refused or asked or first
    return Panel(
        open=_open(case, actor, offers[opened], bound.get(opened), filled) if opened else None,
        first=first,
        is_next=opened is not None and opened == first,
        note=act_view(case, note, bound.get(Act.NOTE)) if note else None,
        groups=_groups(case, offers, opened),
    )


def _offered(case: CaseView, actor: Actor) -> dict[Act, Offer]:
    """What the table, the actor's permissions and the case itself allow from here, in the table's order."""
    found: dict[Act, Offer] = {}
    for act in w.acts_from(case.status.code):
        step, offer = w.transition(case.status.code, act), OFFERS.get(act)
        if offer is None or step is None or step.permission not in actor.grants:
            continue
        if case.is_copy and act is not Act.NOTE:
            continue
        if offer.fits is None or offer.fits(case, actor):
            found[act] = offer
    return found


def is_offered(case: CaseView, actor: Actor, offer: Offer) -> bool:
    """Whether the page would offer this act now."""
    return offer.act in _offered(case, actor)


def _groups(case: CaseView, offers: dict[Act, Offer], opened: Act | None) -> list[ActGroup]:
    links: dict[str, list[ActLink]] = {label: [] for label in _GROUPS}
    for act, offer in offers.items():
        links[_GROUPS[_group(act)]].append(
            ActLink(offer.slug, offer.label, form_url(case.number, offer.slug), act == opened)
        )
    return [ActGroup(label, found) for label, found in links.items() if found]


def _group(act: Act) -> int:
    return 2 if act in _ENDING else 1 if act in _PASSING_ON else 0


def form_url(number: str, slug: str) -> str:
    """The case page with this act's form open."""
    return url_for("casework.case", number=number, tindakan=slug, _anchor="tindakan")


def _open(
    case: CaseView, actor: Actor, offer: Offer, bound: ActForm | None, filled: Filled | None
) -> ActView:
    """The open act: with templates, and with the files of a form that comes back."""
    shown = act_view(case, offer, bound)
    return replace(
        shown,
        templates=templates.offered(offer.act, case.category_id, case.status.code) if offer.words else [],
        filled=filled,
        files=drafts.kept(actor, bound) if bound else [],
    )


def act_view(case: CaseView, offer: Offer, bound: ActForm | None = None) -> ActView:
    """An act with its form."""
    return ActView(
        slug=offer.slug,
        label=offer.label,
        button=offer.button,
        hint=offer.hint,
        url=url_for("casework.act", number=case.number, slug=offer.slug),
        form=prepared(offer, case, bound),
        is_danger=offer.is_danger,
        previews=offer.previews,
    )


def prepared(offer: Offer, case: CaseView, bound: ActForm | None = None) -> ActForm:
    """An act's form with its choices; a refused one keeps its input and gets the present version."""
    defaults = offer.defaults(case) if offer.defaults else {}
    form = bound or offer.form(formdata=None, **defaults)
    form.version.data = str(case.version)
    if "form_key" in form and not form.form_key.data:
        form.form_key.data = str(uuid.uuid4())
    if offer.prepare:
        offer.prepare(form, case)
    return form


def next_step(case: CaseView, offered: Panel) -> NextStep:
    """What is to be done or waited for, and by when."""
    code = case.status.code
    if code not in _AWAITED:
        return NextStep(f"Tidak ada yang perlu dilakukan. Status: {case.status.label}.", None)
    act = offered.open.slug if offered.open and offered.is_next else None
    waits_for_reporter = code in (w.DEFERRED, w.RESPONDED)
    if offered.first is None or waits_for_reporter:
        words = _AWAITED[code]
    else:
        words = _FIRST_READ.get(code) or _NEXT[offered.first]
    unit = case.department or "unit"
    sentence = words.format(
        unit=unit, who=case.handler or unit, by=(case.row.proposal or {}).get("by_name") or "petugas"
    )
    if case.row.due_at is None:
        return NextStep(f"{sentence}.", act)
    when = formats.long_datetime(case.row.due_at, required_tenant().zone)
    return NextStep(f"{sentence} {'sampai' if waits_for_reporter else 'sebelum'} {when}.", act)
