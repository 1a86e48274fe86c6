"""Acts on the clock, as they are offered."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts import clock_acts
from complaints.acts.engine import Actor, Done
from complaints.forms.clock import ExtendForm, ResumeForm
from complaints.views.offers.base import Offer
from complaints.workflow import Act


def _extend(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return clock_acts.extend(
        case_id,
        actor,
        working_days=int(form.working_days.data),
        reason=form.reason.data,
        version=form.seen_version,
    )


def _resume(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return clock_acts.resume(case_id, actor, reason=form.reason.data, version=form.seen_version)


OFFERS = (
    Offer(
        Act.EXTEND,
        "perpanjangan",
        "Perpanjang batas waktu",
        "Perpanjang batas penyelesaian",
        ExtendForm,
        _extend,
        "Batas penyelesaian laporan {number} diperpanjang.",
    ),
    Offer(
        Act.RESUME,
        "lanjutkan",
        "Lanjutkan tanpa menunggu",
        "Lanjutkan laporan",
        ResumeForm,
        _resume,
        "Laporan {number} dilanjutkan.",
        hint="Laporan kembali menunggu verifikasi. Hari menunggu pelapor tidak dihitung.",
    ),
)
