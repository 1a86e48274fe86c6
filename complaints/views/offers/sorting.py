"""Acts that sort a case, as they are offered."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts import sorting
from complaints.acts.engine import Actor, Done
from complaints.forms.checks import choices, chosen_id
from complaints.forms.sorting import ConfidentialForm, RecategoriseForm
from complaints.queries import reference
from complaints.queries.casefile import CaseView
from complaints.views.offers.base import Offer
from complaints.workflow import Act


def _recategorise(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return sorting.recategorise(
        case_id,
        actor,
        category_id=chosen_id(form.category.data),
        text=form.text.data or None,
        version=form.seen_version,
    )


def _mark(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    return sorting.mark_confidential(case_id, actor, reason=form.reason.data, version=form.seen_version)


def _with_categories(form: Any, case: CaseView) -> None:
    others = {id_: name for id_, name in reference.categories() if id_ != str(case.category_id)}
    form.category.choices = choices({"": "Pilih kategori", **others})


def _is_open_to_all(case: CaseView, _actor: Actor) -> bool:
    return not case.is_confidential


OFFERS = (
    Offer(
        Act.RECATEGORISE,
        "kategori",
        "Ubah kategori",
        "Ubah kategori",
        RecategoriseForm,
        _recategorise,
        "Kategori laporan {number} diubah.",
        hint="Unit dan batas waktu tidak berubah.",
        prepare=_with_categories,
    ),
    Offer(
        Act.MARK_CONFIDENTIAL,
        "rahasia",
        "Tandai rahasia",
        "Tandai rahasia",
        ConfidentialForm,
        _mark,
        "Laporan {number} ditandai rahasia.",
        hint="Isi laporan tidak lagi ditampilkan kepada publik.",
        fits=_is_open_to_all,
    ),
)
