"""How fast one worker of ours delivers, beside one plain RQ worker that makes the same calls."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial

from bench.chaos.acts import People
from bench.chaos.ground import ROOT, Town
from bench.sync import bare
from bench.sync.figures import Figure
from bench.sync.ground import Ground, wait_until
from core.jobs.queue import registry
from scripts.processes import Program
from sp4n import settings
from sp4n.subscribers import DELIVER

ENDPOINT = "create"
LEAST_SHARE = 0.5
#: so many calls at the start and at the end are not counted: the program starts, the queue runs dry
EDGE = 10
PATIENCE_SECONDS = 300.0
HEAD = "| repetition | ours, messages a second | plain RQ, calls a second | without fork |\n|---|---|---|---|"


class Throughput:
    """Repetitions of both, in turns, in one town whose rate of calls is not what limits it."""

    def __init__(self, ground: Ground, town: Town, *, seed: int, reports: int) -> None:
        self._ground, self._town, self._reports = ground, town, reports
        self._people = People(ground, seed + 2, towns=[town], deeds=("file",))

    def run(self, repetitions: int) -> list[Figure]:
        self._ground.configure(
            self._town, requests_per_minute=settings.MOST_REQUESTS_A_MINUTE, receives=False
        )
        ours, plain, simple = [], [], []
        print(f"\n{HEAD}")
        for number in range(1, repetitions + 1):
            plain.append(self._rate(partial(self._plain, bare.FORKING)))
            ours.append(self._rate(self._ours))
            simple.append(self._rate(partial(self._plain, bare.SIMPLE)))
            print(f"| {number} | {ours[-1]:.1f} | {plain[-1]:.1f} | {simple[-1]:.1f} |", flush=True)
        return [
            Figure("messages a second, one worker, median", statistics.median(ours), "1/s"),
            Figure("calls a second, one plain RQ worker, median", statistics.median(plain), "1/s"),
            Figure("ours to plain, median", _share(ours, plain), "x", LEAST_SHARE, at_least=True),
            Figure("ours to a plain one that forks for no job", _share(ours, simple), "x"),
        ]

    def _rate(self, work: Callable[[], None]) -> float:
        """Calls a second as the national side saw them."""
        calls = self._ground.calls_of(self._town, ENDPOINT, 0)
        work()
        new = self._ground.calls_of(self._town, ENDPOINT, calls[-1][0] if calls else 0)
        assert len(new) >= self._reports, "calls are missing"
        moments = [at for _, at in new][EDGE:-EDGE]
        return (len(moments) - 1) / (moments[-1] - moments[0]).total_seconds()

    def _ours(self) -> None:
        for _ in range(self._reports):
            self._people.act()
        with self._ground.app.app_context():
            registry().wake(DELIVER, self._town.tenant_id)
        child = self._ground.supervisor.launch(self._ground.product.worker(1))
        wait_until(lambda: self._ground.undelivered([self._town]) == 0, PATIENCE_SECONDS, pause=1)
        self._ground.supervisor.children.remove(child)
        assert child.process is not None
        child.process.terminate()
        child.process.wait(60)

    def _plain(self, kind: str) -> None:
        redis = self._ground.app.extensions["jobs"].redis
        account = self._account()
        for number in range(self._reports):
            bare.queue(redis).enqueue_call(bare.JOB, args=(*account, number), result_ttl=0)
        product = self._ground.product
        command = [sys.executable, "-m", "bench.sync.bare", product.environment["REDIS_URL"], kind]
        self._ground.supervisor.run(Program("plain", command, product.environment, ROOT), PATIENCE_SECONDS)

    def _account(self) -> tuple[str, str, str, int]:
        base_url = str(self._ground.remote.base_url)
        listed = self._ground.remote.get("/simulator/institutions").raise_for_status().json()
        own = next(each for each in listed if each["id"] == self._town.institution_id)
        return base_url, own["secret"], own["token"], self._town.institution_id


def _share(ours: Sequence[float], others: Sequence[float]) -> float:
    return statistics.median(own / other for own, other in zip(ours, others, strict=True))
