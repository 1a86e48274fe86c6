"""Deadlines in words. The number shown and the order of the inbox come from the same stored instant,
`due_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from complaints import workflow
from complaints.deadlines import Calendar, DueState, Step
from core import formats

STEP_NAMES = {
    Step.VERIFICATION: "Verifikasi",
    Step.FIRST_RESPONSE: "Tanggapan",
    Step.RESOLUTION: "Penyelesaian",
    Step.CLARIFICATION: "Keterangan pelapor",
    Step.AUTO_CLOSE: "Penilaian pelapor",
}


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline as people see it."""

    state: str  # running | due_tomorrow | due_today | late | paused | met | none
    text: str
    token: str
    at: datetime | None
    step: str
    short: str = ""  # for lists, where the column already says what it is


NONE = DeadlineView("none", "", "arsip", None, "")


def view(status: str, due_at: datetime | None, now: datetime, calendar: Calendar) -> DeadlineView:
    """The deadline of the step a case waits for."""
    waits_for = workflow.WAITS_FOR[status]
    if waits_for is None or due_at is None:
        return NONE
    if status not in workflow.OFFICER_TURN:
        words = "Dijeda, menunggu pelapor"
        return DeadlineView("paused", words, "warga", due_at, STEP_NAMES[waits_for], "Menunggu pelapor")
    return running(due_at, now, calendar, STEP_NAMES[waits_for])


def running(due_at: datetime, now: datetime, calendar: Calendar, step: str) -> DeadlineView:
    """A deadline that an officer has to meet."""
    left = calendar.remaining(due_at, now)
    text, short, token = _words(left.state, left.working_days, due_at, calendar.tz)
    return DeadlineView(left.state.value, text, token, due_at, step, short)


def _words(state: DueState, days: int, due_at: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    """(text, short text, token)."""
    hour = formats.time_of_day(due_at, zone)
    if state is DueState.LATE:
        words = f"Terlambat {days} hari kerja" if days else "Terlambat sejak hari ini"
        return words, f"Terlambat {days} hk" if days else "Terlambat", "lambat"
    if state is DueState.DUE_TODAY:
        return f"Jatuh tempo hari ini {hour}", f"Hari ini {hour}", "tunggu"
    if state is DueState.DUE_TOMORROW:
        return f"Jatuh tempo besok, {formats.weekday_datetime(due_at, zone)}", f"Besok {hour}", "tunggu"
    return f"Sisa {days} hari kerja", f"Sisa {days} hk", "netral"


def met(step: str, days: int, on_time: bool) -> DeadlineView:
    """A step that is done, in time or not."""
    if on_time:
        return DeadlineView("met", f"Tepat waktu, {days} hari kerja", "selesai", None, step)
    return DeadlineView("late", f"Selesai terlambat, {days} hari kerja", "lambat", None, step)
