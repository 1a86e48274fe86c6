"""Acts of the department that has the case, as they are offered."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts import handling, uploads
from complaints.acts.engine import Actor, Done
from complaints.forms.officer import FollowUpForm, RespondForm
from complaints.views.files import incoming, limits
from complaints.views.offers.base import Offer
from complaints.workflow import Act


def _follow_up(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = uploads.clean_all(incoming(), limits())
    return handling.follow_up(
        case_id,
        actor,
        text=form.text.data,
        is_public=form.is_public.data,
        files=files,
        version=form.seen_version,
    )


def _respond(case_id: uuid.UUID, actor: Actor, form: Any) -> Done:
    files = uploads.clean_all(incoming(), limits())
    return handling.respond(case_id, actor, text=form.text.data, files=files, version=form.seen_version)


OFFERS = (
    Offer(
        Act.FOLLOW_UP,
        "tindak-lanjut",
        "Tindak lanjut",
        "Simpan tindak lanjut",
        FollowUpForm,
        _follow_up,
        "Tindak lanjut laporan {number} disimpan.",
    ),
    Offer(
        Act.RESPOND,
        "tanggapan",
        "Tulis tanggapan",
        "Kirim tanggapan ke pelapor",
        RespondForm,
        _respond,
        "Tanggapan laporan {number} dikirim.",
    ),
)
