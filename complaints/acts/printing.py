"""Papers that leave the product are recorded: who printed what, when and from where."""

from __future__ import annotations

import uuid
from typing import Any

from complaints.acts.engine import Actor
from core import audit
from core.db.transaction import unit_of_work


def record(action: str, actor: Actor, *, subject_id: uuid.UUID | None, **detail: Any) -> None:
    """One audit entry, in a unit of work of its own."""
    with unit_of_work():
        audit.record(action, actor_id=actor.id, actor_name=actor.name, subject_id=subject_id, **detail)
