"""What maps to what, for the page: our things with their counterparts, suggestions, and what still waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from complaints.labels import CLASSIFICATIONS, KINDS
from complaints.models import Category
from core.extensions import db
from sp4n.contract import Institution
from sp4n.mapping import LABELS, RemoteState, suggest_institutions
from sp4n.models import InboundMessage, Sp4nInstitution, Sp4nMapping
from tenants.models import Department

MOST_WAITING = 1_000
STATES = {
    RemoteState.RECEIVED: "Diterima",
    RemoteState.VERIFIED: "Terverifikasi",
    RemoteState.ASSIGNED: "Didisposisikan",
    RemoteState.IN_PROGRESS: "Ditindaklanjuti",
    RemoteState.REPORTER_REPLIED: "Ditanggapi pelapor",
    RemoteState.COMPLETED: "Selesai",
    RemoteState.ARCHIVED: "Diarsipkan",
    RemoteState.DEFERRED: "Tertunda",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing of ours and its counterpart there. `waiting`: how much news waits for it."""

    kind: str
    key: str
    label: str
    remote: str
    suggestions: tuple[Institution, ...] = ()
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Mappings:
    """Everything of the page."""

    waiting: list[Pair]
    departments: list[Pair]
    classifications: list[Pair]
    categories: list[Pair]
    statuses: list[Pair]
    institutions: list[Institution]
    known_labels: list[tuple[str, str]]


def load() -> Mappings:
    """All pairs of the bound city. 5 SQL statements."""
    session = db.session
    known = {
        (kind, key): remote
        for kind, key, remote in session.execute(
            select(Sp4nMapping.kind, Sp4nMapping.local_key, Sp4nMapping.remote_id)
        )
    }
    institutions = [
        Institution(number, name)
        for number, name in session.execute(
            select(Sp4nInstitution.number, Sp4nInstitution.name)
            .where(Sp4nInstitution.gone_at.is_(None))
            .order_by(Sp4nInstitution.name)
        )
    ]
    departments = session.execute(
        select(Department.code, Department.name).where(Department.is_active).order_by(Department.name)
    ).all()
    categories = session.execute(
        select(Category.code, Category.name).where(Category.is_active).order_by(Category.sort)
    ).all()

    def pair(kind: str, key: str, label: str, *, suggest: bool = False) -> Pair:
        remote = known.get((kind, key), "")
        near = tuple(suggest_institutions(label, institutions)) if suggest and not remote else ()
        return Pair(kind, key, label, remote, near)

    waiting = _waiting()
    return Mappings(
        waiting=waiting,
        departments=[pair("department", code, name, suggest=True) for code, name in departments],
        classifications=[pair("classification", code, label) for code, label in CLASSIFICATIONS.items()]
        + [
            pair("classification", code, f"{label}, sebelum diverifikasi")
            for code, label in KINDS.items()
            if code not in CLASSIFICATIONS
        ],
        categories=[pair("category", code, name) for code, name in categories],
        statuses=[
            Pair("status", key, key, remote)
            for (kind, key), remote in sorted(known.items())
            if kind == "status"
        ],
        institutions=institutions,
        known_labels=[(label, STATES[state]) for label, state in LABELS.items()],
    )


def _waiting() -> list[Pair]:
    """What the national side said that nobody has mapped, with how often."""
    rows = db.session.execute(
        select(InboundMessage.kind, InboundMessage.payload, InboundMessage.outcome)
        .where(InboundMessage.state == "waiting")
        .limit(MOST_WAITING)
    )
    statuses: Counter[str] = Counter()
    institutions: Counter[tuple[str, str]] = Counter()
    for kind, payload, _outcome in rows:
        if kind == "status":
            statuses[str(payload.get("status"))] += 1
        elif kind == "report" and payload.get("disposition_id") is not None:
            name = str(payload.get("disposition_name") or payload["disposition_id"])
            institutions[str(payload["disposition_id"]), name] += 1
    return [
        *(Pair("status", label, label, "", waiting=n) for label, n in statuses.most_common()),
        *(
            Pair("department", number, name, number, waiting=n)
            for (number, name), n in institutions.most_common()
        ),
    ]
