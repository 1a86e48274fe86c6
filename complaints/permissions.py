"""What each role may do to a case. Code asks for permissions, never for roles. Pure."""

from __future__ import annotations

from enum import StrEnum

from tenants.officers.roles import Role


class Permission(StrEnum):
    """Permissions of casework. Acts name theirs in the workflow table."""

    VIEW = "complaint.view"
    VERIFY = "complaint.verify"
    ASSIGN = "complaint.assign"
    FOLLOW_UP = "complaint.follow_up"
    RESPOND = "complaint.respond"
    CLOSE = "complaint.close"
    DECLINE_JURISDICTION = "complaint.decline_jurisdiction"
    DEFER = "complaint.defer"
    ARCHIVE = "complaint.archive"
    NOTE = "complaint.note"
    VIEW_IDENTITY = "complaint.view_identity"
    VIEW_ANONYMOUS_IDENTITY = "complaint.view_anonymous_identity"


_P = Permission
_DESK = frozenset(
    {_P.VIEW, _P.VERIFY, _P.ASSIGN, _P.DECLINE_JURISDICTION, _P.DEFER, _P.ARCHIVE, _P.NOTE, _P.VIEW_IDENTITY}
)
_UNIT = frozenset({_P.VIEW, _P.FOLLOW_UP, _P.RESPOND, _P.NOTE, _P.VIEW_IDENTITY})

GRANTS: dict[str, frozenset[str]] = {
    Role.CITY_ADMINISTRATOR: _DESK | {_P.FOLLOW_UP, _P.RESPOND, _P.CLOSE, _P.VIEW_ANONYMOUS_IDENTITY},
    Role.VERIFIER: _DESK | {_P.VIEW_ANONYMOUS_IDENTITY},
    Role.LIAISON_OFFICER: _UNIT | {_P.CLOSE},
    Role.HANDLER: frozenset({_P.VIEW, _P.FOLLOW_UP, _P.RESPOND, _P.NOTE}),
    Role.DEPARTMENT_HEAD: frozenset({_P.VIEW, _P.RESPOND, _P.CLOSE, _P.NOTE}),
    Role.OBSERVER: frozenset({_P.VIEW}),
}


def may_see_identity(grants: frozenset[str], *, anonymous: bool) -> bool:
    """Whether a reporter's identity may be shown (and the view recorded). Anonymous ones only to the desk."""
    return (Permission.VIEW_ANONYMOUS_IDENTITY if anonymous else Permission.VIEW_IDENTITY) in grants
