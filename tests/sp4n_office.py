"""A city connected to a running simulator, with the handles a test of the exchange needs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from complaints.acts.engine import Actor
from complaints.models import Category, Complaint, ComplaintEvent
from complaints.permissions import GRANTS
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.outbox.models import OutboxMessage
from sp4n import settings, upkeep
from sp4n.delivery import deliver_due
from sp4n.inbound import poll
from sp4n.models import InboundMessage, Sp4nLink, Sp4nSettings
from tests.conftest import City, submission
from tests.simulator_process import Account, SimulatorProcess

#: an officer who may do everything a city's administrator may
DESK = Actor("officer", "Petugas", grants=GRANTS["city_administrator"])


@dataclass(frozen=True)
class Office:
    """The city on one side, its account on the other."""

    app: Flask
    city: City
    simulator: SimulatorProcess
    account: Account

    @contextmanager
    def scope(self) -> Iterator[Session]:
        with tenant_scope(self.city.id, self.app) as session:
            yield session

    def connect(self, **values: Any) -> None:
        given: dict[str, Any] = {
            "mode": "active",
            "base_url": self.simulator.url,
            "auth_secret": self.account.secret,
            "token_secret": self.account.token,
            "institution_id": str(self.account.institution_id),
            "poll_seconds": 60,
        }
        with self.scope():
            settings.configure(**(given | values))

    def map_everything(self) -> None:
        """Every category and klasifikasi has its number there."""
        with self.scope():
            for classification in ("complaint", "unsupervised", "supervised"):
                upkeep.map_value("classification", classification, "6")
            with unit_of_work() as session:
                codes = session.scalars(select(Category.code)).all()
            for number, code in enumerate(codes, 400):
                upkeep.map_value("category", code, str(number))

    def file(self, **overrides: Any) -> uuid.UUID:
        from complaints.acts import intake

        with self.scope():
            found: uuid.UUID = intake.submit(submission(**overrides)).complaint_id
            return found

    def do(self, act: Callable[..., Any], *args: Any, **values: Any) -> Any:
        """An act in a scope of its own, as a request would do it."""
        with self.scope():
            return act(*args, **values)

    def deliver(self) -> int:
        with self.scope():
            return deliver_due()

    def hurry(self) -> None:
        """As if the waits were over: pauses end, put-off messages and run-out leases are due."""
        with self.scope(), unit_of_work() as session:
            session.execute(
                update(OutboxMessage)
                .where(OutboxMessage.due_at.is_not(None))
                .values(due_at=clock.now() - timedelta(seconds=1))
            )
            session.execute(update(Sp4nSettings).values(paused_until=None))

    def poll(self, *, gives_way: bool = False) -> int:
        """Poll now, whatever the schedule says; every linked report is read, or until sending goes first."""
        with self.scope(), unit_of_work() as session:
            now = clock.now()
            session.execute(update(Sp4nSettings).values(next_poll_at=now))
            session.execute(update(Sp4nLink).values(next_check_at=now))
        with self.scope():
            return poll(gives_way=gives_way)

    def row(self) -> Sp4nSettings:
        with self.scope(), unit_of_work() as session:
            return session.scalars(select(Sp4nSettings)).one()

    def messages(self) -> list[OutboxMessage]:
        with self.scope(), unit_of_work() as session:
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.sequence)))

    def news(self, kind: str) -> list[InboundMessage]:
        with self.scope(), unit_of_work() as session:
            return list(
                session.scalars(
                    select(InboundMessage).where(InboundMessage.kind == kind).order_by(InboundMessage.id)
                )
            )

    def link(self, complaint_id: uuid.UUID) -> Sp4nLink | None:
        with self.scope(), unit_of_work() as session:
            return session.scalars(select(Sp4nLink).where(Sp4nLink.complaint_id == complaint_id)).first()

    def external_id(self, complaint_id: uuid.UUID) -> str:
        link = self.link(complaint_id)
        assert link is not None
        return link.external_id

    def complaint(self, complaint_id: uuid.UUID) -> Complaint:
        with self.scope(), unit_of_work() as session:
            return session.scalars(select(Complaint).where(Complaint.id == complaint_id)).one()

    def history(self, complaint_id: uuid.UUID) -> list[ComplaintEvent]:
        with self.scope(), unit_of_work() as session:
            return list(
                session.scalars(
                    select(ComplaintEvent)
                    .where(ComplaintEvent.complaint_id == complaint_id)
                    .order_by(ComplaintEvent.sequence)
                )
            )

    def filed(self) -> list[dict[str, Any]]:
        """What the other side holds of this account, with payload and thread."""
        return self.simulator.complaints(institution_id=self.account.institution_id)

    def everything(self) -> str:
        """All rows of the city's tables as text, to look for what must not be there."""
        with self.scope(), unit_of_work() as session:
            names = session.scalars(
                text("SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'")
            ).all()
            parts = [
                str(session.scalar(text(f"SELECT json_agg(t)::text FROM {name} t")))  # noqa: S608 - catalogue
                for name in names
            ]
        return "\n".join(parts)
