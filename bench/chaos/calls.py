"""What the national side had to bear: its own log of calls, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

#: kinds of fault of the simulator: nothing was done, done but not told, told badly
ERRORS = frozenset({"server_error", "html_error", "rate_limit", "drop", "garbage", "unauthorized"})
UNTOLD = frozenset({"timeout_after_commit", "drop_after_commit", "error_after_commit", "truncated"})
JUMBLED = frozenset({"doubled", "shuffled"})
WRITES = {"create": "reports", "add_followup": "answers", "reject": "reports handed on"}


class Calls:
    """The log of the national side; `count` asks for the new part only."""

    def __init__(self, remote: httpx.Client) -> None:
        self._remote, self._last = remote, 0

    def count(self) -> int:
        """Calls so far."""
        rows = self._read(self._last)
        self._last = rows[-1]["id"] if rows else self._last
        return self._last

    def tally(self) -> Tally:
        """All calls so far by what befell them."""
        return tally_of(self._read(0))

    def _read(self, after: int) -> list[dict[str, Any]]:
        answer = self._remote.get("/simulator/requests", params={"after": after}).raise_for_status()
        rows: list[dict[str, Any]] = answer.json()["requests"]
        return rows


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls by fate; `lists`: answers that hold a list, `untold_writes`: what was done and never told."""

    calls: int
    errors: int
    untold: int
    jumbled: int
    lists: int
    jumbled_lists: int
    lookups: int
    untold_writes: Counter[str]

    def rows(self) -> Iterable[tuple[str, int, str]]:
        """(what, how many, share) as the table shows it."""
        yield "all", self.calls, ""
        yield "failed, nothing done", self.errors, self.share(self.errors)
        yield "done, the answer lost", self.untold, self.share(self.untold)
        yield "answered doubled or out of order", self.jumbled, self.share(self.jumbled)
        whole = self.jumbled_lists / self.lists if self.lists else 0
        yield "of these, lists read", self.jumbled_lists, f"{whole:.1%} of {self.lists} lists told"
        yield "looks whether a report arrived", self.lookups, ""
        for name, count in sorted(self.untold_writes.items()):
            yield f"{name} made there, not told", count, ""

    def share(self, count: int) -> str:
        return f"{count / self.calls:.1%}" if self.calls else "–"


def tally_of(rows: list[dict[str, Any]]) -> Tally:
    """Count the log's rows."""
    faults = Counter(_fate(row["fault"]) for row in rows)
    told = [row for row in rows if row["method"] == "GET" and _fate(row["fault"]) in ("told", "jumbled")]
    return Tally(
        calls=len(rows),
        errors=faults["errors"],
        untold=faults["untold"],
        jumbled=faults["jumbled"],
        lists=len(told),
        jumbled_lists=sum(row["fault"] in JUMBLED for row in told),
        lookups=sum("tag=" in row["path"] for row in rows),
        untold_writes=Counter(
            WRITES[row["endpoint"]]
            for row in rows
            if row["endpoint"] in WRITES and row["fault"] in UNTOLD and row["status"] == 200
        ),
    )


def _fate(fault: str | None) -> str:
    for name, kinds in (("errors", ERRORS), ("untold", UNTOLD), ("jumbled", JUMBLED)):
        if fault in kinds:
            return name
    return "told"
