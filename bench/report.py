"""Results as a table, as JSON, and one run beside another."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.measuring import Sample

FLOOR_RATIO = 2.5
MOST_STATEMENTS = 12


@dataclass(frozen=True, slots=True)
class Result:
    """One measured page or act. Milliseconds and bytes."""

    name: str
    statements: int
    cpu_median: float
    cpu_mean: float
    wall_p50: float
    wall_p95: float
    sent: int
    unpacked: int
    floor: float | None
    budget: float | None
    requests: int

    @property
    def ratio(self) -> float | None:
        """CPU of the product by CPU of the floor."""
        return None if self.floor is None else self.cpu_median / self.floor


def table(results: Iterable[Result]) -> str:
    """Markdown. A budget that does not hold is marked with an exclamation mark."""
    head = (
        "| what | SQL | CPU median | mean | floor | ratio | budget | wall p50 | p95 | bytes sent | whole |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    )
    return "\n".join((*head, *(_line(each) for each in results)))


def _line(result: Result) -> str:
    ratio, budget = result.ratio, result.budget
    cells = (
        result.name,
        f"{result.statements}{_mark(result.statements > MOST_STATEMENTS)}",
        f"{result.cpu_median:.2f}",
        f"{result.cpu_mean:.2f}",
        "" if result.floor is None else f"{result.floor:.2f}",
        "" if ratio is None else f"{ratio:.2f}{_mark(ratio > FLOOR_RATIO)}",
        "" if budget is None else f"{budget:.0f}{_mark(result.cpu_median > budget)}",
        f"{result.wall_p50:.1f}",
        f"{result.wall_p95:.1f}",
        str(result.sent),
        str(result.unpacked),
    )
    return f"| {' | '.join(cells)} |"


SERVED_HEAD = "| through the server | wall p50 | p95 |\n|---|---|---|"


def served(name: str, sample: Sample) -> str:
    """A line of the table of wall times through the server."""
    return f"| {name} | {sample.wall_at(50) * 1000:.1f} | {sample.wall_at(95) * 1000:.1f} |"


def _mark(failed: bool) -> str:
    return " !" if failed else ""


def save(path: Path, results: Iterable[Result], about: dict[str, object]) -> None:
    """Write a run for a later comparison."""
    content = {"about": about, "results": [asdict(each) for each in results]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Result]:
    """An earlier run, by name."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {each["name"]: Result(**each) for each in content["results"]}


def growth(results: Iterable[Result], before: dict[str, Result]) -> str:
    """This run by an earlier one;

    CPU in units of each run's own floor, so that two busy hours can be compared.
    """
    lines = ["| what | SQL | CPU ms | CPU by floor | wall p50 |", "|---|---|---|---|---|"]
    for each in results:
        old = before.get(each.name)
        if old is None:
            continue
        by_floor = "" if not (each.ratio and old.ratio) else f"{each.ratio / old.ratio:.2f}"
        cells = (
            each.name,
            f"{old.statements} → {each.statements}",
            f"{old.cpu_median:.2f} → {each.cpu_median:.2f} (× {each.cpu_median / old.cpu_median:.2f})",
            by_floor,
            f"{old.wall_p50:.1f} → {each.wall_p50:.1f} (× {each.wall_p50 / old.wall_p50:.2f})",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
