"""Fills a deployment with the demonstration: provisions, lets a year pass in every city, writes the accounts.

Invariant: a run that broke off is continued by the next one; after a whole run the next one changes nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import current_app
from sqlalchemy import select

from complaints.acts.moves import carrying
from complaints.models import Complaint
from core import clock
from core.db.tenancy import tenant_scope
from core.extensions import db
from demo import national, population, scenario
from demo.filling import Task, fill_at_once, fill_in_turn
from demo.scenario import Scenario
from monitoring import figures
from tenants.models import Tenant

if TYPE_CHECKING:
    from flask import Flask


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is told.

    `count`: reports a city, by default the scenario's number. `now`: the present in which the stories end, by
    default the moment at which the province was provisioned, so that a later run continues the same stories.
    """

    accounts: Path
    simulator_url: str | None = None
    password_seed: str | None = field(default=None, repr=False)
    count: int | None = None
    now: datetime | None = None


def seed(options: Options, say: Callable[[str], None], *, at_once: bool = True) -> bool:
    """Fill what is not filled yet. Returns whether there was anything to do.

    `at_once`: one process a city. Raises SimulatorProblem, Unreachable, Refused, Halted.
    """
    data = scenario.load()
    if _is_complete(options.accounts, data):
        _refresh(options, data)
        return False
    accounts = national.accounts(options.simulator_url, data.cities) if options.simulator_url else {}
    say("Provinsi, kota, unit, dan petugas disiapkan")
    tenants = population.provision(data, options.password_seed)
    now = options.now or _provisioned_at(tenants[data.province.slug])
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # LocalProxy
    with tempfile.TemporaryDirectory(prefix="satuaduan-foto-") as folder:
        tasks = [
            Task(city, tenants[city.slug], now, options.count, accounts.get(city.slug), Path(folder))
            for city in data.cities
        ]
        (fill_at_once if at_once else fill_in_turn)(data, tasks, app, say)
    first = data.cities[0]
    if first.slug in accounts:
        national.disagree(accounts[first.slug], first, data.common["national_reports"])
    _carry_over([tenants[city.slug] for city in data.cities], now)
    with tenant_scope(tenants[data.province.slug]):
        figures.fold()
    _write_accounts(options, data, tenants)
    return True


def _carry_over(tenant_ids: list[int], now: datetime) -> None:
    """Bring what the cities passed on to where it belongs, and add it up on both sides."""
    with clock.frozen(now):
        for tenant_id in tenant_ids:
            with tenant_scope(tenant_id):
                carrying.deliver_due()
        for tenant_id in tenant_ids:
            with tenant_scope(tenant_id):
                figures.fold()


def _is_complete(path: Path, data: Scenario) -> bool:
    """Whether the file of a whole run is there and speaks of these tenants."""
    if not path.exists():
        return False
    seeded = json.loads(path.read_text(encoding="utf-8")).get("seeded")
    slugs = [place.slug for place in (data.province, *data.cities)]
    rows = db.session.execute(select(Tenant.slug, Tenant.id).where(Tenant.slug.in_(slugs)))
    found: dict[str, Any] = dict(rows.all())
    db.session.rollback()
    return seeded == found and all(_has_reports(found[city.slug]) for city in data.cities)


def _has_reports(tenant_id: int) -> bool:
    with tenant_scope(tenant_id) as session:
        return session.scalar(select(Complaint.id).limit(1)) is not None


def _refresh(options: Options, data: Scenario) -> None:
    """What may have changed since: ports, hence addresses."""
    tenants = json.loads(options.accounts.read_text(encoding="utf-8"))["seeded"]
    if options.simulator_url:
        for city in data.cities:
            with tenant_scope(tenants[city.slug]):
                national.move(options.simulator_url)
    _write_accounts(options, data, tenants)


def _write_accounts(options: Options, data: Scenario, tenants: dict[str, int]) -> None:
    population.write_accounts(options.accounts, data, options.password_seed, seeded=tenants)


def _provisioned_at(tenant_id: int) -> datetime:
    found = db.session.scalars(select(Tenant.created_at).where(Tenant.id == tenant_id)).one()
    db.session.rollback()
    return found
