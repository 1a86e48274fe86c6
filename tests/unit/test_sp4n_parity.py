"""Same or not: each aspect made to differ alone, and what may never be called equal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints import workflow
from sp4n.contract.remote import Moment, RemoteAttachment, RemoteComplaint, RemoteFollowup
from sp4n.mapping import RemoteState
from sp4n.parity.compare import SAME_STATUS, Aspect, Comparison, Kind, LocalEntry, LocalSide, compare

NEVER = Moment(None, None)
OWN, UNIT, OTHER = 151, 152, 999
HERE = LocalSide(
    title="Lampu jalan padam",
    content="Lampu padam sejak Senin.\n\nLokasi kejadian: Jl. Melati",
    status=workflow.IN_PROGRESS,
    classification_id=6,
    category_id=436,
    institutions=frozenset({OWN, UNIT}),
    is_anonymous=False,
    is_secret=True,
    entries=(LocalEntry("e1", "Sedang kami perbaiki.", key="id:1", files=("sesudah.jpg",)),),
    heard=frozenset({"id:2"}),
    files=("lampu.jpg",),
)
THERE = RemoteComplaint(
    external_id="6340753",
    status_code="4",
    status_name="Sedang proses",
    disposition_id=UNIT,
    disposition_name="Dinas Perhubungan",
    title="Lampu jalan padam",
    content="Lampu padam sejak Senin. Lokasi kejadian: Jl. Melati",
    created=NEVER,
    updated=NEVER,
    incident_on=None,
    channel=13,
    classification_id=6,
    category_id=436,
    location_id=34,
    is_anonymous=False,
    is_secret=True,
    tags=(),
    reporter=None,
    attachments=(RemoteAttachment("u/1", "lampu.jpg", "jpg"),),
)


def said(key: str, content: str, *files: str) -> RemoteFollowup:
    attachments = tuple(RemoteAttachment(f"u/{name}", name, "jpg") for name in files)
    return RemoteFollowup(key, NEVER, "Dinas", "Pelapor", None, None, content, attachments)


THREAD = (said("id:1", "Sedang kami  perbaiki.", "sesudah.jpg"), said("id:2", "Terima kasih."))


def judged(
    here: LocalSide = HERE,
    there: RemoteComplaint = THERE,
    thread: tuple[RemoteFollowup, ...] = THREAD,
    state: RemoteState | None = RemoteState.IN_PROGRESS,
) -> Comparison:
    return compare(here, there, thread, state)


def test_the_same_is_identical_whatever_the_white_space() -> None:
    assert judged() == Comparison((), (), 0)
    assert judged().state == "identical"


@pytest.mark.parametrize(
    ("aspect", "kind", "change"),
    [
        (Aspect.TITLE, Kind.DIFFERS, {"there": replace(THERE, title="Lampu")}),
        (Aspect.TEXT, Kind.DIFFERS, {"there": replace(THERE, content="Lampu padam sejak Selasa.")}),
        (Aspect.CLASSIFICATION, Kind.DIFFERS, {"there": replace(THERE, classification_id=7)}),
        (Aspect.CATEGORY, Kind.DIFFERS, {"there": replace(THERE, category_id=1)}),
        (Aspect.CATEGORY, Kind.UNMAPPED, {"here": replace(HERE, category_id=None)}),
        (Aspect.INSTITUTION, Kind.DIFFERS, {"there": replace(THERE, disposition_id=OTHER)}),
        (Aspect.INSTITUTION, Kind.DIFFERS, {"here": replace(HERE, status=workflow.DECLINED)}),
        (Aspect.STATUS, Kind.DIFFERS, {"state": RemoteState.RECEIVED}),
        (Aspect.STATUS, Kind.UNMAPPED, {"state": None}),
        (Aspect.ANONYMOUS, Kind.DIFFERS, {"there": replace(THERE, is_anonymous=True)}),
        (Aspect.CONFIDENTIAL, Kind.DIFFERS, {"there": replace(THERE, is_secret=False)}),
        (Aspect.ATTACHMENTS, Kind.ONLY_HERE, {"there": replace(THERE, attachments=())}),
        (Aspect.ATTACHMENTS, Kind.ONLY_THERE, {"here": replace(HERE, files=())}),
        (Aspect.ATTACHMENTS, Kind.ONLY_HERE, {"thread": (said("id:1", "Sedang kami perbaiki."), THREAD[1])}),
        (Aspect.FOLLOW_UP, Kind.ONLY_HERE, {"thread": THREAD[1:]}),
        (Aspect.FOLLOW_UP, Kind.ONLY_THERE, {"here": replace(HERE, heard=frozenset())}),
        (Aspect.FOLLOW_UP, Kind.DIFFERS, {"thread": (said("id:1", "Lain.", "sesudah.jpg"), THREAD[1])}),
    ],
)
def test_each_aspect_that_differs_is_found_alone(aspect: Aspect, kind: Kind, change: dict[str, Any]) -> None:
    found = judged(**change)
    assert [(each.aspect, each.kind) for each in found.differences] == [(aspect, kind)]
    assert found.state == ("unknown" if kind is Kind.UNMAPPED else "different")


def test_what_is_not_told_is_not_equal() -> None:
    silent = replace(
        THERE, title=None, content=None, classification_id=None, is_anonymous=None, is_secret=None
    )
    found = judged(there=silent)
    assert found.differences == ()
    assert set(found.not_told) == {
        Aspect.TITLE, Aspect.TEXT, Aspect.CLASSIFICATION, Aspect.ANONYMOUS, Aspect.CONFIDENTIAL,
    }  # fmt: skip


def test_what_is_on_its_way_is_neither_missing_nor_the_same() -> None:
    entry = replace(HERE.entries[0], key=None, is_on_its_way=True)
    found = judged(here=replace(HERE, entries=(entry,)), thread=THREAD[1:], state=RemoteState.RECEIVED)
    assert found.differences == ()
    assert (found.on_its_way, found.state) == (1, "unknown")


def test_a_declined_report_is_judged_by_who_holds_it() -> None:
    declined = replace(HERE, status=workflow.DECLINED)
    elsewhere = replace(THERE, disposition_id=OTHER, status_name="Belum Terverifikasi")
    assert judged(here=declined, there=elsewhere, state=RemoteState.RECEIVED).state == "identical"


def test_every_status_of_ours_has_its_counterparts() -> None:
    assert set(SAME_STATUS) == set(workflow.STATUSES) - {workflow.DECLINED}
    assert all(SAME_STATUS.values())


@given(st.sampled_from(list(SAME_STATUS)), st.sampled_from([*RemoteState, None]))
def test_an_unmapped_status_is_never_equal(status: str, state: RemoteState | None) -> None:
    found = judged(here=replace(HERE, status=status), state=state)
    assert (found.state == "identical") == (state is not None and state in SAME_STATUS[status])
