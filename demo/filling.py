"""One city's year, acted out; and all cities at once, each in a process of its own.

Invariant: a process writes to its own city only.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event

from complaints import statute
from core import clock
from core.db.tenancy import tenant_scope
from core.extensions import db
from demo import national, planning
from demo.acting import Stage
from demo.national import Account
from demo.pictures import SCENES, Album
from demo.scenario import Place, Scenario
from monitoring import figures

PROGRESS_SECONDS = 2.0
#: the past for which a city's days off are needed
_LOOK_BACK = timedelta(days=400)


class Halted(RuntimeError):
    """A city could not be filled; its own process has told why."""


@dataclass(frozen=True, slots=True)
class Task:
    """One city to fill. `account`: its account on the national side, None to leave it unconnected."""

    place: Place
    tenant_id: int
    now: datetime
    count: int | None
    account: Account | None
    pictures: Path


@dataclass(frozen=True, slots=True)
class Progress:
    """Told how many acts there will be, then each act."""

    expect: Callable[[int], None]
    advance: Callable[[], None]


def fill(data: Scenario, task: Task, app: Flask, progress: Progress) -> None:
    """Let the year pass in one city, then add its figures up."""
    with tenant_scope(task.tenant_id, app):
        with clock.frozen(task.now):
            law = statute.load(task.now - _LOOK_BACK)
        stories = planning.plan(
            data,
            task.place,
            law.calendar,
            law.rules,
            task.now,
            count=task.count,
            scenes=SCENES,
            ladder=law.ladder,
        )
        joins_at = planning.connected_from(stories) if task.account else None
        stories += planning.company(data, task.place, law.calendar, law.rules, task.now, stories)
        stage = Stage(Album(task.pictures, law.calendar.tz))
        deeds = planning.deeds_in_order(stories)
        progress.expect(len(deeds))
        for story, place, deed in deeds:
            if task.account and joins_at and deed.at > joins_at:
                with clock.frozen(joins_at):
                    national.connect(task.account)
                joins_at = None
            if not stage.is_done(story, place):
                stage.perform(story, deed)
            progress.advance()
        figures.fold()


def fill_in_turn(data: Scenario, tasks: Sequence[Task], app: Flask, say: Callable[[str], None]) -> None:
    """City after city, in this process."""
    for task in tasks:
        fill(data, task, app, Progress(lambda _acts: None, lambda: None))
        say(f"{task.place.name} terisi")


def fill_at_once(data: Scenario, tasks: Sequence[Task], app: Flask, say: Callable[[str], None]) -> None:
    """All cities at the same time. Raises Halted when one fails; then none goes on."""
    context = multiprocessing.get_context("fork")
    expected, done = context.Value("q", 0), context.Value("q", 0)
    db.session.remove()
    db.engine.dispose()  # a connection must not be shared by two processes
    processes = [
        context.Process(
            target=_work, args=(data, task, app, expected, done), name=task.place.name, daemon=True
        )
        for task in tasks
    ]
    for process in processes:
        process.start()
    try:
        _watch(processes, lambda: say(f"Data contoh: {done.value} dari {expected.value} tindakan"))
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _work(data: Scenario, task: Task, app: Flask, expected: Any, done: Any) -> None:
    def expect(acts: int) -> None:
        with expected.get_lock():
            expected.value += acts

    def advance() -> None:
        with done.get_lock():
            done.value += 1

    with app.app_context():
        _hurry(db.engine)
    fill(data, task, app, Progress(expect, advance))


def _hurry(engine: Engine) -> None:
    """Commits do not wait for the disk: what a crash loses is simply done again."""

    @event.listens_for(engine, "do_connect")
    def _options(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
        parameters["options"] = f"{parameters.get('options', '')} -c synchronous_commit=off"


def _watch(processes: Sequence[BaseProcess], tell: Callable[[], None]) -> None:
    """Until all have ended well, a line every two seconds."""
    told = time.monotonic()
    while any(process.is_alive() for process in processes):
        time.sleep(0.1)
        _check(processes)
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            tell()
    _check(processes)


def _check(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        if process.exitcode:
            raise Halted(f"Data contoh untuk {process.name} gagal disiapkan (kode {process.exitcode}).")
