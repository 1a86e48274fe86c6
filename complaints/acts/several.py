"""One act on several reports: each in a unit of work of its own, so that a refused one stops no other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from complaints.acts import undoing
from complaints.acts.engine import Actor, Done
from complaints.queries import casefile, picked
from complaints.queries.picked import Picked
from core.errors import Conflict, DomainError

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one report. `event_id` is what can be undone; None where nothing was done."""

    number: str
    message: str = ""
    event_id: uuid.UUID | None = None

    @property
    def is_done(self) -> bool:
        """Whether the act was done, now or before."""
        return not self.message


def each(cases: Iterable[Picked], do: Callable[[Picked], Done]) -> list[Outcome]:
    """Do it to each; the versions seen decide whether somebody was faster."""
    return [_one(case, do) for case in cases]


def _one(case: Picked, do: Callable[[Picked], Done]) -> Outcome:
    try:
        done = do(case)
    except Conflict as refusal:
        return Outcome(case.number, picked.overtaken(case.id, refusal.who))
    except DomainError as refusal:
        return Outcome(case.number, refusal.message)
    return Outcome(case.number, event_id=done.event_id)


def take_back(acts: Iterable[tuple[str, uuid.UUID]], actor: Actor) -> list[Outcome]:
    """Undo what was done to each (number, event), as far as its window is open."""
    outcomes = []
    for number, event_id in acts:
        case_id = casefile.find_own(number, actor)
        if case_id is None:
            continue  # not there, or not yours
        try:
            undoing.take_back(case_id, event_id, actor)
        except DomainError as refusal:
            outcomes.append(Outcome(number, refusal.message))
        else:
            outcomes.append(Outcome(number))
    return outcomes


def summary(outcomes: list[Outcome]) -> str:
    """ "8 berhasil, 1 gagal: BDG-… sudah diverifikasi oleh Rina"."""
    if not outcomes:
        return "Tidak ada laporan yang diubah"
    failed = [outcome for outcome in outcomes if not outcome.is_done]
    words = f"{len(outcomes) - len(failed)} berhasil"
    if not failed:
        return words
    first = f"{failed[0].number} {failed[0].message.rstrip('.')}"
    return f"{words}, {len(failed)} gagal: {first}" + (", dan lainnya" if len(failed) > 1 else "")
