"""Rows of one city as the other's sessions find them: not there, whatever is asked and however.

Everything runs as the application's own role, on the application's own pool.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, StatementError

from complaints.models import Attachment, Category, Complaint, ComplaintEvent
from core.audit import AuditEntry
from core.db.base import Base
from core.db.tenancy import TenantNotBound, bind, tenant_scope
from core.db.transaction import unit_of_work
from core.errors import NotFound
from core.extensions import db
from monitoring.models import Figure, FigureChange, FigureState
from sp4n.models import Sp4nLink
from tenants.models import Department, Officer, Tenant, TenantHost
from tests.conftest import City
from tests.isolation.conftest import Rivals

CITY_MODELS = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if "tenant_id" in mapper.columns),
    key=lambda model: model.__name__,
)
CITY_MODELS.remove(TenantHost)  # public: it decides the binding


assert {Figure, Sp4nLink} <= set(CITY_MODELS), "the tables of every package"


def _code(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


# --- no tenant: no rows ------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", CITY_MODELS, ids=lambda model: model.__name__)
def test_without_a_tenant_there_are_no_rows(app: Flask, rivals: Rivals, model: Any) -> None:
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_without_a_tenant_nothing_can_be_written(app: Flask, rivals: Rivals, untouched: None) -> None:
    row = {"tenant_id": rivals.theirs.city.id, "id": uuid.uuid4(), "code": "x", "name": "x", "sort": 1}
    row |= {"is_sensitive": False, "is_emergency": False, "is_active": True}
    with app.app_context():
        with pytest.raises(ProgrammingError) as refused:
            db.session.execute(insert(Category).values(**row))
        assert _code(refused.value) == errors.InsufficientPrivilege.sqlstate
        db.session.rollback()
        assert db.session.execute(update(Complaint).values(version=99)).rowcount == 0  # type: ignore[attr-defined]
        assert db.session.execute(delete(Attachment)).rowcount == 0  # type: ignore[attr-defined]
        db.session.rollback()


def test_an_object_without_a_tenant_is_refused_before_the_database(app: Flask) -> None:
    with app.app_context():
        db.session.add(Department(code="x", name="x", short_name="x"))
        with pytest.raises(StatementError) as refused:
            db.session.flush()
        assert isinstance(refused.value.orig, TenantNotBound)


@pytest.mark.parametrize("value", ["", "0", "-1", "999999"])
def test_an_odd_setting_means_no_rows(app: Flask, rivals: Rivals, value: str) -> None:
    with app.app_context():
        db.session.execute(text(f"SET LOCAL app.tenant_id = '{value}'"))
        assert db.session.scalar(select(func.count()).select_from(Complaint)) == 0


@pytest.mark.parametrize("value", ["1 OR true", "1;2", "1.5", "٣", "NULL"])
def test_a_setting_that_is_no_number_is_an_error(app: Flask, rivals: Rivals, value: str) -> None:
    with app.app_context():
        db.session.execute(text(f"SET LOCAL app.tenant_id = '{value}'"))
        with pytest.raises(DBAPIError) as refused:
            db.session.scalar(select(func.count()).select_from(Complaint))
        assert _code(refused.value) == errors.InvalidTextRepresentation.sqlstate


@pytest.mark.parametrize("value", [None, 0, -1, True, "1", 1.0, "1' OR '1'='1"])
def test_only_a_whole_positive_number_can_be_bound(app: Flask, value: Any) -> None:
    with app.app_context(), pytest.raises(TenantNotBound):
        bind(db.session(), value)


# --- another tenant's rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", CITY_MODELS, ids=lambda model: model.__name__)
def test_only_own_rows_are_seen(app: Flask, rivals: Rivals, model: Any) -> None:
    for rival in (rivals.ours, rivals.theirs):
        with tenant_scope(rival.city.id, app):
            assert set(db.session.scalars(select(model.tenant_id).distinct())) <= {rival.city.id}


def test_both_cities_have_rows_to_hide(app: Flask, rivals: Rivals) -> None:
    """Without rows on the other side the tests above would prove nothing."""
    for rival in (rivals.ours, rivals.theirs):
        with tenant_scope(rival.city.id, app):
            empty = {m for m in CITY_MODELS if not db.session.scalar(select(func.count()).select_from(m))}
        # acts write changes, and a fold makes figures of them: one of the two is there
        assert empty <= {Figure, FigureState} or empty <= {FigureChange}


@pytest.mark.parametrize("model", CITY_MODELS, ids=lambda model: model.__name__)
def test_no_statement_reaches_another_citys_rows(
    app: Flask, rivals: Rivals, untouched: None, model: Any
) -> None:
    """Named by their own tenant_id, in SQL: read, change, remove, lock."""
    foreign = model.tenant_id == rivals.theirs.city.id
    with tenant_scope(rivals.ours.city.id, app):
        assert db.session.scalars(select(model).where(foreign)).all() == []
        change = update(model).where(foreign).values(tenant_id=model.tenant_id)
        for statement in (change, delete(model).where(foreign)):
            assert _rows_hit(statement) == 0
        assert _locked(select(model).where(foreign).with_for_update()) == []


def _rows_hit(statement: Any) -> int:
    """Rows a statement changed; a statement the role may not run at all hits none."""
    try:
        return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]
    except ProgrammingError as refused:
        assert _code(refused) == errors.InsufficientPrivilege.sqlstate  # noqa: PT017 - one of two good ends
        return 0
    finally:
        db.session.rollback()


def _locked(statement: Any) -> list[Any]:
    try:
        return list(db.session.scalars(statement))
    except ProgrammingError as refused:
        assert _code(refused) == errors.InsufficientPrivilege.sqlstate  # noqa: PT017 - one of two good ends
        return []
    finally:
        db.session.rollback()


@pytest.mark.parametrize("model", [Department, Category, Complaint, Officer, AuditEntry])
def test_an_own_row_cannot_be_given_away(app: Flask, rivals: Rivals, untouched: None, model: Any) -> None:
    """WITH CHECK: neither a new row for the other city nor an own one moved over to it."""
    theirs = rivals.theirs.city.id
    with tenant_scope(rivals.ours.city.id, app):
        with pytest.raises(ProgrammingError) as refused:
            db.session.execute(update(model).values(tenant_id=theirs))
        assert _code(refused.value) == errors.InsufficientPrivilege.sqlstate
        db.session.rollback()
        own = db.session.scalars(select(model)).first()
        values = {each.key: getattr(own, each.key) for each in inspect(model).column_attrs}
        db.session.rollback()
        with pytest.raises(ProgrammingError) as refused:
            db.session.execute(insert(model).values(**values | {"tenant_id": theirs, "id": uuid.uuid4()}))
        assert _code(refused.value) == errors.InsufficientPrivilege.sqlstate


def test_a_reference_to_another_citys_row_is_refused(app: Flask, rivals: Rivals, untouched: None) -> None:
    """The composite key: RLS alone would let a foreign id through, because key checks pass it over."""
    ours, theirs = rivals.ours, rivals.theirs
    foreign: list[tuple[str, uuid.UUID]] = [
        ("category_id", theirs.category_id),
        ("village_id", theirs.village_id),
        ("department_id", theirs.city.departments["pupr"]),
        ("handler_id", theirs.officer_id),
        ("merged_into_id", theirs.received.id),
    ]
    with tenant_scope(ours.city.id, app):
        for column, value in foreign:
            with pytest.raises(IntegrityError) as refused:
                db.session.execute(
                    update(Complaint).where(Complaint.id == ours.received.id).values({column: value})
                )
            assert _code(refused.value) == errors.ForeignKeyViolation.sqlstate
            db.session.rollback()


def test_the_same_id_may_live_in_two_cities(app: Flask, make_city: Callable[..., City]) -> None:
    """Keys begin with the tenant: an id taken by one city neither blocks nor reveals another's."""
    first, second, same = make_city(), make_city(), uuid.uuid4()
    for city in (first, second):
        with tenant_scope(city.id, app), unit_of_work() as session:
            session.add(Department(id=same, code="sama", name=f"Dinas {city.slug}", short_name="S"))
    for city in (first, second):
        with tenant_scope(city.id, app):
            assert (
                db.session.scalar(select(Department.name).where(Department.id == same))
                == f"Dinas {city.slug}"
            )


