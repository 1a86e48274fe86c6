"""Figures as tests look at them: what is stored, and changes without a case."""

from datetime import UTC, date, datetime

from sqlalchemy import insert, select

from complaints.acts.engine import Actor
from core.db.transaction import unit_of_work
from core.extensions import db
from monitoring.models import Figure, FigureChange

#: a Monday, 9 o'clock in Jakarta, with three ordinary weeks behind it
NOW = datetime(2026, 3, 9, 2, tzinfo=UTC)
TODAY = date(2026, 3, 9)
OFFICER = Actor("system", "Sistem")


def stored(*, grain="day"):
    """The bound tenant's figures: (metric, day, bucket) → value."""
    rows = db.session.execute(
        select(Figure.metric, Figure.on, Figure.bucket, Figure.value).where(Figure.grain == grain)
    )
    found = {(metric, on, bucket): value for metric, on, bucket, value in rows}
    db.session.rollback()
    return found


def some_changes(n, *, bucket=0):
    with unit_of_work() as session:
        row = {"metric": "received", "on": TODAY, "bucket": bucket, "delta": 1}
        session.execute(insert(FigureChange), [row] * n)
