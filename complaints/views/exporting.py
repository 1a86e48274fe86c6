"""The inbox as a file: what was ticked or the whole list, told to the audit, with nobody's identity in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import Response

from complaints import spreadsheets
from complaints.queries import choices, filters, inbox, picked, search
from complaints.queries.filters import Asked
from complaints.queries.inbox import Sight
from complaints.queries.views import VIEWS
from complaints.views.access import officer_actor, officer_sight
from core import audit, clock, formats
from core.db.transaction import unit_of_work
from core.web.tenant import required_tenant

MOST = 10_000


def export(kind: str, asked: Asked, numbers: Sequence[str] | None) -> Response | None:
    """The ticked reports, or (`numbers` None) the list that was asked for; None where nothing is ticked."""
    sight, zone = officer_sight(), required_tenant().zone
    ids = _all_of(asked, sight) if numbers is None else [case.id for case in picked.picked(numbers, sight)]
    if not ids and numbers is not None:
        return None
    rows = picked.exported(ids, sight)
    actor = officer_actor()
    with unit_of_work():
        audit.record(
            "inbox.exported",
            actor_id=actor.id,
            actor_name=actor.name,
            kind=kind,
            query=asked.as_text(with_page=False) if not asked.of_reporter else "",
            count=len(rows),
            ticked=numbers is not None,
        )
    if kind == "csv":
        body, media_type = spreadsheets.as_csv(picked.HEADINGS, rows, zone), spreadsheets.CSV_TYPE
    else:
        about = _about(asked, len(rows))
        body, media_type = spreadsheets.as_xlsx(picked.HEADINGS, rows, zone, about), spreadsheets.XLSX_TYPE
    name = f"laporan-{clock.now().astimezone(zone):%Y%m%d-%H%M}.{kind}"
    answer = Response(body, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _all_of(asked: Asked, sight: Sight) -> Sequence[uuid.UUID]:
    if not asked.words:
        return inbox.export(asked.view, most=MOST, filters=asked.filters, sight=sight)
    found = inbox.load_asked(asked, sight, size=search.REACH - 1)
    return [row.id for row in found.rows]


def _about(asked: Asked, count: int) -> list[str]:
    """How the table came about, for whoever finds it later."""
    tenant = required_tenant()
    labels = choices.labels(asked.filters)
    lines = [
        f"{tenant.name}, {formats.long_datetime(clock.now(), tenant.zone)}",
        f"Tampilan: {VIEWS[asked.view].label}",
        *(f"{filters.LABELS[key]}: {labels.get(key, '')}" for key in filters.KEYS if key in asked.filters),
        f"Jumlah laporan: {formats.number(count)}",
    ]
    return [*lines, f"Paling banyak {formats.number(MOST)} laporan dalam satu berkas."]