def test_a_city_changes_its_own_face_only(app: Flask, rivals: Rivals, untouched: None) -> None:
    with tenant_scope(rivals.ours.city.id, app):
        statement = update(Tenant).where(Tenant.id == rivals.theirs.city.id).values(color="#000000")
        assert db.session.execute(statement).rowcount == 0  # type: ignore[attr-defined]
        db.session.rollback()
        for values in (
            {"slug": "kota-lain"},
            {"status": "suspended"},
            {"province_id": None},
            {"kind": "kab"},
        ):
            with pytest.raises(ProgrammingError):
                db.session.execute(update(Tenant).where(Tenant.id == rivals.ours.city.id).values(**values))
            db.session.rollback()


def test_history_and_audit_can_only_grow(app: Flask, rivals: Rivals, untouched: None) -> None:
    with tenant_scope(rivals.ours.city.id, app):
        for statement in (
            update(ComplaintEvent).values(text="lain"),
            delete(ComplaintEvent),
            update(AuditEntry).values(actor_name="lain"),
            delete(AuditEntry),
        ):
            with pytest.raises(ProgrammingError) as refused:
                db.session.execute(statement)
            assert _code(refused.value) == errors.InsufficientPrivilege.sqlstate
            db.session.rollback()


# --- acts with another city's ids --------------------------------------------------------------------------


