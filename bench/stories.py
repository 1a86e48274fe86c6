"""The roads reports take, from receipt to the state they are in. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

NULL = r"\N"
#: share of each end among all reports; the rest, 6 %, is open
COMPLETED, ARCHIVED, DECLINED = 0.86, 0.05, 0.03
#: how the open ones stand
OPEN = {
    "received": 18, "deferred": 6, "verified": 10, "assigned": 26, "in_progress": 24, "responded": 12,
    "reporter_replied": 2, "reopened": 2,
}  # fmt: skip
#: acts that led to each state, without those that only some cases have
ROAD: dict[str, tuple[str, ...]] = {
    "received": (),
    "deferred": ("defer",),
    "verified": ("verify",),
    "assigned": ("verify", "assign"),
    "in_progress": ("verify", "assign", "follow_up"),
    "responded": ("verify", "assign", "respond"),
    "reporter_replied": ("verify", "assign", "respond", "provide_info"),
    "reopened": ("verify", "assign", "respond", "reopen"),
    "completed": ("verify", "assign", "respond", "close"),
    "archived": ("archive",),
    "declined": ("verify", "decline_jurisdiction"),
}
AFTER = {
    "verify": "verified", "assign": "assigned", "follow_up": "in_progress", "respond": "responded",
    "provide_info": "reporter_replied", "reopen": "reopened", "close": "completed", "rate": "completed",
    "archive": "archived", "decline_jurisdiction": "declined", "defer": "deferred",
}  # fmt: skip
FINAL = {"close", "rate", "archive", "decline_jurisdiction"}
WAITED_FOR = {  # which deadline each open state waits for
    "received": "verify", "deferred": "other", "verified": "answer", "assigned": "answer",
    "in_progress": "complete", "responded": "other", "reporter_replied": "complete", "reopened": "complete",
}  # fmt: skip


@dataclass(slots=True)
class Story:
    """What happened to one report: when each act was done, and the end of its chain."""

    at: dict[str, float] = field(default_factory=dict)
    entries: int = 0
    hash: str = ""
    closed: float | None = None
    last_event: str = NULL

    def enter(self, id_: str, act: str, at: float) -> None:
        self.at.setdefault(act, at)
        self.entries += 1
        self.hash = hashlib.sha256(f"{self.hash}{id_}{act}".encode()).hexdigest()
        self.last_event = id_
        if act in FINAL:
            self.closed = at
        elif act == "reopen":
            self.closed = None
