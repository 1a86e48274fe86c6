"""What was measured beside what must be reached, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = "| what | measured | must be | |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: `bound` is the least (`at_least`) or the most that holds; without one it only tells."""

    what: str
    value: float
    unit: str
    bound: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        if self.bound is None:
            return True
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        must = "" if self.bound is None else f"{'≥' if self.at_least else '≤'} {self.bound:g} {self.unit}"
        verdict = "" if self.bound is None else "holds" if self.holds else "**fails**"
        return f"| {self.what} | {self.value:.2f} {self.unit} | {must} | {verdict} |"


def table(figures: Iterable[Figure]) -> str:
    return "\n".join((HEAD, *(each.line() for each in figures)))
