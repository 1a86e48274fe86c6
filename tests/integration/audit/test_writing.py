"""Entries of the audit: one chain whoever writes, what the transaction did and no more."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, select

from complaints.queries import integrity
from core import audit, clock
from core.audit.models import AuditEntry
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from tests.conftest import City
from tests.integration.audit.harm import faults, record
from tests.statements import sent_by


def test_a_thousand_entries_are_three_statements(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        before = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        subjects = [uuid.uuid4() for _ in range(1000)]
        with sent_by(app) as statements, unit_of_work():
            audit.record_many(
                "deadline.moved",
                actor_id=None,
                actor_name="Sistem",
                entries=((each, {"old": {"due": "a"}, "new": {"due": "b"}}) for each in subjects),
            )
        assert sum("SET LOCAL" not in each.sql for each in statements) == 3
        db.session.rollback()
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before + 1000
        kept = db.session.scalars(
            select(AuditEntry.subject_id)
            .where(AuditEntry.action == "deadline.moved")
            .order_by(AuditEntry.sequence)
        ).all()
        assert list(kept) == subjects
        assert integrity.check().faults == []


def fail_after(action: str) -> None:
    record(action)
    raise ZeroDivisionError


def test_what_was_rolled_back_was_not_recorded(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        with pytest.raises(ZeroDivisionError), unit_of_work():
            fail_after("uji.batal")
        with unit_of_work() as session:
            record("uji.luar")
            with pytest.raises(ZeroDivisionError), session.begin_nested():
                fail_after("uji.titik")
            with session.begin_nested():
                record("uji.dalam")
        found = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("uji.%"))))
        assert found >= {"uji.luar", "uji.dalam"}
        assert not found & {"uji.batal", "uji.titik"}
        assert integrity.check().faults == []


def test_values_that_the_database_writes_otherwise_hold(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        with unit_of_work():
            record(
                "uji.nilai",
                new={
                    "big": 1e22, "small": 1e-7, "minus": -0.0, "text": "é\u0000\u202e🚧", "id": uuid.uuid4(),
                    "at": clock.now(), "list": (1, 2), "nested": {"b": 1, "a": {"z": None, "y": True}},
                    3: "x",
                },
            )  # fmt: skip
        assert integrity.check().faults == []


def test_entries_of_threads_form_one_chain(app: Flask, place: City) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def write(_number: int) -> None:
        with tenant_scope(place.id, app), unit_of_work():
            record("uji.bersama")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(60)))
    assert faults(app, place) == []


def test_an_older_key_still_proves_what_it_signed(app: Flask, make_city: Callable[..., City]) -> None:
    """Keys are rotated by listing a new one first; one that is taken away leaves what it signed unproven."""
    city, kept = make_city(), app.extensions["settings"]
    newer = Fernet.generate_key().decode()
    try:
        app.extensions["settings"] = replace(kept, encryption_keys=(newer, *kept.encryption_keys))
        with tenant_scope(city.id, app), unit_of_work():
            record("uji.kunci_baru")
        assert faults(app, city) == []
        app.extensions["settings"] = replace(kept, encryption_keys=(newer,))
        (message,) = faults(app, city)
        assert "tidak ada di ENCRYPTION_KEYS" in message
    finally:
        app.extensions["settings"] = kept
