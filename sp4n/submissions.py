"""A report filed on the national side as a submission of ours.

Invariant: nothing is guessed: a category that is not mapped is left to the desk, under the city's last one.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from complaints.acts.intake import Submission
from complaints.models import Category
from complaints.workflow import KINDS
from core.db.tenancy import bound_tenant_id
from core.errors import DomainError
from core.phone import parse_phone
from sp4n import composing
from sp4n.models import Sp4nMapping
from sp4n.subscribers import NATIONAL_CHANNEL

LONGEST_TITLE, LONGEST_BODY = 200, 20_000
UNNAMED = "Pelapor SP4N-LAPOR!"
_NAMESPACE = uuid.UUID("6f0f5a5e-6d0b-4a56-9d6c-0a9d5d8f4b11")


class Counterparts:
    """Ours for theirs, by the city's mapping; read once, for as many reports as are composed with it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @cached_property
    def _keys(self) -> dict[tuple[str, str], str]:
        rows = self._session.execute(
            select(Sp4nMapping.kind, Sp4nMapping.remote_id, Sp4nMapping.local_key)
            .where(Sp4nMapping.kind.in_(("category", "classification")))
            .order_by(Sp4nMapping.local_key.desc())
        )
        return {(row.kind, row.remote_id): row.local_key for row in rows}

    @cached_property
    def _categories(self) -> dict[str, uuid.UUID]:
        """Ids of the active ones by code, in the city's order."""
        rows = self._session.execute(
            select(Category.code, Category.id)
            .where(Category.is_active)
            .order_by(Category.sort, Category.code)
        )
        return {row.code: row.id for row in rows}

    def local_key(self, kind: str, remote_id: int | None) -> str | None:
        """Our code of a category or classification of theirs; the first by name where several have it."""
        return self._keys.get((kind, str(remote_id)))

    def category(self, remote_id: int | None) -> uuid.UUID:
        """The category mapped to theirs; else the city's last one, for the desk to set right at verification.

        Raises DomainError where the city has none.
        """
        mapped = self._categories.get(self.local_key("category", remote_id) or "")
        found = mapped or next(reversed(self._categories.values()), None)
        if found is None:
            raise DomainError("Kota ini belum punya kategori.", code="no_category")
        return found


def submission(
    counterparts: Counterparts, report_id: str, said: dict[str, Any], happened_at: datetime
) -> Submission:
    """The report of this number there, as news of a report tells it. Raises DomainError."""
    reporter = said.get("reporter") or {}
    content = str(said.get("content") or "").strip()
    title = str(said.get("title") or "").strip() or content[:80] or "Laporan dari SP4N-LAPOR!"
    kind = said.get("kind") or counterparts.local_key("classification", said.get("classification_id"))
    email = str(reporter.get("email") or "").strip().lower()
    is_anonymous = bool(said.get("is_anonymous"))
    return Submission(
        form_key=uuid.uuid5(_NAMESPACE, f"{bound_tenant_id()}:{report_id}"),
        kind=kind if kind in KINDS else "complaint",
        title=title[:LONGEST_TITLE],
        body=content[:LONGEST_BODY] or title,
        category_id=counterparts.category(said.get("category_id")),
        incident_on=_incident_on(said.get("incident_on"), happened_at),
        village_id=None,
        landmark=str(said.get("place") or "")[:LONGEST_TITLE],
        name=str(reporter.get("name") or "").strip() or (composing.ANONYMOUS if is_anonymous else UNNAMED),
        phone=parse_phone(str(reporter.get("phone") or "")),
        email=email if "@" in email else None,
        is_anonymous=is_anonymous,
        is_confidential=bool(said.get("is_secret")),
        channel=NATIONAL_CHANNEL,
    )


def _incident_on(raw: str | None, happened_at: datetime) -> date:
    return date.fromisoformat(raw) if raw else happened_at.date()
