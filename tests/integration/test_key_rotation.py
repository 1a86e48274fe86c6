"""`flask keys rotate`: every stored secret under the newest key, so that the older one can be taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask
from sqlalchemy import select, update

from complaints.acts.engine import Actor
from complaints.notices import settings as messaging
from complaints.permissions import GRANTS
from complaints.queries import integrity
from core import clock
from core.audit import AuditEntry
from core.crypto import Secrets
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.extensions import db
from operating import mending, rotating
from sp4n import callback, settings
from sp4n.models import Sp4nSettings
from tests.conftest import City
from tests.sp4n_office import DESK, Office

GATEWAY = "kunci-gateway-sms-7391"
_TOKEN = re.compile(r"gAAAA[A-Za-z0-9_=-]{60,}")


def use(app: Flask, *keys: str) -> None:
    """As after a restart with these ENCRYPTION_KEYS."""
    app.extensions["settings"] = replace(app.extensions["settings"], encryption_keys=keys)
    app.extensions["secrets"] = Secrets([Fernet(each) for each in keys])


@pytest.fixture
def keys(app: Flask) -> Iterator[tuple[str, str]]:
    """(newer, older); the older one is in use before, and again after."""
    (older,) = app.extensions["settings"].encryption_keys
    newer = Fernet.generate_key().decode()
    yield newer, older
    use(app, older, newer)
    with app.app_context():
        rotating.rotate(mending.operator("uji"))
    use(app, older)


def run(app: Flask) -> tuple[int, dict[str, dict[str, Any]], str]:
    """(exit code, {slug: what is told of it}, the text of a run with --json)."""
    result = app.test_cli_runner().invoke(args=["keys", "rotate", "--json", "--by", "Ibu Operator"])
    return result.exit_code, {each["tenant"]: each for each in json.loads(result.output)}, result.output


def with_gateway(app: Flask, city: City) -> None:
    """A city with a credential of an SMS gateway."""
    admin = Actor("officer", "Admin", grants=GRANTS["city_administrator"], name="Admin")
    with tenant_scope(city.id, app):
        values = {**messaging.DEFAULTS, "sms_on": True, "sms_url": "https://sms.contoh.id/kirim"}
        assert messaging.change(values, {"sms": GATEWAY}, admin)


def tokens(office: Office) -> list[str]:
    """Whatever of the city's rows looks encrypted."""
    return _TOKEN.findall(office.everything())


def test_the_older_key_can_be_taken_away(
    app: Flask, office: Office, make_city: Callable[..., City], keys: tuple[str, str]
) -> None:
    newer, older = keys
    office.do(callback.renew, DESK)
    with_gateway(app, office.city)
    plain_city = make_city()
    office.file()
    use(app, newer, older)
    assert office.deliver() == 1, "an older key still reads"
    _, told, output = run(app)
    assert (told[office.city.slug]["renewed"], told[office.city.slug]["current"]) == (4, 0)
    assert plain_city.slug not in told, "it keeps no secret"
    stored = tokens(office)
    assert len(stored) == 4
    for each in stored:
        Fernet(newer).decrypt(each)
        with pytest.raises(InvalidToken):
            Fernet(older).decrypt(each)
    use(app, newer)
    office.file()
    assert office.deliver() == 1
    with office.scope():
        connection = settings.load()
        assert connection is not None
        assert app.extensions["secrets"].decrypt(connection.auth_secret) == office.account.secret
    for hidden in (office.account.secret, office.account.token, GATEWAY, *stored, newer, older):
        assert hidden not in output


def test_a_second_run_changes_nothing_and_leaves_no_entry(
    app: Flask, office: Office, keys: tuple[str, str]
) -> None:
    use(app, *keys)
    run(app)
    before = tokens(office)
    _, told, _ = run(app)
    assert (told[office.city.slug]["renewed"], told[office.city.slug]["current"]) == (0, 2)
    assert tokens(office) == before
    with office.scope(), unit_of_work() as session:
        (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "keys.rotated"))
    assert entry.actor_name == "Ibu Operator"
    assert entry.detail["renewed"] == ["sp4n_settings.auth_secret", "sp4n_settings.token_secret"]
    assert entry.key_id != "", "signed"


def test_a_secret_no_key_opens_is_named_and_the_others_go_on(
    app: Flask, office: Office, other_office: Office, keys: tuple[str, str]
) -> None:
    lost = Fernet(Fernet.generate_key()).encrypt(b"hilang").decode()
    with other_office.scope(), unit_of_work() as session:
        session.execute(update(Sp4nSettings).values(token_secret=lost))
    use(app, *keys)
    code, told, _ = run(app)
    assert code == 1
    assert told[other_office.city.slug]["unreadable"] == ["sp4n_settings.token_secret"]
    assert (told[other_office.city.slug]["renewed"], told[office.city.slug]["renewed"]) == (1, 2)
    assert lost in tokens(other_office), "left as it is"
    words = app.test_cli_runner().invoke(args=["keys", "rotate"]).output
    slug = other_office.city.slug
    assert (
        f"{slug}: sp4n_settings.token_secret tidak dapat dibaca dengan kunci mana pun; isi kembali" in words
    )
    other_office.connect()
    assert run(app)[1][slug]["unreadable"] == []


def test_without_rotation_the_city_is_told_to_fill_its_secrets_in_again(
    app: Flask, office: Office, keys: tuple[str, str]
) -> None:
    office.file()
    use(app, keys[0])
    assert office.deliver() == 0
    assert office.row().last_cause == "Kredensial SP4N tersimpan tidak dapat dibaca, isi kembali"
    assert [each.state for each in office.messages()] == ["pending"]


def exported(office: Office) -> None:
    args = ["audit", "export", "--tenant", office.city.slug, "--from", "2000-01-01", "--to", "2100-01-01"]
    assert office.app.test_cli_runner().invoke(args=args).exit_code == 0


def faults_since(office: Office, moment: datetime | None) -> list[str]:
    with office.scope():
        return [each.message for each in integrity.check(moment).faults]


def test_an_entry_under_the_newest_key_carries_the_chain_over_the_loss_of_the_older(
    app: Flask, office: Office, other_office: Office, keys: tuple[str, str]
) -> None:
    """An export before the older key goes is such an entry; without one the chain goes on with a gap."""
    moment = clock.now()
    use(app, *keys)
    exported(office)
    assert faults_since(office, None) == []
    use(app, keys[0])
    exported(office)
    exported(other_office)
    assert faults_since(office, moment) == []
    (unproven,) = faults_since(office, None)
    assert "yang tidak ada di ENCRYPTION_KEYS" in unproven
    (gap,) = faults_since(other_office, moment)
    assert "tidak menyambung ke catatan sebelumnya" in gap


def test_no_encrypted_column_is_left_out(app: Flask) -> None:
    known = {
        f"{table.__tablename__}.{column}" for table, columns in rotating.SEALED.items() for column in columns
    }
    assert known == {
        f"{table.name}.{column.name}"
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_secret")
    }
