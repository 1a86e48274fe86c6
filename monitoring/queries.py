"""What the province's page reads: figures alone, in three statements however many cities there are.

Everything is of the bound tenant's own cities; row security would give it no others.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, union_all

from core.db.tenancy import bound_tenant_id
from core.extensions import db
from core.jobs import sweeping
from core.jobs.queue import registry
from core.jobs.sweeping import Swept
from monitoring import indicators, page, periods
from monitoring.figures import FOLD
from monitoring.indicators import (
    ANSWER_DAYS,
    AT_PROVINCE,
    CLOSED,
    DAY,
    ESCALATED,
    MONTH,
    OPEN,
    OPEN_DUE,
    PARITY,
    RECEIVED,
    UNSENT,
    VERIFIED_DAYS,
)
from monitoring.models import Figure, FigureState
from monitoring.page import City, Dashboard, Sums
from monitoring.periods import Period
from tenants.models import ACTIVE, Tenant

CHART_MONTHS = 12


def dashboard(period: Period, *, now: datetime, today: date) -> Dashboard:
    """The figures of the bound province's cities. `today` is the province's local date."""
    url_of = current_app.extensions["settings"].url_of
    swept = sweeping.last(registry(), FOLD, now)
    cities = _cities(swept)
    sums = _sums(period, now)
    months = periods.months_until(today, CHART_MONTHS)
    return Dashboard(
        as_of=_own_fold(swept) or now,
        totals=page.totals(sums[city.id] for city in cities),
        rows=[page.row(city, url_of(city.slug), sums[city.id], now) for city in cities],
        chart=page.chart(months, _monthly(months)) if cities else None,
    )


def _own_fold(swept: Swept | None) -> datetime | None:
    """Until when the province's own figures are complete."""
    own = bound_tenant_id()
    folded_at = db.session.scalar(select(FigureState.folded_at).where(FigureState.tenant_id == own))
    return _until(swept, own, folded_at)


def _until(swept: Swept | None, tenant_id: int, folded_at: datetime | None) -> datetime | None:
    """Until when figures are complete: that nothing waits to be added, the sweep knows."""
    return folded_at if swept is None else swept.done_until(tenant_id, folded_at)


def _cities(swept: Swept | None) -> list[City]:
    """Live cities by official code, with the oldest message that waits for the national system."""
    oldest = (
        select(Figure.on, Figure.bucket)
        .where(Figure.tenant_id == Tenant.id, Figure.grain == DAY, Figure.metric == UNSENT, Figure.value > 0)
        .order_by(Figure.on, Figure.bucket)
        .limit(1)
        .lateral("oldest")
    )
    found = db.session.execute(
        select(Tenant.id, Tenant.name, Tenant.slug, FigureState.folded_at, oldest.c.on, oldest.c.bucket)
        .outerjoin(FigureState, FigureState.tenant_id == Tenant.id)
        .outerjoin(oldest, true())
        .where(Tenant.province_id == bound_tenant_id(), Tenant.status == ACTIVE)
        .order_by(Tenant.code)
    )
    return [
        City(
            id_,
            name,
            slug,
            _until(swept, id_, folded_at),
            None if on is None else indicators.minute_of(on, bucket),
        )
        for id_, name, slug, folded_at, on, bucket in found
    ]


def _sums(period: Period, now: datetime) -> defaultdict[int, Sums]:
    """Counters of the period and gauges of the moment, by city."""
    sums: defaultdict[int, Sums] = defaultdict(page.empty)
    statement = union_all(
        _counters(period), _standing(OPEN), _standing(AT_PROVINCE), _parity(), _overdue(now)
    )
    for row in db.session.execute(statement):
        tenant_id, metric, bucket, value = row
        sums[tenant_id][metric][bucket] = int(value)
    return sums


def _counters(period: Period) -> Select[int, str, int, int]:
    wanted = (RECEIVED, VERIFIED_DAYS, ANSWER_DAYS, CLOSED, ESCALATED)
    return (
        select(Figure.tenant_id, Figure.metric, Figure.bucket, func.sum(Figure.value))
        .where(
            _own_cities(period.grain),
            Figure.metric.in_(wanted),
            Figure.on.between(period.first, period.last),
        )
        .group_by(Figure.tenant_id, Figure.metric, Figure.bucket)
    )


def _parity() -> Select[int, str, int, int]:
    return (
        select(Figure.tenant_id, Figure.metric, Figure.bucket, func.sum(Figure.value))
        .where(_own_cities(DAY), Figure.metric == PARITY, Figure.on == indicators.STANDING)
        .group_by(Figure.tenant_id, Figure.metric, Figure.bucket)
    )


def _standing(metric: str) -> Select[int, str, int, int]:
    return _gauge(metric).where(Figure.on == indicators.STANDING)


def _overdue(now: datetime) -> Select[int, str, int, int]:
    today, minute = indicators.first_minute_not_past(now)
    return _gauge(OPEN_DUE).where(
        Figure.on <= today, or_(Figure.on < today, and_(Figure.on == today, Figure.bucket < minute))
    )


def _gauge(metric: str) -> Select[int, str, int, int]:
    return (
        select(Figure.tenant_id, Figure.metric, literal(0), func.sum(Figure.value))
        .where(_own_cities(DAY), Figure.metric == metric)
        .group_by(Figure.tenant_id, Figure.metric)
    )


def _own_cities(grain: str) -> ColumnElement[bool]:
    return and_(Figure.province_id == bound_tenant_id(), Figure.grain == grain)


def _monthly(months: list[date]) -> dict[tuple[str, date], int]:
    """Received and completed of all cities, by month."""
    found = db.session.execute(
        select(Figure.metric, Figure.on, func.sum(Figure.value))
        .where(
            _own_cities(MONTH),
            Figure.metric.in_((RECEIVED, CLOSED)),
            Figure.on.between(months[0], months[-1]),
        )
        .group_by(Figure.metric, Figure.on)
    )
    return {(metric, month): int(value) for metric, month, value in found}