def _acts(theirs: uuid.UUID, actor: Any, unit: uuid.UUID) -> dict[str, Callable[[], object]]:
    from complaints.acts import desk, handling, identity, national, reporter

    def by_national() -> object:
        with unit_of_work():
            return national.record_news(theirs, "kabar")

    return {
        "verify": lambda: desk.verify(theirs, actor, classification="unsupervised"),
        "assign": lambda: desk.assign(theirs, actor, department_id=unit),
        "defer": lambda: desk.defer(theirs, actor, text="apa"),
        "decline": lambda: desk.decline_jurisdiction(theirs, actor, institution="PLN", reason="bukan kami"),
        "archive": lambda: desk.archive(theirs, actor, reason="uji"),
        "close": lambda: desk.close(theirs, actor),
        "note": lambda: desk.note(theirs, actor, text="catatan"),
        "follow_up": lambda: handling.follow_up(theirs, actor, text="kerja"),
        "respond": lambda: handling.respond(theirs, actor, text="jawab"),
        "identity": lambda: identity.view(theirs, actor),
        "provide_info": lambda: reporter.provide_info(theirs, text="keterangan"),
        "rate": lambda: reporter.rate(theirs, score=1, solved="no"),
        "reopen": lambda: reporter.reopen(theirs, reason="belum"),
        "national": by_national,
    }


@pytest.mark.parametrize("name", list(_acts(uuid.uuid4(), None, uuid.uuid4())))
@pytest.mark.parametrize("status", ["received", "responded", "completed"])
def test_no_act_touches_another_citys_case(
    app: Flask, rivals: Rivals, untouched: None, name: str, status: str
) -> None:
    from complaints.acts.engine import Actor
    from complaints.permissions import Permission

    ours = rivals.ours
    actor = Actor(
        "officer", "Petugas", ours.officer_id, "Petugas", frozenset(str(each) for each in Permission)
    )
    case = rivals.theirs.cases[status]
    with tenant_scope(ours.city.id, app), pytest.raises(NotFound):
        _acts(case.id, actor, ours.city.departments["pupr"])[name]()


def test_a_department_of_another_city_cannot_get_a_case(app: Flask, rivals: Rivals, untouched: None) -> None:
    from complaints.acts import desk
    from complaints.acts.engine import SYSTEM
    from core.errors import FieldProblem

    case, foreign = rivals.ours.cases["verified"], rivals.theirs.city.departments["pupr"]
    with tenant_scope(rivals.ours.city.id, app), pytest.raises(FieldProblem):
        desk.assign(case.id, SYSTEM, department_id=foreign)


def test_a_pin_opens_nothing_next_door(app: Flask, rivals: Rivals, untouched: None) -> None:
    from complaints.acts import intake, reporter

    theirs = rivals.theirs.responded
    with tenant_scope(rivals.ours.city.id, app):
        assert reporter.check_pin(theirs.number, theirs.pin).complaint_id is None
        assert intake.receipt_for(theirs.form_key) is None
