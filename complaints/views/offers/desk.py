"""Acts of the city's desk, as they are offered."""

from __future__ import annotations

import uuid
from typing import Any

from flask import request

from complaints.acts import desk, mentioning
from complaints.acts.engine import Actor, Done
from complaints.forms.checks import choices, chosen_id
from complaints.forms.officer import (
    ArchiveForm,
    CloseForm,
    DeclineForm,
    DeferForm,
    NoteForm,
    VerifyForm,
)
from complaints.labels import ARCHIVE_REASONS, CLASSIFICATIONS
from complaints.queries import reference
from complaints.queries.casefile import CaseView
from complaints.views.offers.base import Offer
from complaints.workflow import Act
from core import formats
from core.web.tenant import required_tenant

#: asks for the list of colleagues in the form of the note
PICK = "sebut"


def _verify(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.verify(
        case_id,
        actor,
        classification=form.classification.data,
        category_id=chosen_id(form.category.data),
        text=form.text.data or None,
        checks=form.checks.data or [],
        version=form.seen_version,
    )


def _archive(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    reason = form.reason.data
    return desk.archive(
        case_id, actor, reason=ARCHIVE_REASONS[reason], text=form.text.data or None, version=form.seen_version
    )


def _close(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.close(case_id, actor, text=form.text.data or None, version=form.seen_version)


def _decline(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.decline_jurisdiction(
        case_id,
        actor,
        institution=form.institution.data,
        reason=form.reason.data,
        version=form.seen_version,
    )


def _defer(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.defer(case_id, actor, text=form.text.data, version=form.seen_version)


def _note(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    chosen = form.mention.data
    return desk.note(case_id, actor, text=form.text.data, officer_ids=[chosen_id(chosen)] if chosen else [])


def _with_colleagues(form: Any, _case: CaseView) -> None:
    """The list of officers is long: it is there when it is asked for, or was used."""
    if request.args.get(PICK) or form.mention.data:
        form.mention.choices = choices({"": "Tidak ada", **dict(mentioning.colleagues())})
    else:
        del form.mention


def _classified(case: CaseView) -> dict[str, Any]:
    # what the reporter chose decides, except that a complaint's kind of supervision is the officer's
    # judgement
    kind = "unsupervised" if case.kind == "complaint" else case.kind
    return {"classification": kind, "category": str(case.category_id)}


def _with_dates(form: Any, case: CaseView) -> None:
    """Klasifikasi shows the date it leads to before anything is saved."""
    form.category.choices = choices(dict(reference.categories()))
    zone = required_tenant().zone
    verify_by = formats.long_datetime(case.row.verify_due_at, zone)
    form.classification.description = (
        f"Verifikasi paling lambat {verify_by}. Batas penyelesaian dihitung sejak laporan diterima."
    )
    form.classification.choices = choices(
        {
            code: f"{label}, selesai paling lambat {formats.long_date(by.astimezone(zone).date())}"
            for code, label in CLASSIFICATIONS.items()
            if (by := case.verify_by.get(code)) is not None
        }
    )


OFFERS = (
    Offer(
        Act.VERIFY,
        "verifikasi",
        "Verifikasi",
        "Verifikasi laporan",
        VerifyForm,
        _verify,
        "Laporan {number} diverifikasi.",
        defaults=_classified,
        prepare=_with_dates,
        words="text",
    ),
    Offer(
        Act.CLOSE,
        "penutupan",
        "Tutup laporan",
        "Tutup laporan",
        CloseForm,
        _close,
        "Laporan {number} ditutup.",
        hint="Pelapor masih dapat menilai dan membuka kembali.",
        words="text",
    ),
    Offer(
        Act.DEFER,
        "penundaan",
        "Tunda (minta keterangan)",
        "Minta keterangan",
        DeferForm,
        _defer,
        "Keterangan untuk laporan {number} diminta dari pelapor.",
        words="text",
    ),
    Offer(
        Act.DECLINE_JURISDICTION,
        "bukan-wewenang",
        "Bukan wewenang",
        "Nyatakan bukan wewenang",
        DeclineForm,
        _decline,
        "Laporan {number} dinyatakan bukan wewenang.",
        is_danger=True,
        words="reason",
    ),
    Offer(
        Act.ARCHIVE,
        "arsip",
        "Arsipkan",
        "Arsipkan laporan",
        ArchiveForm,
        _archive,
        "Laporan {number} diarsipkan.",
        hint="Laporan berakhir dan pelapor membaca alasannya.",
        is_danger=True,
        words="text",
    ),
    Offer(
        Act.NOTE,
        "catatan",
        "Catatan internal",
        "Simpan catatan internal",
        NoteForm,
        _note,
        "Catatan internal laporan {number} disimpan.",
        prepare=_with_colleagues,
    ),
)
