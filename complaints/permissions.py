"""What each role may do to a case. Code asks for permissions, never for roles. Pure."""

from __future__ import annotations

from enum import StrEnum

from tenants.officers.roles import Role


class Permission(StrEnum):
    """Permissions of casework. Acts name theirs in the workflow table."""

    VIEW = "complaint.view"
    VERIFY = "complaint.verify"
    RECATEGORISE = "complaint.recategorise"
    MARK_CONFIDENTIAL = "complaint.mark_confidential"
    ASSIGN = "complaint.assign"
    ACCEPT = "complaint.accept"
    HAND_OVER = "complaint.hand_over"
    RETURN = "complaint.return"
    FOLLOW_UP = "complaint.follow_up"
    PROPOSE = "complaint.propose"
    APPROVE = "complaint.approve"
    SEND_BACK = "complaint.send_back"
    RESPOND = "complaint.respond"
    CLOSE = "complaint.close"
    EXTEND = "complaint.extend"
    DECLINE_JURISDICTION = "complaint.decline_jurisdiction"
    TRANSFER = "complaint.transfer"
    DEFER = "complaint.defer"
    RESUME = "complaint.resume"
    ARCHIVE = "complaint.archive"
    MERGE = "complaint.merge"
    UNMERGE = "complaint.unmerge"
    LINK_PARENT = "complaint.link_parent"
    UNLINK_PARENT = "complaint.unlink_parent"
    NOTE = "complaint.note"
    UNDO = "complaint.undo"
    VIEW_IDENTITY = "complaint.view_identity"
    VIEW_ANONYMOUS_IDENTITY = "complaint.view_anonymous_identity"
    CONFIGURE = "casework.configure"
    DELEGATE = "casework.delegate"
    AUDIT = "audit.view"
    ESCALATED = "casework.escalated"


_P = Permission
_ANYBODY = frozenset({_P.VIEW, _P.NOTE, _P.UNDO})
_DESK = _ANYBODY | {
    _P.VERIFY,
    _P.RECATEGORISE,
    _P.MARK_CONFIDENTIAL,
    _P.ASSIGN,
    _P.DECLINE_JURISDICTION,
    _P.TRANSFER,
    _P.DEFER,
    _P.RESUME,
    _P.ARCHIVE,
    _P.MERGE,
    _P.UNMERGE,
    _P.LINK_PARENT,
    _P.UNLINK_PARENT,
    _P.VIEW_IDENTITY,
    _P.VIEW_ANONYMOUS_IDENTITY,
}
_AT_WORK = _ANYBODY | {_P.ACCEPT, _P.FOLLOW_UP, _P.PROPOSE, _P.RESPOND}
_LEADING = frozenset({_P.ACCEPT, _P.HAND_OVER, _P.RETURN, _P.CLOSE, _P.DELEGATE})

GRANTS: dict[str, frozenset[str]] = {
    Role.CITY_ADMINISTRATOR: _DESK
    | {_P.FOLLOW_UP, _P.RESPOND, _P.HAND_OVER, _P.APPROVE, _P.SEND_BACK, _P.CLOSE, _P.EXTEND}
    | {_P.CONFIGURE, _P.DELEGATE, _P.AUDIT, _P.ESCALATED},
    Role.VERIFIER: _DESK,
    Role.LIAISON_OFFICER: _AT_WORK | _LEADING | {_P.VIEW_IDENTITY},
    Role.HANDLER: _AT_WORK,
    Role.DEPARTMENT_HEAD: _ANYBODY | _LEADING | {_P.RESPOND, _P.APPROVE, _P.SEND_BACK, _P.EXTEND},
    Role.OBSERVER: frozenset({_P.VIEW, _P.AUDIT, _P.ESCALATED}),
    # reports that were passed on to the province; those of its cities no grant opens
    Role.PROVINCE_ADMINISTRATOR: _DESK | {_P.FOLLOW_UP, _P.RESPOND, _P.CLOSE, _P.EXTEND},
    Role.PROVINCE_OBSERVER: frozenset({_P.VIEW}),
}


def may_see_identity(grants: frozenset[str], *, anonymous: bool) -> bool:
    """Whether a reporter's identity may be shown (and the view recorded). Anonymous ones only to the desk."""
    return (Permission.VIEW_ANONYMOUS_IDENTITY if anonymous else Permission.VIEW_IDENTITY) in grants
