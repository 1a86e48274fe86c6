"""The disposition and the acts of the department that has the case, as they are offered."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts import desk, handling, units, uploads
from complaints.acts.engine import Actor, Done
from complaints.forms.checks import choices, chosen_id
from complaints.forms.officer import RespondForm
from complaints.forms.unit import (
    AcceptForm,
    ApproveForm,
    AssignForm,
    FollowUpForm,
    HandOverForm,
    ProposeForm,
    ReturnForm,
    SendBackForm,
)
from complaints.permissions import Permission
from complaints.queries import officers, reference
from complaints.queries.casefile import CaseView
from complaints.views import drafts
from complaints.views.files import incoming, limits
from complaints.views.offers.base import Offer
from complaints.workflow import Act
from core.errors import FieldProblem
from core.media import CleanUpload, UploadRefused


def _assign(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return desk.assign(
        case_id,
        actor,
        department_id=chosen_id(form.department.data),
        copies=[chosen_id(each) for each in form.copies.data or []],
        urgency=form.urgency.data,
        instructions=form.instructions.data or [],
        internal_due_on=form.internal_due_on.data,
        note=form.note.data or None,
        version=form.seen_version,
    )


def _accept(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return units.accept(case_id, actor, version=form.seen_version)


def _hand_over(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return units.hand_over(
        case_id,
        actor,
        handler_id=chosen_id(form.handler.data),
        note=form.note.data or None,
        version=form.seen_version,
    )


def _return(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return units.return_to_desk(case_id, actor, reason=form.reason.data, version=form.seen_version)


def _follow_up(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return handling.follow_up(
        case_id,
        actor,
        text=form.text.data,
        is_public=form.is_public.data,
        before=_cleaned("before"),
        files=_cleaned("files"),
        worked_on=form.worked_on.data,
        progress=form.percentage,
        version=form.seen_version,
    )


def _cleaned(field: str) -> list[CleanUpload]:
    """The files of one field, cleaned. Raises FieldProblem at the field for one that cannot be taken."""
    try:
        return uploads.clean_all(incoming(field), limits())
    except UploadRefused as refusal:
        raise FieldProblem(field, refusal.message) from refusal


def _respond(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = drafts.files(actor, form)
    return handling.respond(case_id, actor, text=form.text.data, files=files, version=form.seen_version)


def _propose(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = drafts.files(actor, form)
    return units.propose(case_id, actor, text=form.text.data, files=files, version=form.seen_version)


def _approve(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return units.approve(case_id, actor, text=form.text.data, version=form.seen_version)


def _send_back(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return units.send_back(case_id, actor, reason=form.reason.data, version=form.seen_version)


def _usual_department(case: CaseView) -> dict[str, Any]:
    known = case.default_department_id
    return {} if known is None else {"department": str(known)}


def _with_departments(form: Any, _case: CaseView) -> None:
    known = dict(reference.departments())
    form.department.choices = choices({"": "Pilih unit", **known})
    form.copies.choices = choices(known)


def _with_colleagues(form: Any, case: CaseView) -> None:
    known = dict(officers.of_department(case.row.department_id))
    form.handler.choices = choices({"": "Pilih petugas", **known})


def _not_accepted(case: CaseView, _actor: Actor) -> bool:
    return case.row.accepted_at is None


def _may_answer(case: CaseView, actor: Actor) -> bool:
    return not case.needs_approval or Permission.APPROVE in actor.grants


def _proposed_text(case: CaseView) -> dict[str, Any]:
    return {"text": (case.row.proposal or {}).get("text", "")}


OFFERS = (
    Offer(
        Act.ASSIGN,
        "disposisi",
        "Disposisi",
        "Disposisikan",
        AssignForm,
        _assign,
        "Laporan {number} didisposisikan.",
        defaults=_usual_department,
        prepare=_with_departments,
    ),
    Offer(
        Act.ACCEPT,
        "terima",
        "Terima dan kerjakan",
        "Terima dan kerjakan",
        AcceptForm,
        _accept,
        "Laporan {number} Anda terima.",
        fits=_not_accepted,
    ),
    Offer(
        Act.HAND_OVER,
        "penangan",
        "Tetapkan penangan",
        "Tetapkan penangan",
        HandOverForm,
        _hand_over,
        "Penangan laporan {number} ditetapkan.",
        prepare=_with_colleagues,
    ),
    Offer(
        Act.FOLLOW_UP,
        "tindak-lanjut",
        "Tindak lanjut",
        "Simpan tindak lanjut",
        FollowUpForm,
        _follow_up,
        "Tindak lanjut laporan {number} disimpan.",
        words="text",
    ),
    Offer(
        Act.RESPOND,
        "tanggapan",
        "Tulis tanggapan",
        "Kirim tanggapan ke pelapor",
        RespondForm,
        _respond,
        "Tanggapan laporan {number} dikirim.",
        fits=_may_answer,
        words="text",
        previews=True,
    ),
    Offer(
        Act.PROPOSE,
        "usulan",
        "Ajukan tanggapan",
        "Ajukan kepada kepala unit",
        ProposeForm,
        _propose,
        "Tanggapan laporan {number} diajukan kepada kepala unit.",
        hint="Pelapor baru menerima tanggapan setelah kepala unit menyetujuinya.",
        defaults=_proposed_text,
        words="text",
        previews=True,
    ),
    Offer(
        Act.APPROVE,
        "persetujuan",
        "Setujui tanggapan",
        "Setujui dan kirim ke pelapor",
        ApproveForm,
        _approve,
        "Tanggapan laporan {number} disetujui dan dikirim.",
        hint="Anda dapat memperbaiki teks sebelum menyetujuinya. Berkas yang diajukan ikut dikirim.",
        defaults=_proposed_text,
        words="text",
        previews=True,
    ),
    Offer(
        Act.SEND_BACK,
        "perbaikan",
        "Kembalikan untuk diperbaiki",
        "Kembalikan tanggapan",
        SendBackForm,
        _send_back,
        "Tanggapan laporan {number} dikembalikan untuk diperbaiki.",
    ),
    Offer(
        Act.RETURN,
        "pengembalian",
        "Kembalikan ke admin",
        "Kembalikan ke admin",
        ReturnForm,
        _return,
        "Laporan {number} dikembalikan ke admin.",
        hint="Batas waktu laporan tetap berjalan selama laporan berada di admin.",
    ),
)
