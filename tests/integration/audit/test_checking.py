"""The nightly check and the operator's commands."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from complaints.acts import proving
from complaints.queries import integrity
from core import clock
from core.audit.models import AuditHead
from core.db.tenancy import tenant_scope
from core.extensions import db
from core.jobs.sweeping import due_tenants, relay_engine
from tests.conftest import City
from tests.integration.audit.harm import Superuser, restored


def test_the_nightly_check_keeps_what_it_found(
    app: Flask, make_city: Callable[..., City], file_some: Callable[[City], None], superuser: Superuser
) -> None:
    city = make_city()
    file_some(city)

    def head() -> AuditHead:
        found = db.session.scalars(select(AuditHead)).one()
        db.session.rollback()
        return found

    assert city.id in due_tenants(relay_engine(app), proving.DUE_SQL)
    with tenant_scope(city.id, app):
        assert proving.prove()
        first = head()
        assert first.fault is None
        assert first.intact_to is not None
        assert first.check_due_at > clock.now()
    assert city.id not in due_tenants(relay_engine(app), proving.DUE_SQL)
    superuser.execute("UPDATE audit_entry SET actor_name = 'lain' WHERE tenant_id = %s", [city.id])
    with tenant_scope(city.id, app):
        assert not proving.prove()
        second = head()
        assert "Catatan audit 1 " in (second.fault or "")
        assert second.intact_to == first.intact_to


def test_seven_nights_read_every_history(app: Flask, place: City) -> None:
    with tenant_scope(place.id, app):
        parts = [integrity.check(part=part) for part in range(integrity.PARTS)]
        assert sum(part.cases for part in parts) == 4
        assert all(part.is_intact and part.seals == 1 for part in parts)


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["audit", *arguments])
    return result.exit_code, result.output


def test_verify_names_the_first_bad_place(app: Flask, place: City, superuser: Superuser) -> None:
    code, output = run(app, "verify", "--tenant", place.slug)
    assert code == 0
    assert f"{place.slug}: utuh." in output
    with restored(superuser, place):
        superuser.execute(
            "UPDATE complaint_event SET text = overlay(text placing 'X' from 1 for 1)"
            " WHERE tenant_id = %s AND act = 'respond'",
            [place.id],
        )
        code, output = run(app, "verify", "--tenant", place.slug)
        assert code == 1
        assert f"{place.slug}: TIDAK UTUH." in output
        assert "kejadian 3 (respond) bukan yang dulu ditulis: isinya diubah." in output
        code, output = run(app, "verify", "--tenant", place.slug, "--json", "--since", "2026-01-01")
        assert code == 1
        assert len(json.loads(output)["faults"]) == 2
    assert run(app, "verify", "--tenant", place.slug, "--since", "2026-01-01")[0] == 0


def test_the_export_is_recorded(app: Flask, place: City) -> None:
    today = clock.now().date().isoformat()
    code, output = run(app, "export", "--tenant", place.slug, "--from", today, "--to", today)
    assert code == 0, output
    lines = output.splitlines()
    assert lines[0] == "waktu,siapa,tindakan,laporan,alamat,permintaan,rincian,sidik"
    assert "audit.exported" in output
    assert sum(",submit," in line for line in lines) == 4
