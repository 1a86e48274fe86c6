"""Many people at once, each with reports of their own: file, verify, assign, answer, read the answer.

Citizens and officers of all cities work against the real server for a while; client, server and database
share the machine.
"""

from __future__ import annotations

import re
import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from flask import Flask

from bench.cities import Ground
from bench.measuring import Environ, UnexpectedAnswer
from bench.scenes import ANSWER, CHECKS, report_fields
from bench.serving import Client
from bench.visitors import Visitor

_NUMBER = re.compile(r"/laporan/([^/]+)/tanda-terima")
STEPS = ("file", "verify", "assign", "answer", "read")


@dataclass(slots=True)
class Outcome:
    """What was done in how many seconds; wall seconds of each request by step."""

    seconds: float = 0.0
    rounds: int = 0
    wall: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})


@dataclass(frozen=True, slots=True)
class Town:
    """A city with a citizen's browser and a signed-in officer's."""

    ground: Ground
    citizen: Visitor
    desk: Visitor
    report: dict[str, object]


def towns(app: Flask, grounds: list[Ground]) -> list[Town]:
    """Browsers for each city, with forms at hand."""
    found = []
    for ground in grounds:
        citizen, desk = Visitor(app, ground.slug), Visitor(app, ground.slug)
        desk.sign_in()
        found.append(Town(ground, citizen, desk, report_fields(citizen.get("/laporan/baru"))))
    return found


def live(port: int, places: list[Town], *, users: int, seconds: float) -> Outcome:
    """`users` people, spread over the cities, for `seconds`."""
    whole, until = Outcome(seconds=seconds), time.monotonic() + seconds
    with ThreadPoolExecutor(users) as people:
        parts = people.map(lambda n: _person(port, places[n % len(places)], until), range(users))
        for part in parts:
            whole.rounds += part.rounds
            for step in STEPS:
                whole.wall[step] += part.wall[step]
    return whole


def _person(port: int, town: Town, until: float) -> Outcome:
    client, outcome = Client(port), Outcome()
    try:
        while time.monotonic() < until:
            _round(client, town, outcome)
            outcome.rounds += 1
    finally:
        client.close()
    return outcome


def _round(client: Client, town: Town, outcome: Outcome) -> None:
    def step(name: str, environ: Environ, expected: int = 303) -> tuple[str, str | None]:
        start = time.perf_counter()
        answer = client.send(environ)
        outcome.wall[name].append(time.perf_counter() - start)
        if answer.status != expected:
            raise UnexpectedAnswer(f"{name}: {answer.status}, not {expected}")
        return answer.location, answer.cookie

    form = {**town.report, "form_key": str(uuid.uuid4())}
    location, cookie = step("file", town.citizen.environ("/laporan/baru", form))
    found = _NUMBER.search(location)
    if found is None or cookie is None:
        raise UnexpectedAnswer(f"no receipt: {location}")
    case = f"/petugas/laporan/{found[1]}"
    verified = {
        "version": "1",
        "classification": "unsupervised",
        "checks": CHECKS,
        "category": town.ground.categories[0],
    }
    assigned = {
        "version": "2",
        "department": town.ground.departments[0][0],
        "urgency": "normal",
        "instructions": "act",
    }
    step("verify", town.desk.environ(f"{case}/verifikasi", verified))
    step("assign", town.desk.environ(f"{case}/disposisi", assigned))
    step("answer", town.desk.environ(f"{case}/tanggapan", {"version": "3", "text": ANSWER, "yakin": "1"}))
    page = town.citizen.environ(f"/lacak/{found[1]}", keep=False)
    page["HTTP_COOKIE"] = cookie
    step("read", page, expected=200)


def table(outcome: Outcome, users: int) -> str:
    """Rounds a second, and wall times of each step in milliseconds."""
    every = sorted(wall for walls in outcome.wall.values() for wall in walls)
    rate = f"{outcome.rounds / outcome.seconds:.1f} lifecycles a second"
    lines = [
        f"{users} people, {outcome.seconds:.0f} s: {rate}, p95 of a request {_percentile(every, 95):.0f} ms",
        "",
        "| step | p50 ms | p95 ms |",
        "|---|---|---|",
    ]
    for step, walls in outcome.wall.items():
        lines.append(
            f"| {step} | {statistics.median(walls) * 1000:.0f} | {_percentile(sorted(walls), 95):.0f} |"
        )
    return "\n".join(lines)


def _percentile(ordered: list[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000
