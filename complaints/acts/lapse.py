"""What time does: a question the reporter left unanswered ends in the archive, an answer left unjudged
closes the case.

Ten working days each (PermenPANRB 62/2018, public description of SP4N-LAPOR!). Silence is never a rating.
"""

from __future__ import annotations

import uuid

import structlog
from sqlalchemy import select, text

from complaints import workflow
from complaints.acts import desk
from complaints.acts.engine import SYSTEM
from complaints.models import Complaint
from core import clock
from core.errors import DomainError
from core.extensions import db

BATCH = 200
NO_INFORMATION = (
    "Keterangan yang kami minta tidak kami terima sampai batas waktunya. Anda dapat melapor lagi."
)
NO_REPLY = "Ditutup karena tidak ada tanggapan sampai batas waktunya. Anda masih dapat menilai laporan ini."
DUE_SQL = (
    "SELECT DISTINCT tenant_id FROM complaint WHERE status IN ('deferred', 'responded') AND due_at <= now()"
)
_log = structlog.get_logger(__name__)


def lapse() -> int:
    """End what has waited for its reporter too long, in the bound city. Returns how many cases."""
    done = 0
    for complaint_id, status in _lapsed():
        try:
            if status == workflow.DEFERRED:
                desk.archive(
                    complaint_id, SYSTEM, reason="Pelapor tidak melengkapi keterangan", text=NO_INFORMATION
                )
            else:
                desk.close(complaint_id, SYSTEM, text=NO_REPLY)
        except DomainError as refusal:  # the reporter answered in this very moment
            _log.info("lapse_overtaken", complaint_id=str(complaint_id), code=refusal.code)
        else:
            done += 1
    return done


def _lapsed() -> list[tuple[uuid.UUID, str]]:
    rows = db.session.execute(
        select(Complaint.id, Complaint.status)
        .where(text("complaint.status IN ('deferred', 'responded')"), Complaint.due_at <= clock.now())
        .order_by(Complaint.due_at)
        .limit(BATCH)
    ).all()
    return [(row.id, row.status) for row in rows]
