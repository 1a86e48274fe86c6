"""`scripts/bench`: fills, measures, prints."""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from bench import cities, deployment, lifecycle, loading, report, scenes, serving
from bench.cities import Ground
from bench.floor import bare_app, lines_for
from bench.measuring import Sample, call, counted, measure, reference
from bench.report import Result
from bench.scenes import Scene
from bench.visitors import Visitor
from core.config import Settings
from core.db.tenancy import tenant_scope
from core.extensions import db
from monitoring import rebuild

WARMUP = 5


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures pages and acts on made-up cities. DATABASE_URL (of an administrator, on a"
        " server for measuring alone: its roles get new passwords) and REDIS_URL replace the embedded ones.",
    )
    parser.add_argument("--cities", type=int, default=50)
    parser.add_argument("--complaints", type=int, default=100_000, help="of all cities together")
    parser.add_argument("--requests", type=int, default=100, help="measured, of each kind")
    parser.add_argument(
        "--data-dir", type=Path, help="kept and used again; without it everything is thrown away"
    )
    parser.add_argument("--only", default="", help="scenes whose name contains this")
    parser.add_argument("--profile", action="store_true", help="print where each scene's time goes instead")
    parser.add_argument("--server", action="store_true", help="measure through granian, too")
    parser.add_argument("--lifecycle", type=float, default=0, metavar="SECONDS", help="many people at once")
    parser.add_argument("--users", type=int, default=50, help="how many people")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="print growth since an earlier run")
    return parser.parse_args()


@contextmanager
def folder(given: Path | None) -> Iterator[Path]:
    """The data folder: kept where one is named."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="satuaduan-bench-") as made:
        yield Path(made)


class Clock:
    """Says how far the run is."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        """One line to the terminal, with the seconds since the start."""
        print(f"[{time.monotonic() - self.began:7.1f} s] {text}", file=sys.stderr, flush=True)


def fill(app: Flask, settings: Settings, number: int, total: int, watch: Clock) -> list[Ground]:
    """Make the province and the cities, and fill those that are empty."""
    cities.provision_province(app)
    grounds = [cities.provision_city(app, place) for place in range(number)]
    watch.say(f"{number} cities")
    with loading.connect(settings.database_owner_url or "") as connection:
        filled = 0
        for ground, count in zip(grounds, loading.shares(total, number), strict=True):
            if not loading.has_reports(connection, ground.tenant_id):
                loading.load(connection, ground, count, app.extensions["pin_key"])
                filled += count
        watch.say(f"{filled} reports filled")
        if filled:
            loading.settle(connection)
            for ground in grounds:
                with tenant_scope(ground.tenant_id, app):
                    rebuild.rebuild()
            loading.settle(connection, ("figure", "figure_state", "figure_change"))
            watch.say("figures counted, statistics gathered")
    return grounds


def run(app: Flask, scene: Scene, requests: int, floors: Flask) -> Result:
    """Measure one scene and the floor under it."""
    with app.app_context():
        engine = db.engine
    environ = next(scene.requests(1))  # outside: looking for a case to act on asks the database, too
    with counted(engine) as seen:
        status, _, _ = call(app.wsgi_app, environ)
        statements = len(seen)
    if status != scene.status:
        raise RuntimeError(f"{scene.name}: {status}, not {scene.status}")
    sample = measure(app.wsgi_app, scene.requests(requests + WARMUP), scene.status, warmup=WARMUP)
    floor = _floor(floors, scene, sample, statements, requests) if scene.against_floor else None
    return Result(
        name=scene.name,
        statements=statements,
        cpu_median=sample.cpu_median * 1000,
        cpu_mean=sample.cpu_mean * 1000,
        wall_p50=sample.wall_at(50) * 1000,
        wall_p95=sample.wall_at(95) * 1000,
        sent=sample.sent,
        unpacked=sample.unpacked,
        floor=None if floor is None else floor.cpu_median * 1000,
        budget=scene.budget_ms,
        requests=requests,
    )


def profile(app: Flask, scene: Scene, requests: int) -> None:
    """Where the time of a scene goes, by own time and by time below."""
    measure(app.wsgi_app, scene.requests(WARMUP), scene.status)
    environs = list(scene.requests(requests))
    profiler = cProfile.Profile(time.process_time)  # CPU, not what is waited for
    profiler.enable()
    measure(app.wsgi_app, environs, scene.status)
    profiler.disable()
    print(f"{scene.name}, {requests} requests")
    for order in ("tottime", "cumtime"):
        pstats.Stats(profiler).sort_stats(order).print_stats(40)


def serve(
    app: Flask,
    settings: Settings,
    data_dir: Path,
    grounds: list[Ground],
    chosen: argparse.Namespace,
    watch: Clock,
) -> None:
    """Through the real server: every scene one request after the other, then many people at once."""
    with serving.served(settings, data_dir) as port:
        if chosen.server:
            print(f"\n{report.SERVED_HEAD}")
            client = serving.Client(port)
            for scene in scenes.scenes(app, grounds[0], grounds[-1]):
                if chosen.only in scene.name:
                    environs = scene.requests(chosen.requests + WARMUP)
                    print(report.served(scene.name, serving.measure(client, environs, scene.status)))
            client.close()
            watch.say("through the server")
        if chosen.lifecycle:
            places = lifecycle.towns(app, grounds)
            lifecycle.live(port, places, users=chosen.users, seconds=3)
            before = reference()
            outcome = lifecycle.live(port, places, users=chosen.users, seconds=chosen.lifecycle)
            print(f"\n{lifecycle.table(outcome, chosen.users)}")
            print(f"\nreference work: {before * 1000:.0f} ms before, {reference() * 1000:.0f} ms after")


def _floor(floors: Flask, scene: Scene, sample: Sample, statements: int, requests: int) -> Sample:
    plain = Visitor(floors, "lantai")
    if scene.is_act:
        form = {"csrf_token": "x", "text": "Tim sudah memperbaiki lampu."}
        plain.use_token("x")
        environs = (plain.environ(f"/{statements}", form) for _ in range(requests + WARMUP))
        return measure(floors.wsgi_app, environs, 303, warmup=WARMUP)
    path = f"/{lines_for(sample.unpacked)}"
    return measure(
        floors.wsgi_app, (plain.environ(path) for _ in range(requests + WARMUP)), 200, warmup=WARMUP
    )


def main() -> int:
    """Fill, measure, print."""
    chosen, watch = arguments(), Clock()
    with (
        folder(chosen.data_dir) as data_dir,
        deployment.engines(data_dir, os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")) as (
            admin_url,
            redis_url,
        ),
    ):
        settings = deployment.settings_for(data_dir, admin_url, redis_url)
        with deployment.application(settings) as app:
            watch.say("migrated")
            grounds = fill(app, settings, chosen.cities, chosen.complaints, watch)
            with app.app_context():
                floors = bare_app(db.engine)
            results = []
            for scene in scenes.scenes(app, grounds[0], grounds[-1]):
                if chosen.only not in scene.name:
                    continue
                if chosen.profile:
                    profile(app, scene, chosen.requests)
                else:
                    results.append(run(app, scene, chosen.requests, floors))
                    watch.say(scene.name)
            if results:
                print(report.table(results))
            if chosen.server or chosen.lifecycle:
                serve(app, settings, data_dir, grounds, chosen, watch)
    if chosen.json is not None:
        about = {"cities": chosen.cities, "complaints": chosen.complaints, "requests": chosen.requests}
        report.save(chosen.json, results, about)
    if chosen.compare is not None:
        print()
        print(report.growth(results, report.read(chosen.compare)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
