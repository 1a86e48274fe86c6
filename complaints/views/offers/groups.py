"""Merging, parents and the instruction that is shared with a parent's children, as they are offered."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from typing import Any

from flask import flash, request
from werkzeug.datastructures import FileStorage, MultiDict
from wtforms import BooleanField

from complaints.acts import groups
from complaints.acts.engine import Actor, Done
from complaints.forms.groups import LinkParentForm, MergeForm, UnlinkParentForm, UnmergeForm
from complaints.forms.officer import ActForm
from complaints.queries import casefile
from complaints.queries.casefile import CaseView
from complaints.views.offers.base import Offer
from complaints.workflow import Act
from core.errors import FieldProblem

#: acts that a parent's children may get with the same instruction
SHARED = frozenset({Act.ASSIGN, Act.FOLLOW_UP, Act.RESPOND, Act.CLOSE})
_CHILDREN_TOO = "apply_to_children"
_READ_AT_ONCE = 8 * 1024 * 1024 + 1


def _named(field: str, number: str, actor: Actor) -> uuid.UUID:
    """The report an officer names by its number."""
    found = casefile.find(number, actor)
    if found is None:
        raise FieldProblem(field, f"Laporan {number} tidak ditemukan atau bukan milik kota ini")
    return found


def _merge(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    main = _named("main", form.main.data, actor)
    return groups.merge(case_id, actor, main=main, text=form.text.data or None, version=form.seen_version)


def _unmerge(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return groups.unmerge(case_id, actor, reason=form.reason.data, version=form.seen_version)


def _link(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    parent = _named("parent", form.parent.data, actor)
    return groups.link_parent(case_id, actor, parent=parent, version=form.seen_version)


def _unlink(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return groups.unlink_parent(case_id, actor, version=form.seen_version)


def _follows(case: CaseView, _actor: Actor) -> bool:
    return case.row.parent_id is not None


def _follows_none(case: CaseView, actor: Actor) -> bool:
    return not _follows(case, actor)


OFFERS = (
    Offer(
        Act.MERGE,
        "penggabungan",
        "Gabungkan",
        "Gabungkan laporan",
        MergeForm,
        _merge,
        "Laporan {number} digabung dengan laporan utama.",
    ),
    Offer(
        Act.UNMERGE,
        "pemisahan",
        "Pisahkan kembali",
        "Pisahkan laporan",
        UnmergeForm,
        _unmerge,
        "Laporan {number} dipisahkan kembali.",
        hint="Laporan kembali ke status dan batas waktu sebelum digabung.",
    ),
    Offer(
        Act.LINK_PARENT,
        "induk",
        "Ikutkan ke laporan induk",
        "Simpan laporan induk",
        LinkParentForm,
        _link,
        "Laporan {number} mengikuti laporan induk.",
        fits=_follows_none,
    ),
    Offer(
        Act.UNLINK_PARENT,
        "lepas-induk",
        "Lepaskan dari laporan induk",
        "Lepaskan laporan",
        UnlinkParentForm,
        _unlink,
        "Laporan {number} tidak lagi mengikuti laporan induk.",
        fits=_follows,
    ),
)


class _ForChild:
    """A parent's form as a child's act reads it: the same words, no version seen."""

    seen_version = None

    def __init__(self, form: Any) -> None:
        self._form = form

    def __getattr__(self, name: str) -> Any:
        return getattr(self._form, name)

    def __contains__(self, name: str) -> bool:
        return name in self._form


def sharing(offer: Offer) -> Offer:
    """The offer with a box that applies the act to the children too; others come back as they are."""
    if offer.act not in SHARED:
        return offer
    form = type(f"{offer.form.__name__}ForChildren", (offer.form,), {_CHILDREN_TOO: BooleanField()})

    def prepare(form: Any, case: CaseView) -> None:
        if offer.prepare is not None:
            offer.prepare(form, case)
        _label_or_drop(form, case)

    def run(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
        if not form[_CHILDREN_TOO].data:
            return offer.run(case_id, actor, form)
        files = _kept_files()
        _give(files)
        done = offer.run(case_id, actor, form)

        def again(child_id: uuid.UUID) -> Done:
            _give(files)
            return offer.run(child_id, actor, _ForChild(form))

        results = groups.shared(case_id, again)
        if results:
            token = "selesai" if all(row.ok for row in results) else "tunggu"
            flash(f"Laporan yang mengikuti: {groups.summary(results)}", token)
        return done

    return replace(offer, form=form, prepare=prepare, run=run)


def _label_or_drop(form: ActForm, case: CaseView) -> None:
    """The box names how many there are; without any there is no box."""
    if case.children:
        form[_CHILDREN_TOO].label.text = f"Terapkan juga ke {case.children} laporan yang mengikuti"
    else:
        delattr(form, _CHILDREN_TOO)


def _kept_files() -> list[tuple[str, str, bytes]]:
    """What was sent along, read once: each act of the group stores its own copy."""
    kept = []
    for field, file in request.files.items(multi=True):
        if file.filename and not file.stream.closed:  # closed: taken into the draft already
            kept.append((field, file.filename, file.stream.read(_READ_AT_ONCE)))
        file.close()  # large ones lie in temporary files
    return kept


def _give(files: list[tuple[str, str, bytes]]) -> None:
    """Put the files back where an act reads them."""
    fresh: MultiDict[str, FileStorage] = MultiDict()
    for field, name, data in files:
        fresh.add(field, FileStorage(io.BytesIO(data), name, field))
    request.files = fresh  # type: ignore[assignment] # its immutability guards against slips, not this
