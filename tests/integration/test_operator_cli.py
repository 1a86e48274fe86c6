"""`flask jobs status, failed, retry, skip, explain` over real rows, Redis and a worker process."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask

from core import clock
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from core.outbox import singles
from core.outbox.models import OutboxMessage
from operating import mending, words
from operating.workers import error_line
from sp4n.tasks.models import Sp4nTask
from tests.conftest import City
from tests.integration.test_sp4n_tasks import tasks_of
from tests.integration.test_sp4n_worker import run, wait_until, worker
from tests.operator_room import (
    BROKEN,
    alone,
    audited,
    enqueue_broken,
    refused,
    stopped_notice,
    without_redis,
)
from tests.second_app import application
from tests.sp4n_office import Office

__all__ = ["alone"]


def jobs(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["jobs", *arguments])
    return result.exit_code, result.output


def told(app: Flask, *arguments: str) -> str:
    code, output = jobs(app, *arguments)
    assert code == 0, output
    return output


def state_of(app: Flask, city: City) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(told(app, "status", "--json"))["tenants"]
    return next(each for each in found if each["tenant"] == city.slug)


def test_the_state_of_a_city_is_told(app: Flask, office: Office) -> None:
    refused(office, answer=True)
    office.file()
    state = state_of(app, office.city)
    assert (state["waiting"], state["due"], state["stopped"]) == (1, 1, 1)
    assert 0 <= state["lag_seconds"] < 60
    assert (state["mode"], state["paused_until"], state["cause"]) == ("active", None, None)
    assert (state["has_turn"], state["is_slow"]) == (False, False)
    redis = app.extensions["jobs"].redis
    for sign in ("turn", "slow"):
        redis.set(f"tenant:{office.city.id}:{sign}", 1, ex=60)
    state = state_of(app, office.city)
    assert (state["has_turn"], state["is_slow"]) == (True, True)
    (line,) = [each for each in told(app, "status").splitlines() if each.startswith(office.city.slug)]
    assert "dikerjakan, lambat" in line
    assert "berjalan" in line
    redis.delete(f"tenant:{office.city.id}:turn", f"tenant:{office.city.id}:slow")


def test_a_paused_city_says_why_and_until_when(app: Flask, office: Office) -> None:
    office.file()
    office.simulator.add_fault("server_error", endpoint="create", remaining=1)
    office.deliver()
    until = office.row().paused_until
    assert until is not None
    state = state_of(app, office.city)
    assert state["cause"] == office.row().last_cause
    shown = words.moment(until, clock.now())
    assert f"ditahan sampai {shown}: {office.row().last_cause}" in told(app, "status")


def test_workers_and_queues_are_told(app: Flask, city: City, settings: Settings) -> None:
    broken = enqueue_broken(app, city)
    found = json.loads(told(app, "status", "--json"))
    (sync,) = [each for each in found["queues"] if each["name"] == "sync"]
    assert (sync["length"], found["workers"]) == (1, [])
    assert 0 <= sync["oldest_seconds"] < 60
    assert "Tidak ada pekerja yang hidup" in told(app, "status")
    with worker(settings):
        wait_until(lambda: json.loads(told(app, "status", "--json"))["workers"] != [])
        wait_until(lambda: broken in told(app, "failed", "--json"))
        assert json.loads(told(app, "status", "--json"))["failed_jobs"] >= 1
        assert "menunggu" in told(app, "status")


def test_a_failed_job_is_listed_run_again_and_audited(app: Flask, city: City, settings: Settings) -> None:
    job = enqueue_broken(app, city)
    run(settings, "jobs", "work", "--burst")
    (found,) = json.loads(told(app, "failed", "--json"))["jobs"]
    assert (found["id"], found["kind"], found["tenant_id"]) == (job, BROKEN, city.id)
    assert (found["error"], found["error_kind"]) == (f"KeyError: '{BROKEN}'", "KeyError")
    listed = told(app, "failed")
    assert job in listed
    assert city.slug in listed
    assert "dijalankan lagi" in told(app, "retry", "--job", job, "--by", "Rina")
    assert [each.id for each in app.extensions["jobs"].queue("sync").jobs] == [job]
    assert "Tidak ada pekerjaan yang gagal" in told(app, "failed")
    (entry,) = [each for each in audited(app, city) if each.action == "jobs.retried"]
    assert (entry.actor_name, entry.detail) == ("Rina", {"job": BROKEN, "job_id": job})
    code, output = jobs(app, "retry", "--job", job)
    assert (code, output) == (1, "Error: Pekerjaan itu tidak ada lagi di antara yang gagal.\n")


def test_a_stopped_message_is_listed_explained_and_tried_again(app: Flask, office: Office) -> None:
    message = refused(office, answer=True)
    (found,) = [
        each
        for each in json.loads(told(app, "failed", "--json"))["messages"]
        if each["tenant"] == office.city.slug
    ]
    assert (found["id"], found["topic"], found["state"], found["attempts"]) == (
        str(message),
        "sp4n.create",
        "rejected",
        1,
    )
    assert found["cause"] == "SP4N menolak: Data tidak dapat diproses"
    explained = told(app, "explain", "--tenant", office.city.slug, str(message))
    assert "Pengiriman laporan ke SP4N-LAPOR!" in explained
    assert "berhenti, ditolak" in explained
    assert "panggilan dimulai" in explained
    assert "Perbaiki isian yang disebut SP4N-LAPOR!" in explained
    assert "Nama Pelapor Rahasia" not in explained
    waiting = told(app, "explain", "--tenant", office.city.slug, str(office.messages()[1].id))
    assert f"Selesaikan dahulu kiriman {message}" in waiting
    assert "dicoba lagi" in told(app, "retry", "--tenant", office.city.slug, str(message), "--by", "Rina")
    office.deliver()
    office.deliver()
    assert {each.state for each in office.messages()} == {"delivered"}
    assert len(office.filed()) == 1
    (entry,) = [each for each in audited(app, office.city) if each.action == "sp4n.task_retried"]
    assert entry.actor_name == "Rina"
    code, output = jobs(app, "retry", "--tenant", office.city.slug, str(message))
    assert (code, output.startswith("Error: Kiriman ini sedang dicoba")) == (1, True)
    assert "Tidak ada yang perlu dilakukan." in told(
        app, "explain", "--tenant", office.city.slug, str(message)
    )


def test_skipping_goes_through_the_citys_own_door(app: Flask, office: Office) -> None:
    message = refused(office, answer=True)
    code, output = jobs(app, "skip", "--tenant", office.city.slug, str(message), "--reason", "x")
    assert (code, output) == (1, "Error: Tulis alasan paling sedikit 5 huruf.\n")
    done = told(
        app,
        "skip",
        "--tenant",
        office.city.slug,
        str(message),
        "--reason",
        "Laporan ganda",
        "--by",
        "Rina",
    )
    assert done == "2 kiriman dilewati\n", "the answer behind it goes too"
    assert {each.state for each in office.messages()} == {"skipped"}
    (task,) = tasks_of(office)
    assert (task.state, task.ended_by, task.reason) == ("skipped", "Rina", "Laporan ganda")
    (entry,) = [each for each in audited(app, office.city) if each.action == "sp4n.task_skipped"]
    assert (entry.actor_name, entry.detail["reason"]) == ("Rina", "Laporan ganda")


def test_a_task_nobody_wrote_yet_is_ended_all_the_same(app: Flask, office: Office) -> None:
    """The worker may have died between the refusal and the list of tasks."""
    message = refused(office)
    with office.scope(), unit_of_work() as session:
        session.query(Sp4nTask).delete()
    told(app, "skip", "--tenant", office.city.slug, str(message), "--reason", "Laporan ganda")
    assert [each.state for each in tasks_of(office)] == ["skipped"]


def test_what_did_not_stop_is_not_skipped(app: Flask, office: Office) -> None:
    office.file()
    (message,) = office.messages()
    code, output = jobs(
        app, "skip", "--tenant", office.city.slug, str(message.id), "--reason", "Laporan ganda"
    )
    assert code == 1
    assert "tidak berhenti" in output
    assert office.messages()[0].state == "pending"
    explained = told(app, "explain", "--tenant", office.city.slug, str(message.id))
    assert "jatuh tempo, menunggu pekerja" in explained


def test_a_message_to_an_officer_is_skipped_and_audited(app: Flask, city: City) -> None:
    message = stopped_notice(app, city)
    told(app, "retry", "--tenant", city.slug, str(message))
    code, _ = jobs(app, "retry", "--tenant", city.slug, str(uuid.uuid4()))
    assert code == 1
    told(app, "skip", "--tenant", city.slug, str(message), "--reason", "Alamat salah")
    actions = [each.action for each in audited(app, city)]
    assert actions[-2:] == ["outbox.retried", "outbox.skipped"]


def test_a_move_is_called_back_by_the_city_not_skipped(app: Flask, city: City) -> None:
    key = f"move:{uuid.uuid4()}"
    with tenant_scope(city.id, app), unit_of_work():
        singles.add([singles.Single("case.move", uuid.uuid4(), key, {})])
    with tenant_scope(city.id, app), unit_of_work() as session:
        message = session.query(OutboxMessage).filter_by(dedupe_key=key).one().id
    code, output = jobs(app, "skip", "--tenant", city.slug, str(message), "--reason", "Laporan ganda")
    assert code == 1
    assert "menariknya kembali" in output


def test_without_redis_the_rows_are_told(app: Flask, office: Office) -> None:
    message = refused(office)
    with without_redis(app):
        code, output = jobs(app, "status")
        assert code == 1
        assert "Redis tidak terjangkau; pekerjaan tetap tersimpan" in output
        assert office.city.slug in output
        failed = told(app, "failed")
        assert str(message) in failed
        assert json.loads(told(app, "failed", "--json"))["jobs"] is None


def test_without_the_relays_address_it_says_so(settings: Settings, app: Flask) -> None:
    with application(replace(settings, database_relay_url=None)) as made:
        assert "DATABASE_RELAY_URL belum diisi" in told(made, "status")
        assert json.loads(told(made, "failed", "--json"))["messages"] is None


def test_every_kind_of_work_and_message_has_words(app: Flask) -> None:
    assert set(words.JOBS) == set(app.extensions["jobs"].jobs)
    assert set(words.TOPICS) == set(mending.JOB_OF)


def test_spans_and_causes_in_words() -> None:
    assert [words.span(each) for each in (None, 0, 59.9, 60, 7_300, 200_000)] == [
        "–",
        "0 detik",
        "59 detik",
        "1 menit",
        "2 jam",
        "2 hari",
    ]
    assert words.own("SP4N menolak: telepon 0812") == "SP4N menolak"
    now = clock.now()
    assert words.moment(now, now + timedelta(days=2)).count(" ") == 2


def test_the_errors_own_line_is_found() -> None:
    trace = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\nKeyError: 1\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "b.py", line 2, in h\n    i()\n'
        "sqlalchemy.exc.IntegrityError: (x) y\nDETAIL:  Key (email)=(budi@x.example) already exists.\n"
    )
    assert error_line(trace) == "sqlalchemy.exc.IntegrityError: (x) y"
    assert error_line("") == ""
    assert error_line("Work-horse terminated unexpectedly") == "Work-horse terminated unexpectedly"
