"""How an act is offered to an officer: its words, its form, and the call that does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from complaints.acts.engine import Actor, Done
from complaints.forms.officer import ActForm
from complaints.queries.casefile import CaseView
from complaints.workflow import Act

Run = Callable[[uuid.UUID, Actor, Any], Done]


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as the pages offer it. `done` is the flash after it, with {number}.

    `defaults` gives a fresh form its values, `prepare` gives any form its choices; `fits` says whether the
    act makes sense on this case for this actor, beyond what the table and the permission allow. `words` names
    the field that a template fills; what `previews` is shown as the reporter gets it before it is sent.
    """

    act: Act
    slug: str
    label: str
    button: str
    form: type[ActForm]
    run: Run
    done: str
    hint: str | None = None
    is_danger: bool = False
    defaults: Callable[[CaseView], dict[str, Any]] | None = None
    prepare: Callable[[Any, CaseView], None] | None = None
    fits: Callable[[CaseView, Actor], bool] | None = None
    words: str | None = None
    previews: bool = False
