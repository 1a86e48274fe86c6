"""Kesamaan data: one number, and every difference behind it with both sides and what can be done."""

from __future__ import annotations

import math
import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from complaints.views.access import officer_actor
from core import formats
from core.web.access import CITY, officer_with
from core.web.tenant import required_tenant
from sp4n.parity import queries, resolve
from sp4n.parity.store import Summary
from sp4n.permissions import Sp4nPermission
from sp4n.views.blueprint import blueprint, may, navigation

_FIRST = next(iter(queries.LISTS))


def differences_page(complaint_id: uuid.UUID) -> str | None:
    """Where this officer sees both sides of a report; None for one who may not. Asked by the case page."""
    if not may(Sp4nPermission.VIEW):
        return None
    return url_for("sp4n.parity", laporan=complaint_id) + "#daftar"


@blueprint.get("/kesamaan", endpoint="parity")
@officer_with(Sp4nPermission.VIEW, CITY)
def parity_page() -> str:
    """The number, the lag, the trend and one of the lists, or one report."""
    return _render()


def _render(outcomes: list[resolve.Outcome] | None = None, error: str | None = None) -> str:
    kind = request.args.get("daftar", _FIRST)
    kind = kind if kind in queries.LISTS else _FIRST
    found = queries.summary()
    one = _asked_report()
    if one is None:
        rows, cursor = queries.reports(kind, request.args.get("setelah"))
    else:
        kind, rows, cursor = one[0] or kind, [one[1]] if one[0] else [], None
    lag = queries.lag()
    return render_template(
        "sp4n/parity.html",
        navigation=navigation(),
        sentence=_sentence(found),
        tiles=_tiles(found),
        lag=lag,
        lag_words=(_seconds(lag.median), _seconds(lag.p95)),
        chart=_chart(),
        lists=[
            {
                "key": key,
                "label": label,
                "count": found.counts[state],
                "url": url_for("sp4n.parity", daftar=key) + "#daftar",
                "is_current": key == kind and one is None,
            }
            for key, (state, label) in queries.LISTS.items()
        ],
        rows=rows,
        next_url=url_for("sp4n.parity", daftar=kind, setelah=cursor) + "#daftar" if cursor else None,
        is_settled=kind in ("diabaikan", "hanya-di-sini"),
        was_compared=found.compared > 0,
        case_number=one[1].number if one else None,
        outcomes=outcomes,
        error=error,
        action=url_for("sp4n.settle", **_place(kind)),
    )


def _asked_report() -> tuple[str | None, queries.ReportView] | None:
    try:
        return queries.report_of(uuid.UUID(request.args.get("laporan", "")))
    except ValueError:
        return None


def _place(kind: str) -> dict[str, Any]:
    """Which part of the page is shown, as it stands in its address."""
    only = {"laporan": request.args["laporan"]} if "laporan" in request.args else {}
    return {"daftar": kind, **only}


@blueprint.post("/kesamaan", endpoint="settle")
@officer_with(Sp4nPermission.SETTLE, CITY)
def settle_page() -> Response | tuple[str, int]:
    """Settle one difference (its own button) or all that are ticked."""
    how, keys = _chosen()
    if how not in (resolve.TAKE, resolve.SEND, resolve.IGNORE):
        return _render(error="Pilih tindakan"), 422
    if not keys:
        return _render(error="Pilih paling sedikit satu perbedaan"), 422
    reason = request.form.get("alasan", "").strip()
    if how == resolve.IGNORE and len(reason) < resolve.SHORTEST_REASON:
        words = f"Tulis alasan paling sedikit {resolve.SHORTEST_REASON} huruf untuk mengabaikan perbedaan"
        return _render(error=words), 422
    outcomes = resolve.settle(keys, how, officer_actor(), reason)
    if len(outcomes) > 1 or not outcomes[0].is_done:
        return _render(outcomes), 200
    flash(f"Laporan {outcomes[0].number}: {outcomes[0].message}.", "selesai")
    return redirect(url_for("sp4n.parity", **_place(request.args.get("daftar", _FIRST))) + "#daftar", 303)


def _chosen() -> tuple[str, list[str]]:
    single = request.form.get("satu", "")
    if single:
        how, _, key = single.partition("|")
        return how, [key]
    return request.form.get("tindakan", ""), request.form.getlist("pilih")[: resolve.MOST_AT_ONCE]


def _sentence(found: Summary) -> str:
    if found.share is None or found.newest_at is None:
        return "Belum ada laporan yang dibandingkan."
    percent = formats.percent(math.floor(found.share * 1000) / 1000)  # never rounded up to a whole
    missing = found.not_compared
    parts = [
        f"{percent} laporan sama dengan SP4N-LAPOR!. {formats.number(found.compared)} laporan dibandingkan"
    ]
    if missing:
        parts.append(f"{formats.number(missing)} belum dibandingkan")
    when = formats.long_datetime(found.newest_at, required_tenant().zone)
    return f"{'; '.join(parts)}; terakhir {when}."


def _tiles(found: Summary) -> list[dict[str, Any]]:
    counts = found.counts
    return [
        {"label": "Identik", "value": counts["identical"]},
        {"label": "Berbeda", "value": counts["different"]},
        {"label": "Hanya di sini", "value": counts["only_here"]},
        {"label": "Hanya di SP4N", "value": found.only_there},
        {"label": "Belum pasti", "value": counts["unknown"]},
        {"label": "Belum dibandingkan", "value": found.not_compared},
        {"label": "Diabaikan", "value": counts["ignored"]},
    ]


def _chart() -> dict[str, Any] | None:
    days = queries.trend()
    if len(days) < 2:
        return None
    shares = [queries.share_of(day) for day in days]
    points = [
        {
            "label": queries.day_label(day.day),
            "value": None if share is None else int(share * 1000) / 10,
        }
        for day, share in zip(days, shares, strict=True)
    ]
    return {
        "caption": f"Kesamaan data {len(days)} hari terakhir, dalam persen",
        "series": [{"label": "% sama", "dash": "", "color": "#0a489f", "points": points}],
    }


def _seconds(value: float | None) -> str | None:
    if value is None:
        return None
    for size, word in ((86_400, "hari"), (3_600, "jam"), (60, "menit")):
        if value >= 1.5 * size:
            return f"{formats.decimal(value / size, 1)} {word}"
    return f"{formats.decimal(value, 1)} detik"
