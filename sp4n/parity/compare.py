"""Is this report here the same as that report there, field by field; pure.

Invariant: what the other side does not tell, or tells in words nobody has mapped, is never called equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from complaints import workflow as w
from sp4n.contract import RemoteComplaint, RemoteFollowup
from sp4n.mapping import RemoteState


class Aspect(StrEnum):
    """What is compared."""

    TITLE = "title"
    TEXT = "text"
    CLASSIFICATION = "classification"
    CATEGORY = "category"
    INSTITUTION = "institution"
    STATUS = "status"
    FOLLOW_UP = "follow_up"
    ATTACHMENTS = "attachments"
    ANONYMOUS = "anonymous"
    CONFIDENTIAL = "secret"


class Kind(StrEnum):
    """How the two sides differ. `unmapped`: there, but in words without a counterpart here."""

    DIFFERS = "differs"
    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True)
class LocalEntry:
    """A public act that the other side must know. `key` is its number there once that is known."""

    event_id: str
    content: str = field(repr=False)
    key: str | None = None
    is_on_its_way: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalSide:
    """The report as this side holds it, in the terms of the other side.

    `content` is the text that is sent; ids are theirs, None where nothing maps. `institutions` are our own
    number and those of our departments. `heard` holds the keys of their answers that stand in our history.
    """

    title: str
    content: str = field(repr=False)
    status: str
    classification_id: int | None
    category_id: int | None
    institutions: frozenset[int]
    is_anonymous: bool
    is_secret: bool
    entries: tuple[LocalEntry, ...] = ()
    heard: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same. `ref` names our event or their answer where there are several."""

    aspect: Aspect
    kind: Kind
    here: str | None = field(repr=False)
    there: str | None = field(repr=False)
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs, what the other side does not tell, and what is still on its way."""

    differences: tuple[Difference, ...]
    not_told: tuple[Aspect, ...]
    on_its_way: int

    @property
    def state(self) -> str:
        """`identical`, `different`, or `unknown` where something cannot be judged yet."""
        if any(each.kind is not Kind.UNMAPPED for each in self.differences):
            return "different"
        return "unknown" if self.differences or self.on_its_way else "identical"


#: Their states that say of a case what ours says. The API has no call for verifying, closing, archiving or
#: deferring: those acts travel as answers in the thread, and an institution's answer makes a report
#: "sedang proses" there until the national desk or its clock closes it.
#: The reporter's reply there is one of the answers compared, and moves nothing while an officer is awaited.
_RUNNING = frozenset({RemoteState.IN_PROGRESS, RemoteState.ASSIGNED})
_REPLIED = frozenset({RemoteState.REPORTER_REPLIED})
SAME_STATUS: Mapping[str, frozenset[RemoteState]] = {
    w.RECEIVED: frozenset({RemoteState.RECEIVED}) | _REPLIED,
    w.DEFERRED: frozenset({RemoteState.DEFERRED, RemoteState.IN_PROGRESS}),
    w.VERIFIED: frozenset({RemoteState.RECEIVED, RemoteState.VERIFIED}) | _RUNNING | _REPLIED,
    w.ASSIGNED: frozenset({RemoteState.VERIFIED}) | _RUNNING | _REPLIED,
    w.IN_PROGRESS: _RUNNING | _REPLIED,
    w.PROPOSED: _RUNNING | _REPLIED,
    w.RESPONDED: _RUNNING,
    w.REPORTER_REPLIED: _RUNNING | _REPLIED,
    w.REOPENED: _RUNNING | _REPLIED,
    w.COMPLETED: frozenset({RemoteState.COMPLETED}) | _RUNNING,
    w.ARCHIVED: frozenset({RemoteState.ARCHIVED}) | _RUNNING,
    w.MERGED: frozenset({RemoteState.ARCHIVED, RemoteState.COMPLETED}) | _RUNNING,
}


def compare(
    here: LocalSide, there: RemoteComplaint, thread: Sequence[RemoteFollowup], state: RemoteState | None
) -> Comparison:
    """Compare one report. `state` is what their status means here, None where that is not mapped."""
    differences = [
        *_texts(here, there),
        *_numbers(here, there),
        *_flags(here, there),
        *_status(here, there, state),
        *_names(here.files, [each.file_name for each in there.attachments], ""),
        *_thread(here, thread),
    ]
    told = {
        Aspect.TITLE: there.title,
        Aspect.TEXT: there.content,
        Aspect.CLASSIFICATION: there.classification_id,
        Aspect.CATEGORY: there.category_id,
        Aspect.INSTITUTION: there.disposition_id,
        Aspect.STATUS: there.status_name or there.status_code,
        Aspect.ANONYMOUS: there.is_anonymous,
        Aspect.CONFIDENTIAL: there.is_secret,
    }
    not_told = tuple(name for name, value in told.items() if value is None)
    return Comparison(tuple(differences), not_told, sum(each.is_on_its_way for each in here.entries))


def same_text(one: str, other: str) -> bool:
    """White space may be tidied on the way; nothing else may."""
    return one.split() == other.split()


def _texts(here: LocalSide, there: RemoteComplaint) -> Iterator[Difference]:
    for name, ours, theirs in (
        (Aspect.TITLE, here.title, there.title),
        (Aspect.TEXT, here.content, there.content),
    ):
        if theirs is not None and not same_text(ours, theirs):
            yield Difference(name, Kind.DIFFERS, ours, theirs)


def _numbers(here: LocalSide, there: RemoteComplaint) -> Iterator[Difference]:
    for name, ours, theirs in (
        (Aspect.CLASSIFICATION, here.classification_id, there.classification_id),
        (Aspect.CATEGORY, here.category_id, there.category_id),
    ):
        if theirs is not None and ours is None:
            yield Difference(name, Kind.UNMAPPED, None, str(theirs))
        elif theirs is not None and ours != theirs:
            yield Difference(name, Kind.DIFFERS, str(ours), str(theirs))
    holder = there.disposition_id
    if holder is not None and (holder in here.institutions) == (here.status == w.DECLINED):
        own = "Instansi lain" if here.status == w.DECLINED else "Instansi sendiri"
        yield Difference(Aspect.INSTITUTION, Kind.DIFFERS, own, there.disposition_name or str(holder))


def _flags(here: LocalSide, there: RemoteComplaint) -> Iterator[Difference]:
    for name, ours, theirs in (
        (Aspect.ANONYMOUS, here.is_anonymous, there.is_anonymous),
        (Aspect.CONFIDENTIAL, here.is_secret, there.is_secret),
    ):
        if theirs is not None and ours != theirs:
            yield Difference(name, Kind.DIFFERS, _yes(ours), _yes(theirs))


def _status(here: LocalSide, there: RemoteComplaint, state: RemoteState | None) -> Iterator[Difference]:
    label = there.status_name or there.status_code
    if label is None or here.status == w.DECLINED:  # declined: the institution says it all
        return
    if state is None:
        yield Difference(Aspect.STATUS, Kind.UNMAPPED, here.status, label)
    elif state not in SAME_STATUS[here.status] and not any(each.is_on_its_way for each in here.entries):
        yield Difference(Aspect.STATUS, Kind.DIFFERS, here.status, label)


def _thread(here: LocalSide, thread: Sequence[RemoteFollowup]) -> Iterator[Difference]:
    theirs = {each.key: each for each in thread}
    for entry in here.entries:
        if entry.is_on_its_way:
            continue
        found = theirs.pop(entry.key, None) if entry.key is not None else None
        if found is None:
            yield Difference(Aspect.FOLLOW_UP, Kind.ONLY_HERE, entry.content, None, entry.event_id)
            continue
        if not same_text(entry.content, found.content):
            yield Difference(Aspect.FOLLOW_UP, Kind.DIFFERS, entry.content, found.content, entry.event_id)
        yield from _names(entry.files, [each.file_name for each in found.attachments], entry.event_id)
    for key, each in theirs.items():
        if key not in here.heard:
            said = each.content or each.template_content or ""
            yield Difference(Aspect.FOLLOW_UP, Kind.ONLY_THERE, None, said, key)


def _names(ours: Iterable[str], theirs: Iterable[str | None], ref: str) -> Iterator[Difference]:
    """Files by name; the API tells no size."""
    here, there = sorted(ours), sorted(name for name in theirs if name)
    if here != there:
        kind = Kind.ONLY_HERE if not there else Kind.ONLY_THERE if not here else Kind.DIFFERS
        yield Difference(Aspect.ATTACHMENTS, kind, ", ".join(here) or None, ", ".join(there) or None, ref)


def _yes(value: bool) -> str:
    return "Ya" if value else "Tidak"
