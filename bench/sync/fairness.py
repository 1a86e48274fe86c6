"""What a city with a dead national side and 10,000 due messages costs the others."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.chaos.acts import People
from bench.chaos.ground import Town
from bench.sync import remotes
from bench.sync.figures import Figure
from bench.sync.ground import Ground, percentile, wait_until
from core import clock

DEEDS = ("file", "verify", "assign", "follow_up")
ALONE = "sleeps (alone)"
MOST_TIMES, MOST_SECONDS = 1.2, 5.0
#: a trial's last messages are waited for; what is open then never came
PATIENCE_SECONDS = 60.0
WARM_UP_SECONDS = 10.0
HEAD = (
    "| the others while one | messages | p50 s | p95 s | longest s | never came |\n|---|---|---|---|---|---|"
)


@dataclass(slots=True)
class Trial:
    """Delays of the healthy cities' messages; `lost` did not come at all."""

    delays: list[float] = field(default_factory=list)
    lost: int = 0

    def add(self, other: Trial) -> None:
        self.delays += other.delays
        self.lost += other.lost

    def line(self, name: str) -> str:
        cells = [f"{percentile(self.delays, each):.3f}" for each in (50, 95)]
        return f"| {name} | {len(self.delays)} | {' | '.join(cells)} | {max(self.delays):.3f} | {self.lost} |"


class Fairness:
    """Trials alone and beside each kind of dead remote, in turns."""

    def __init__(self, ground: Ground, *, seed: int, rate: float, seconds: float) -> None:
        *self._healthy, self._bad = ground.towns
        self._ground, self._random, self._rate, self._seconds = ground, random.Random(seed), rate, seconds
        self._people = People(ground, seed, towns=self._healthy, deeds=DEEDS)
        self._neighbours = People(ground, seed + 1, towns=[self._bad], deeds=DEEDS)

    def run(self, messages: int, rounds: int) -> list[Figure]:
        remotes.rest(self._ground, self._bad)
        remotes.fill(self._ground, self._bad, messages)
        self._live(WARM_UP_SECONDS, None)
        wait_until(lambda: self._ground.waiting_jobs() == 0, PATIENCE_SECONDS, pause=3)
        found = {name: Trial() for name in (ALONE, *remotes.KINDS)}
        alone: list[Trial] = []
        for _ in range(rounds):
            for kind in remotes.KINDS:
                alone.append(self._live(self._seconds, None))
                found[ALONE].add(alone[-1])
                found[kind].add(self._live(self._seconds, kind))
        print(f"\n{HEAD}")
        for name, trial in found.items():
            print(trial.line(name))
        return self._figures(found, alone)

    def _figures(self, found: dict[str, Trial], alone: list[Trial]) -> list[Figure]:
        own = percentile(found[ALONE].delays, 95)
        each = [percentile(trial.delays, 95) for trial in alone]
        figures = [
            Figure("act to national, p95, all well", own, "s", MOST_SECONDS),
            Figure("trials alone, highest p95 to lowest", max(each) / min(each), "x"),
        ]
        for kind in remotes.KINDS:
            times = percentile(found[kind].delays, 95) / own
            figures.append(Figure(f"p95 beside one that {kind}, to alone", times, "x", MOST_TIMES))
        lost = sum(trial.lost for trial in found.values())
        return [*figures, Figure("messages that never came", lost, "", 0)]

    def _live(self, seconds: float, kind: str | None) -> Trial:
        """Acts at an even rate with some jitter; the bad city's people go on like the others."""
        began, since = time.monotonic(), clock.now()
        with ExitStack() as stack:
            if kind is not None:
                stack.enter_context(remotes.dead(self._ground, self._bad, kind))
            for place in range(round(seconds * self._rate)):
                due = began + (place + self._random.uniform(0, 0.8)) / self._rate
                time.sleep(max(0.0, due - time.monotonic()))
                self._people.act()
                if kind is not None and place % len(self._healthy) == 0:
                    self._neighbours.act()
            wait_until(self._is_done, PATIENCE_SECONDS)
        towns: list[Town] = self._healthy
        return Trial(self._ground.delays(since, towns), self._ground.undelivered(towns))

    def _is_done(self) -> bool:
        return self._ground.undelivered(self._healthy) == 0
