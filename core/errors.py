"""Domain errors: a stable code for machines and an Indonesian sentence for people.

One handler maps them to HTTP.
"""

from __future__ import annotations


class DomainError(Exception):
    """Something the domain forbids. `code` is stable; `message` may be shown as it is."""

    code = "domain_error"
    http_status = 422

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class NotFound(DomainError):
    """Not there, or not yours: the two are never told apart."""

    code = "not_found"
    http_status = 404

    def __init__(self, message: str = "Halaman tidak ditemukan.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """Known to the signed-in officer, but not allowed."""

    code = "forbidden"
    http_status = 403

    def __init__(self, message: str = "Anda tidak berwenang melakukan tindakan ini.") -> None:
        super().__init__(message)


class Conflict(DomainError):
    """Somebody else changed the record in between. Carries who and when for the words on the page."""

    code = "conflict"
    http_status = 409

    def __init__(self, message: str, *, who: str | None = None) -> None:
        super().__init__(message)
        self.who = who


class InvalidTransition(DomainError):
    """The act is not allowed from the status the case has now."""

    code = "invalid_transition"
    http_status = 409

    def __init__(self, status: str, act: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.act = act


class FieldProblem(DomainError):
    """One input field is wrong in a way only the act can see; `field` names it."""

    code = "field_problem"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
