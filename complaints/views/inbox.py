"""The inbox: a view or a search, narrowed by filters, with what can be done to several reports at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request, url_for
from flask_login import current_user

from complaints import presence
from complaints.permissions import Permission
from complaints.ports import sync_tasks, syncs
from complaints.queries import choices, filters, inbox
from complaints.queries.filters import Asked
from complaints.queries.inbox import Inbox
from complaints.queries.views import URGENT, VIEWS, Order, offered
from complaints.views.access import officer_actor, officer_sight
from complaints.views.casework import blueprint
from complaints.views.returning import row_suffix
from core import audit, formats
from core.db.transaction import unit_of_work
from core.web.access import officer_with
from core.web.tenant import required_tenant

#: what can be done to ticked reports: value of the button, words, the permission it takes
BULK = (
    ("disposisi", "Disposisikan ke…", Permission.ASSIGN),
    ("penangan", "Tetapkan penangan…", Permission.HAND_OVER),
    ("gabung", "Gabungkan…", Permission.MERGE),
    ("kategori", "Ubah kategori…", Permission.RECATEGORISE),
)


@blueprint.get("/petugas/", endpoint="inbox")
@officer_with(Permission.VIEW)
def inbox_page() -> str | tuple[str, int]:
    """The list of a view, most urgent first, or what a search found."""
    asked, tasks = _allowed(filters.read(request.args)), sync_tasks()
    try:
        found = inbox.load_asked(asked, officer_sight(), tasks=tasks[0] if tasks else None)
    except inbox.ListUnavailable:
        return _page(asked, inbox.EMPTY, is_down=True), 503
    return _page(asked, found, tasks_url=tasks[1] if tasks else None)


def _allowed(asked: Asked) -> Asked:
    """A view that this officer is not offered is the first one."""
    keys = offered(own_unit=current_user.own_department_only, syncs=syncs())
    return asked if asked.view in keys else replace(asked, view=keys[0], after=None)


def _record_search(found: Inbox) -> None:
    """Who searched for a person is told by the reports that were shown, not by what was typed."""
    actor = officer_actor()
    with unit_of_work(goes_on=True):
        audit.record(
            "reporter.searched",
            actor_id=actor.id,
            actor_name=actor.name,
            by=found.identity,
            numbers=[row.number for row in found.rows],
        )


def _page(asked: Asked, found: Inbox, *, tasks_url: str | None = None, is_down: bool = False) -> str:
    sight, suffix = officer_sight(), row_suffix(asked)
    grants = officer_actor().grants
    is_open = request.args.get("saring") == "buka" or bool(asked.problems)
    labels = choices.labels(asked.filters) if asked.filters and not is_down else {}
    panel = choices.panel(asked, sight) if is_open and not is_down else None
    if found.identity is not None:
        _record_search(found)
    return render_template(
        "complaints/officer/inbox.html",
        asked=asked,
        list_query=asked.as_text(),
        views=_views(found, asked),
        rows=found.rows,
        row_urls=[f"/petugas/laporan/{row.number}{suffix}{row.place}" for row in found.rows],
        openers=presence.others_at([row.id for row in found.rows], current_user.id),
        page=_pages(found, asked),
        first_url=_first_url(found, asked, suffix),
        heading=VIEWS[asked.view].label,
        caption=_caption(asked),
        empty_text=_empty_text(found, asked),
        is_cut=found.is_cut,
        is_down=is_down,
        chips=_chips(asked, labels),
        panel=panel,
        panel_url=f"{url_for('casework.inbox')}?{asked.as_text(after=None)}&saring=buka#saringan",
        saved_views=_saved(found, asked),
        sync_tasks=(found.tasks, tasks_url),
        mentions=found.mentions,
        may_search_reporters=sight.may_see_identity,
        bulk=[(value, words) for value, words, permission in BULK if permission in grants],
        is_all_ticked=request.args.get("pilih") == "semua",
    )


def _views(found: Inbox, asked: Asked) -> list[dict[str, Any]]:
    root = url_for("casework.inbox")
    size = "" if asked.size == filters.USUAL_SIZE else f"&per={asked.size}"
    return [
        {
            "key": key,
            "label": VIEWS[key].label,
            "count": min(found.counts[key], inbox.MOST_COUNTED) if key in found.counts else None,
            "has_more": found.counts.get(key, 0) > inbox.MOST_COUNTED,
            "url": f"{root}?tampilan={key}{size}",
            "is_current": key == asked.view and not asked.words,
        }
        for key in offered(own_unit=current_user.own_department_only, syncs=syncs())
    ]


def _pages(found: Inbox, asked: Asked) -> dict[str, Any]:
    def url(**changes: Any) -> str:
        return f"{url_for('casework.inbox')}?{asked.as_text(**changes)}"

    return {
        "next_url": url(after=found.cursor) if found.cursor else None,
        "previous_url": url(after=None) if asked.after else None,
        "size": asked.size,
        "sizes": [
            {"n": n, "url": url(size=n, after=None), "is_current": n == asked.size} for n in inbox.SIZES
        ],
    }


def _first_url(found: Inbox, asked: Asked, suffix: str) -> str | None:
    if not found.rows or asked.view not in URGENT or asked.words:
        return None
    return f"/petugas/laporan/{found.rows[0].number}{suffix}{found.rows[0].place}"


def _chips(asked: Asked, labels: dict[str, str]) -> list[dict[str, str]]:
    """What is filtered, each with the address of the list without it."""
    root = url_for("casework.inbox")
    return [
        {
            "label": filters.LABELS[key],
            "value": labels.get(key, "tidak dikenal"),
            "url": f"{root}?{asked.without(key).as_text()}",
        }
        for key in filters.KEYS
        if key in asked.filters
    ]


def _saved(found: Inbox, asked: Asked) -> list[dict[str, Any]]:
    root, here = url_for("casework.inbox"), asked.as_text(with_page=False)
    return [
        {
            "name": each.name,
            "owner": None if each.is_mine else each.owner,
            "url": f"{root}?{each.asked}",
            "is_current": each.asked == here,
        }
        for each in found.saved
    ]


def _caption(asked: Asked) -> str:
    urgent = VIEWS[asked.view].order is Order.DUE and not asked.words
    return "Daftar laporan, paling mendesak di atas" if urgent else "Daftar laporan, terbaru di atas"


def _empty_text(found: Inbox, asked: Asked) -> str:
    if asked.words:
        return f"Tidak ada laporan yang cocok dengan “{asked.words}”."
    if asked.filters:
        return "Tidak ada laporan yang cocok dengan saringan ini."
    if asked.view not in URGENT or asked.view == "eskalasi":
        return "Belum ada laporan pada tampilan ini."
    if found.next_due is None:
        return "Tidak ada yang perlu Anda tindak lanjuti sekarang."
    when = formats.long_date(found.next_due.astimezone(required_tenant().zone).date())
    return f"Tidak ada yang perlu Anda tindak lanjuti sekarang. Laporan berikutnya jatuh tempo {when}."
