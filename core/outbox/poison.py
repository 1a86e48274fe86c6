"""Messages that break whoever handles them: counted, and stopped where a person sees them.

A crash is an exception nobody expected, or a lease that its holder never closed (the process was killed).
"""

from __future__ import annotations

from typing import Any

#: after so many unexpected errors the message stops
MOST_ERRORS = 5
#: after so many holders that never came back; more, because machines do lose power
MOST_LOST = 10
ERRORS, LOST = "errors", "lost"
LOST_CAUSE = "Pekerja terhenti berulang kali saat mengirim ini"


def counted(steps: dict[str, Any], kind: str) -> dict[str, Any]:
    """The steps with one more crash of this kind."""
    return {**steps, kind: int(steps.get(kind, 0)) + 1}


def is_too_often(steps: dict[str, Any]) -> bool:
    return int(steps.get(ERRORS, 0)) >= MOST_ERRORS or int(steps.get(LOST, 0)) >= MOST_LOST


def forgiven(steps: dict[str, Any]) -> dict[str, Any]:
    """The steps without the crashes: a person asks for another try."""
    return {name: value for name, value in steps.items() if name not in (ERRORS, LOST)}


def cause_of(error: Exception) -> str:
    """One sentence with the kind of error and none of its words, which may quote what people wrote."""
    return f"Kesalahan tak terduga ({type(error).__name__}), lihat catatan pekerja"
