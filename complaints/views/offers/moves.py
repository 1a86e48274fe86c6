"""Moving a report to another city, and taking it back where that city could not take it, as offered."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts.engine import Actor, Done
from complaints.acts.moves import sending
from complaints.forms.checks import choices
from complaints.forms.moves import CallBackForm, TransferForm
from complaints.queries import moves as queries
from complaints.queries.casefile import CaseView
from complaints.views.offers.base import Offer
from complaints.workflow import Act


def _transfer(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    given = form.target.data or ""
    target = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
    return sending.transfer(case_id, actor, target=target, reason=form.reason.data, version=form.seen_version)


def _call_back(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return sending.call_back(case_id, actor, version=form.seen_version)


def _with_targets(form: Any, _case: CaseView) -> None:
    cities = {str(city.id): city.name for city in queries.targets()}
    form.target.choices = choices({"": "Pilih kota atau kabupaten", **cities})


def _was_refused(case: CaseView, actor: Actor) -> bool:
    if f"complaint.{Act.TRANSFER}" not in actor.grants:
        return False
    move = queries.move_of(case.row)
    return move is not None and move.state == queries.REFUSED


OFFERS = (
    Offer(
        Act.TRANSFER,
        "pemindahan",
        "Pindahkan ke pemerintah daerah lain",
        "Pindahkan laporan",
        TransferForm,
        _transfer,
        "Laporan {number} diteruskan ke kota tujuan.",
        hint="Nomor, riwayat, lampiran, dan batas waktu ikut pindah. Pelapor tetap memakai PIN yang sama.",
        prepare=_with_targets,
        is_danger=True,
    ),
    Offer(
        Act.UNDO,
        "tarik-pemindahan",
        "Tarik kembali dari pemindahan",
        "Tarik kembali laporan",
        CallBackForm,
        _call_back,
        "Laporan {number} ditarik kembali.",
        hint="Kota tujuan tidak dapat menerima laporan ini. Laporan kembali ke status sebelum dipindahkan.",
        fits=_was_refused,
    ),
)
