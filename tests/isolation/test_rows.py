"""Rows of one city as the other's sessions find them: not there, whatever is asked and however.

Everything runs as the application's own role, on the application's own pool.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError, StatementError

from complaints.models import Attachment, Category, Complaint, ComplaintEvent, Reporter
from core.audit import AuditEntry
from core.db.base import Base
from core.db.tenancy import TenantMismatch, TenantNotBound, bind, bound_tenant_id, tenant_scope
from core.db.transaction import unit_of_work
from core.errors import NotFound
from core.extensions import db
from core.storage import StorageError, check_key, key_for, store
from monitoring.models import Figure
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
    with tenant_scope(rivals.theirs.city.id, app):
        for model in (Complaint, Reporter, Attachment, ComplaintEvent, Officer, Department, Category):
            assert db.session.scalar(select(func.count()).select_from(model)), model


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


# --- the binding's life ------------------------------------------------------------------------------------


def test_the_binding_ends_with_its_transaction(app: Flask, rivals: Rivals) -> None:
    """The same physical connection, taken from the pool again, carries nothing over."""
    with app.app_context():
        engine = db.engine
    seen: list[tuple[int, str | None]] = []
    for bound in (rivals.ours.city.id, None, rivals.theirs.city.id, None):
        with app.app_context():
            if bound is not None:
                bind(db.session(), bound)
            query = "SELECT pg_backend_pid(), current_setting('app.tenant_id', true)"
            pid, setting = db.session.execute(text(query)).one()
            seen.append((pid, setting))
            if bound is not None:
                assert setting == str(bound)
    assert len({pid for pid, _ in seen}) == 1, f"the pool gave other connections: {engine.pool.status()}"
    assert {setting for _, setting in seen[1::2]} <= {None, ""}


def test_a_rollback_and_the_next_transaction_keep_the_binding(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.ours.city.id, app) as session:
        count = select(func.count()).select_from(Complaint)
        expected = session.scalar(count)
        assert expected
        session.rollback()
        assert session.scalar(count) == expected
        with pytest.raises(DBAPIError):
            session.execute(text("SELECT 1/0"))
        session.rollback()
        assert session.scalar(count) == expected


def test_a_savepoint_neither_sets_nor_drops_the_binding(app: Flask, rivals: Rivals) -> None:
    query = text("SELECT current_setting('app.tenant_id', true)")
    ours = str(rivals.ours.city.id)
    with tenant_scope(rivals.ours.city.id, app) as session:
        assert session.scalar(query) == ours
        with session.begin_nested():
            assert session.scalar(query) == ours
        nested = session.begin_nested()
        nested.rollback()
        assert session.scalar(query) == ours
        assert set(session.scalars(select(Complaint.tenant_id))) == {rivals.ours.city.id}


def test_what_follows_a_commit_does_not_run_at_a_savepoint(app: Flask, rivals: Rivals) -> None:
    from core.db.transaction import after_commit

    ran: list[str] = []
    with tenant_scope(rivals.ours.city.id, app):
        with unit_of_work() as session:
            after_commit(lambda: ran.append("after"))
            with session.begin_nested():
                session.execute(text("SELECT 1"))
            assert ran == []
        assert ran == ["after"]


def test_a_session_serves_one_city_only(app: Flask, rivals: Rivals) -> None:
    ours, theirs = rivals.ours.city.id, rivals.theirs.city.id
    with tenant_scope(ours, app) as session:
        with pytest.raises(TenantMismatch):
            bind(session, theirs)
        with pytest.raises(TenantMismatch), tenant_scope(theirs, app):
            raise AssertionError("the scope must not open")
        assert bound_tenant_id() == ours
        bind(session, ours)  # the same once more is no change
        with tenant_scope(ours, app) as inner:
            assert inner is not session


def test_a_city_found_before_the_binding_is_not_kept(app: Flask, rivals: Rivals) -> None:
    """Objects of an earlier transaction do not stay in the session that is then bound."""
    with app.app_context():
        session = db.session()
        assert session.scalars(select(Complaint)).all() == []
        bind(session, rivals.ours.city.id)
        assert session.scalars(select(Complaint)).all() != []


def test_threads_of_many_cities_do_not_mix(app: Flask, make_city: Callable[..., City]) -> None:
    """As the web server does it: few connections, many cities, each thread another one every time."""
    cities = [make_city() for _ in range(3)]

    def read(turn: int) -> bool:
        city = cities[turn % len(cities)]
        with tenant_scope(city.id, app) as session:
            emails = set(session.scalars(select(Officer.email)))
            with unit_of_work() as own:
                own.add(Department(code=f"u{turn}", name=city.slug, short_name="U"))
            names = set(session.scalars(select(Department.name).where(Department.code.like("u%"))))
        return names == {city.slug} and all(city.slug in email for email in emails)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(90)))


# --- outside the database ----------------------------------------------------------------------------------


def test_a_storage_key_of_another_city_is_refused(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.theirs.city.id, app):
        assert store().get(rivals.theirs.storage_key)
    with tenant_scope(rivals.ours.city.id, app):
        for use in (store().get, store().delete, lambda key: store().put(key, b"x"), check_key):
            with pytest.raises(TenantMismatch):
                use(rivals.theirs.storage_key)
    with tenant_scope(rivals.theirs.city.id, app):
        assert store().get(rivals.theirs.storage_key)


@pytest.mark.parametrize(
    "key",
    ["", "t{t}/../t{o}/a.jpg", "t{t}/..", "/etc/passwd", "t{t}//etc/passwd", "t{t}/a/../../b", "t{t}/A.jpg",
     "t0{t}x/a.jpg", "T{t}/a.jpg", "t{t}\\a.jpg", "t{t}/a\nb.jpg"],
)  # fmt: skip
def test_a_malformed_storage_key_is_refused(app: Flask, rivals: Rivals, key: str) -> None:
    given = key.format(t=rivals.ours.city.id, o=rivals.theirs.city.id)
    with tenant_scope(rivals.ours.city.id, app), pytest.raises((StorageError, TenantMismatch)):
        check_key(given)


def test_new_storage_keys_carry_the_city_and_no_name(app: Flask, rivals: Rivals) -> None:
    with tenant_scope(rivals.ours.city.id, app):
        keys = {key_for("lampiran", "jpg") for _ in range(50)}
        assert len(keys) == 50
        assert all(key.startswith(f"t{rivals.ours.city.id}/lampiran/") and check_key(key) for key in keys)
    with app.app_context(), pytest.raises(TenantNotBound):
        key_for("lampiran", "jpg")
