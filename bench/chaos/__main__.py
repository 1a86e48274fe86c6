"""`scripts/chaos`: a storm over many cities, and a table of what held."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.chaos import verdict
from bench.chaos.acts import BROKEN, DONE, REFUSED, People
from bench.chaos.ground import Ground
from bench.chaos.storm import Storm
from scripts.supervisor import Stopped, heed_stop_signals

#: of each line of the table, so many examples of what is wrong
EXAMPLES = 5


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--tenants", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data-dir", type=Path, help="kept; without it everything is thrown away")
    return parser.parse_args()


def main() -> int:
    """0 where everything held."""
    given = arguments()
    heed_stop_signals()
    with ExitStack() as stack:
        folder = given.data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        ground = Ground(folder.absolute(), workers=given.workers)
        stack.callback(ground.stop)
        try:
            return _run(ground, given)
        except Stopped:
            return 130


def _run(ground: Ground, given: argparse.Namespace) -> int:
    started = time.monotonic()
    ground.start(given.tenants)
    print(f"{given.tenants} cities connected in {time.monotonic() - started:.0f} s", flush=True)
    people, storm = People(ground, given.seed), Storm(ground, given.seed, given.events)
    storm.rise()
    began = time.monotonic()
    for place in range(given.events):
        while not people.act():  # the database is away
            storm.blow(-1)
            time.sleep(0.2)
        storm.blow(place)
    acted = time.monotonic() - began
    while (calls := ground.calls()) < given.events and time.monotonic() - began < 2 * acted + 5:
        storm.blow(-1)
        time.sleep(0.2)
    stormy = time.monotonic() - began
    quiet = storm.calm(90 + given.events / 10)
    ground.end_workers()
    print(f"seed {given.seed}, {given.events} events in {stormy:.0f} s of storm, {calls} calls in it,")
    print(f"quiet after {quiet:.0f} s; killed with -9: {dict(storm.kills)};", end=" ")
    print(f"stopped messages tried again: {storm.tried_again}", end="\n\n")
    _tell_acts(people)
    return _tell(verdict.findings(ground))


def _tell_acts(people: People) -> None:
    print("| act | done | refused | cut off |\n|---|---|---|---|")
    for name in sorted({name for name, _ in people.counts}):
        cells = [str(people.counts[name, outcome]) for outcome in (DONE, REFUSED, BROKEN)]
        print(f"| {name} | {' | '.join(cells)} |")


def _tell(findings: list[verdict.Finding]) -> int:
    print("\n| what must hold | looked at | wrong |\n|---|---|---|")
    for each in findings:
        print(f"| {each.name} | {each.looked_at} | {len(each.wrong)} |")
    for each in findings:
        for words in each.wrong[:EXAMPLES]:
            print(f"- {each.name}: {words}")
    return 0 if all(each.holds for each in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
