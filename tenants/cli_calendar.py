"""`flask tenants holiday add|move|remove`: days off of one city, or of the whole country.

A national day is the operator's to change; every city then counts its open reports anew. A command that
broke off is repeated: it changes nothing twice and reaches the cities it had not reached.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import Connection, select, text

from core.db.tenancy import tenant_scope
from core.db.transaction import owner_transaction, unit_of_work
from core.errors import FieldProblem
from core.extensions import db
from core.formats import long_date
from tenants import calendar
from tenants.calendar import By
from tenants.cli_data import tenant_of
from tenants.models import Tenant

_DATE = click.DateTime(["%Y-%m-%d"])
_WHERE = [
    click.option("--tenant", default=None, help="Slug kota untuk libur daerah."),
    click.option("--national", is_flag=True, help="Libur untuk semua kota."),
    click.option("--date", "day", required=True, type=_DATE, help="Tanggal, misalnya 2027-06-21."),
]
_ADD = text(
    "INSERT INTO national_holiday (holiday_on, name, category) VALUES (:day, :name, :category)"
    " ON CONFLICT (holiday_on) DO UPDATE SET name = excluded.name, category = excluded.category"
)
_NAME = text("SELECT name FROM national_holiday WHERE holiday_on = :day")
_MOVE = text("UPDATE national_holiday SET holiday_on = :to WHERE holiday_on = :day")
_REMOVE = text("DELETE FROM national_holiday WHERE holiday_on = :day")

holiday_cli = click.Group("holiday", help="Hari libur daerah dan nasional.")


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_WHERE):
        command = option(command)
    return command


@holiday_cli.command("add")
@_where
@click.option("--name", required=True)
@click.option("--joint-leave", is_flag=True, help="Cuti bersama, bukan hari libur nasional.")
@with_appcontext
def add_command(tenant: str | None, national: bool, day: datetime, name: str, joint_leave: bool) -> None:
    """Tambahkan satu hari libur."""
    on = day.date()
    if (slug := _city(tenant, national)) is not None:
        with tenant_of(slug):
            calendar.add_local(on, name, By())
    else:
        category = "joint_leave" if joint_leave else "public"
        _refuse(lambda: calendar.check_holiday(on, name))
        with owner_transaction() as connection:
            connection.execute(_ADD, {"day": on, "name": name, "category": category})
        _tell_all(
            "calendar.national_added",
            f"Libur nasional {name} ditambahkan: {long_date(on)}",
            date=on.isoformat(),
            name=name,
            category=category,
        )
    click.echo(f"{name}: {long_date(on)} menjadi hari libur; batas waktu dihitung ulang")


@holiday_cli.command("move")
@_where
@click.option("--to", required=True, type=_DATE, help="Tanggal yang baru.")
@with_appcontext
def move_command(tenant: str | None, national: bool, day: datetime, to: datetime) -> None:
    """Pindahkan satu hari libur."""
    on, new = day.date(), to.date()
    if (slug := _city(tenant, national)) is not None:
        with tenant_of(slug):
            calendar.move_local(on, new, By())
    else:
        with owner_transaction() as connection:
            name = _moved(connection, on, new)
        cause = f"Libur nasional {name} dipindahkan: {long_date(on)} menjadi {long_date(new)}"
        _tell_all("calendar.national_moved", cause, old=on.isoformat(), new=new.isoformat(), name=name)
    click.echo(f"Hari libur dipindahkan ke {long_date(new)}; batas waktu dihitung ulang")


@holiday_cli.command("remove")
@_where
@with_appcontext
def remove_command(tenant: str | None, national: bool, day: datetime) -> None:
    """Hapus satu hari libur."""
    on = day.date()
    if (slug := _city(tenant, national)) is not None:
        with tenant_of(slug):
            calendar.remove_local(on, By())
    else:
        with owner_transaction() as connection:
            name = _name(connection, on)
            connection.execute(_REMOVE, {"day": on})
        cause = f"Libur nasional {name} dihapus: {long_date(on)}"
        _tell_all("calendar.national_removed", cause, date=on.isoformat(), name=name)
    click.echo(f"{long_date(on)} bukan hari libur lagi; batas waktu dihitung ulang")


def _city(tenant: str | None, national: bool) -> str | None:
    """The city's slug; None for the country. Raises ClickException unless exactly one is named."""
    if national == (tenant is not None):
        raise click.ClickException("isi --tenant untuk libur daerah, atau --national untuk libur nasional")
    return tenant


def _name(connection: Connection, day: date) -> str:
    name: str | None = connection.execute(_NAME, {"day": day}).scalar()
    if name is None:
        raise click.ClickException(f"{long_date(day)} bukan hari libur nasional")
    return name


def _moved(connection: Connection, day: date, to: date) -> str:
    """Move the day; a repeated command finds it already there. Returns its name."""
    there: str | None = connection.execute(_NAME, {"day": to}).scalar()
    here: str | None = connection.execute(_NAME, {"day": day}).scalar()
    if here is None and there is not None:
        return there
    if there is not None:
        raise click.ClickException(f"{long_date(to)} sudah menjadi hari libur nasional: {there}")
    name = _name(connection, day)
    _refuse(lambda: calendar.check_holiday(to, name, "to"))
    connection.execute(_MOVE, {"day": day, "to": to})
    return name


def _refuse(check: Callable[[], None]) -> None:
    try:
        check()
    except FieldProblem as problem:
        raise click.ClickException(f"{problem.field}: {problem.message}") from problem


def _tell_all(action: str, cause: str, **detail: Any) -> None:
    """Every city audits the change and counts anew, each in a transaction of its own."""
    cities = db.session.scalars(select(Tenant.id).where(Tenant.kind != "province").order_by(Tenant.id)).all()
    db.session.rollback()
    for tenant_id in cities:
        with tenant_scope(tenant_id), unit_of_work():
            calendar.told(action, cause, By(), **detail)
