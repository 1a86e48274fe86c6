"""`scripts/bench-sync`: the shared worker's fairness, lag, rate, idle cost and imports, as one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.sync.fairness import Fairness
from bench.sync.figures import Figure, table
from bench.sync.ground import Ground
from bench.sync.idle import Idle, Quiet
from bench.sync.imports import Imports
from bench.sync.throughput import Throughput
from scripts.supervisor import Stopped, heed_stop_signals


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/bench-sync", description=__doc__)
    parser.add_argument("--only", choices=sorted(GOALS), action="append", help="may be given more than once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cities", type=int, default=10, help="healthy ones beside the bad one")
    parser.add_argument("--rate", type=float, default=0.5, help="acts a second, of all of them together")
    parser.add_argument("--seconds", type=float, default=120, help="of one trial of fairness")
    parser.add_argument("--rounds", type=int, default=3, help="of trials of fairness")
    parser.add_argument("--messages", type=int, default=10_000, help="due in the bad city")
    parser.add_argument("--reports", type=int, default=400, help="of one repetition of throughput")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--rows", type=int, default=50_000, help="of the imported file")
    parser.add_argument("--apply-seconds", type=float, default=60, help="how long its rows are applied")
    parser.add_argument("--tenants", type=int, default=514, help="connected, for the idle cost")
    parser.add_argument("--idle-seconds", type=float, default=120)
    return parser.parse_args()


@contextmanager
def standing(ground: Ground, towns: int) -> Iterator[Ground]:
    """The ground with its towns; workers are not started yet."""
    began = time.monotonic()
    try:
        ground.prepare(towns)
        print(f"{towns} cities connected in {time.monotonic() - began:.0f} s", flush=True)
        yield ground
    finally:
        ground.stop()


def fairness(given: argparse.Namespace, folder: Path) -> list[Figure]:
    with standing(Ground(folder, workers=given.workers), given.cities + 1) as ground:
        ground.launch()
        trials = Fairness(ground, seed=given.seed, rate=given.rate, seconds=given.seconds)
        return trials.run(given.messages, given.rounds)


def throughput(given: argparse.Namespace, folder: Path) -> list[Figure]:
    with standing(Ground(folder, workers=1), 1) as ground:
        rates = Throughput(ground, ground.towns[0], seed=given.seed, reports=given.reports)
        return rates.run(given.repetitions)


def idle(given: argparse.Namespace, folder: Path) -> list[Figure]:
    with standing(Quiet(folder, workers=given.workers), given.tenants) as ground:
        ground.launch()
        return Idle(ground).run(given.idle_seconds)


def imports(given: argparse.Namespace, folder: Path) -> list[Figure]:
    with standing(Ground(folder, workers=1), 1) as ground:
        ground.launch()
        town, seconds = ground.towns[0], given.apply_seconds
        return Imports(ground, town, seed=given.seed, rows=given.rows, apply_seconds=seconds).run()


GOALS: dict[str, Callable[[argparse.Namespace, Path], list[Figure]]] = {
    "fairness": fairness,
    "throughput": throughput,
    "idle": idle,
    "imports": imports,
}


def main() -> int:
    """0 where everything that must be reached is."""
    given = arguments()
    heed_stop_signals()
    found: list[Figure] = []
    try:
        for name in given.only or GOALS:
            with tempfile.TemporaryDirectory(prefix="satuaduan-sync-") as made:
                found += GOALS[name](given, Path(made))
    except Stopped:
        return 130
    print(f"\nseed {given.seed}\n\n{table(found)}")
    return 0 if all(each.holds for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
