"""What the case page tells of the department that has the case: copies, internal deadline, who stands in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from complaints.models import Complaint
from complaints.statute import Statute
from core import clock, formats
from core.db.reading import reading
from core.db.tenancy import bound_tenant_id
from core.extensions import db

_CARD = reading("""
SELECT (SELECT array_agg(department.name ORDER BY department.name) FROM department
        WHERE department.tenant_id = :tenant AND department.id = ANY(CAST(:copies AS uuid[]))) AS copies,
       substitute.name AS substitute, away.ends_on
FROM (SELECT 1) AS one
LEFT JOIN delegation AS away ON away.tenant_id = :tenant AND away.officer_id = :handler
     AND away.starts_on <= :today AND away.ends_on >= :today AND away.ended_at IS NULL
LEFT JOIN officer AS substitute
     ON substitute.tenant_id = away.tenant_id AND substitute.id = away.substitute_id
LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class UnitCard:
    """Lines of the summary beside the department's and the handler's name."""

    copies: list[str]
    substitute: str | None
    substitute_until: date | None
    internal_due_on: date | None
    has_sheet: bool

    @property
    def facts(self) -> list[tuple[str, str]]:
        """(label, value) of what there is to tell."""
        found = []
        if self.substitute and self.substitute_until:
            until = formats.short_date(self.substitute_until)
            found.append(("Pengganti", f"{self.substitute}, sampai {until}"))
        if self.copies:
            found.append(("Tembusan", ", ".join(self.copies)))
        if self.internal_due_on:
            found.append(("Batas internal", formats.long_date(self.internal_due_on)))
        return found


def card(complaint: Complaint, rules: Statute) -> UnitCard:
    """One SQL statement, none for a case without handler and copies."""
    copies: list[str] = []
    substitute, until = None, None
    if complaint.handler_id is not None or complaint.copied_to:
        values = {
            "tenant": bound_tenant_id(),
            "copies": [uuid.UUID(each) for each in complaint.copied_to],
            "handler": complaint.handler_id,
            "today": rules.on(clock.now()),
        }
        names, substitute, until = db.session.execute(_CARD, values).one()
        copies = list(names or ())
    internal = complaint.internal_due_at
    return UnitCard(
        copies, substitute, until, rules.on(internal) if internal else None, complaint.assigned_at is not None
    )
