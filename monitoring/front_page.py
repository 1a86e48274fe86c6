"""The three figures of a city's own front page: two reads of sums, no complaint row."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from sqlalchemy import func, select

from core import clock
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from core.web.tenant import required_tenant
from monitoring.indicators import ANSWER_DAYS, CLOSED, MONTH, ON_TIME, RECEIVED, median
from monitoring.models import Figure

#: below so many reports since the beginning of the period a figure says more of chance than of the service
FEWEST_REPORTS = 10
MONTHS_OF_MEDIAN = 3


class FrontFigures(TypedDict):
    """As the page shows them: reports this month, median working days to the first answer, share on time."""

    month_count: int
    median_days: float | None
    on_time: float | None


def figures() -> FrontFigures | None:
    """Figures of the bound city:

    this month's reports, and of three months the median answer and share on time.
    """
    today = clock.local_date(required_tenant().zone)
    this_month = today.replace(day=1)
    since = _months_back(this_month, MONTHS_OF_MEDIAN - 1)
    rows = db.session.execute(
        select(Figure.metric, Figure.on, Figure.bucket, func.sum(Figure.value))
        .where(
            Figure.tenant_id == bound_tenant_id(),
            Figure.grain == MONTH,
            Figure.metric.in_((RECEIVED, ANSWER_DAYS, CLOSED)),
            Figure.on >= since,
        )
        .group_by(Figure.metric, Figure.on, Figure.bucket)
    ).all()
    received = sum(int(value) for metric, _, _, value in rows if metric == RECEIVED)
    if received < FEWEST_REPORTS:
        return None
    answers: dict[int, int] = {}
    closed: dict[int, int] = {}
    for metric, _, bucket, value in rows:
        if metric == ANSWER_DAYS:
            answers[bucket] = answers.get(bucket, 0) + int(value)
        elif metric == CLOSED:
            closed[bucket] = closed.get(bucket, 0) + int(value)
    ended = sum(closed.values())
    return {
        "month_count": sum(
            int(value) for metric, on, _, value in rows if metric == RECEIVED and on == this_month
        ),
        "median_days": median(answers),
        "on_time": closed.get(ON_TIME, 0) / ended if ended else None,
    }


def _months_back(month: date, months: int) -> date:
    total = month.year * 12 + month.month - 1 - months
    return date(total // 12, total % 12 + 1, 1)
