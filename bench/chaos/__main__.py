"""`scripts/chaos`: a storm over many cities, and a table of what held."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from bench.chaos import verdict
from bench.chaos.acts import BROKEN, DONE, REFUSED, People
from bench.chaos.calls import Calls
from bench.chaos.ground import Ground
from bench.chaos.storm import Storm
from scripts.supervisor import Stopped, heed_stop_signals

#: of each line of the table, so many examples of what is wrong
EXAMPLES = 5


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="acts done; those refused come on top")
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
    _say(f"{given.tenants} cities connected", started)
    people, calls = People(ground, given.seed), Calls(ground.remote)
    storm = Storm(ground, given.seed, given.events)
    storm.rise()
    started = time.monotonic()
    _rage(people, storm, calls, given.events)
    tally = calls.tally()
    _say(f"seed {given.seed}: {given.events} events in the storm", started)
    started = time.monotonic()
    storm.calm(90 + given.events / 10)
    ground.end_workers()
    _say("the calm after it", started)
    started = time.monotonic()
    findings = [verdict.storm(storm, tally), *verdict.findings(ground)]
    _say("both sides compared", started)
    _tell_acts(people)
    _table(("calls of the national side in the storm", "how many", "share"), tally.rows())
    _table(("killed with -9", "times", "with messages in hand"), storm.rows())
    return _tell(findings)


def _rage(people: People, storm: Storm, calls: Calls, events: int) -> None:
    """All events; then the storm goes on until the national side has had as many calls, within bounds."""
    began, done = time.monotonic(), 0
    while done < events:
        outcome = people.act()
        done += outcome == DONE
        storm.blow(done)
        if outcome == BROKEN:
            time.sleep(0.2)
    bound = 1.5 * (time.monotonic() - began) + 30
    while calls.count() < events and time.monotonic() - began < bound:
        storm.blow(events)
        time.sleep(0.2)


def _say(what: str, started: float) -> None:
    print(f"{what}: {time.monotonic() - started:.0f} s", flush=True)


def _tell_acts(people: People) -> None:
    names = sorted({name for name, _ in people.counts})
    counts = [[people.counts[name, each] for each in (DONE, REFUSED, BROKEN)] for name in names]
    rows = [(name, *row) for name, row in zip(names, counts, strict=True)]
    totals = ("all", *map(sum, zip(*counts, strict=True)))
    _table(("act", "done", "refused by the rules", "cut off"), [*rows, totals])


def _tell(findings: list[verdict.Finding]) -> int:
    rows = [(each.name, each.looked_at, len(each.wrong)) for each in findings]
    _table(("what must hold", "looked at", "wrong"), rows)
    for each in findings:
        for words in each.notes:
            print(f"{each.name}: {words}")
        for words in each.wrong[:EXAMPLES]:
            print(f"WRONG: {each.name}: {words}")
    return 0 if all(each.holds for each in findings) else 1


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
