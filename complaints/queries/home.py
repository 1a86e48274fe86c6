"""The city's front page: what was finished lately, and the road of a report with this city's own periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from complaints import statute
from complaints.labels import place_of
from complaints.models import Category, Complaint
from core import clock
from core.extensions import db
from tenants.models import Area

RECENT = 5


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished report that may be shown to everybody."""

    title: str
    category: str
    village: str
    closed_at: datetime


_RECENT = (
    select(Complaint.title, Category.name, Area.name, Complaint.closed_at)
    .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
    .outerjoin(Area, (Area.tenant_id == Complaint.tenant_id) & (Area.id == Complaint.village_id))
    .where(
        text("complaint.status = 'completed'"),
        Complaint.is_confidential.is_(False),
        Complaint.is_anonymous.is_(False),
        Category.is_sensitive.is_(False),
    )
    .order_by(Complaint.closed_at.desc(), Complaint.id.desc())
    .limit(RECENT)
)


def recently_finished() -> list[Finished]:
    """The latest completed reports that are neither confidential nor anonymous. One index range."""
    return [
        Finished(title, category, place_of(village), at)
        for title, category, village, at in db.session.execute(_RECENT)
        if at is not None
    ]


@dataclass(frozen=True, slots=True)
class RoadStep:
    """A step of the road with its promise."""

    label: str
    hint: str


def road() -> list[RoadStep]:
    """The five steps with the periods in force in this city."""
    rules = statute.load(clock.now()).rules
    return [
        RoadStep("Tulis laporan", "Kira-kira empat menit, tanpa akun"),
        RoadStep("Verifikasi", f"Paling lama {rules.verification} hari kerja"),
        RoadStep("Tindak lanjut", f"Jawaban pertama {rules.first_response} hari kerja sejak diteruskan"),
        RoadStep("Beri tanggapan", f"Anda punya {rules.auto_close} hari kerja untuk menanggapi"),
        RoadStep("Selesai", "Beri penilaian, atau buka kembali bila belum selesai"),
    ]
