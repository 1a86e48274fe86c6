"""Who may call a route. Deny by default: a route that names no access rule stops start-up.

Views carry exactly one of `@public_page` or `@officer_with(permission)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from core.errors import Forbidden, NotFound
from core.extensions import login_manager

View = TypeVar("View", bound=Callable[..., Any])
Grants = Mapping[str, frozenset[str]]

ROOT, CITY, PROVINCE = "root", "city", "province"
_MARK = "_access"


class UnprotectedRoute(RuntimeError):
    """A route has no access rule."""


def public_page(*hosts: str) -> Callable[[View], View]:
    """Anybody may call it, on these kinds of host (default: city and province)."""

    def mark(view: View) -> View:
        return cast(View, _marked(_on_hosts(view, hosts or (CITY, PROVINCE)), "public"))

    return mark


def officer_with(permission: StrEnum, *hosts: str) -> Callable[[View], View]:
    """Only a signed-in officer of this host whose role grants the permission. Others: sign-in page or 403.

    On these kinds of host; default city and province, which handles the reports that were passed on to it.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            if not allows(current_user.role, permission):
                raise Forbidden()
            return view(*args, **kwargs)

        return cast(View, _marked(_on_hosts(guarded, hosts or (CITY, PROVINCE)), str(permission)))

    return mark


def page_of(rule: str, ask: Callable[[], Response | None], *hosts: str) -> Callable[[View], View]:
    """A page with a rule of its own, on these kinds of host: what `ask` answers is sent in its place."""

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            answer = ask()
            return view(*args, **kwargs) if answer is None else answer

        return cast(View, _marked(_on_hosts(guarded, hosts), rule))

    return mark


def sign_in_redirect() -> Response:
    """To the sign-in page, and back to this page afterwards where it can be fetched again."""
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("officers.sign_in", next=target), 303)


def allows(role: str, permission: str) -> bool:
    """Whether the deployment's grants give this role the permission."""
    grants: Grants = current_app.extensions["grants"]
    return permission in grants.get(role, frozenset())


def merge_grants(*parts: Grants) -> dict[str, frozenset[str]]:
    """Union of every package's grants, by role."""
    merged: dict[str, frozenset[str]] = {}
    for part in parts:
        for role, permissions in part.items():
            merged[role] = merged.get(role, frozenset()) | permissions
    return merged


def _on_hosts(view: Callable[..., Any], hosts: tuple[str, ...]) -> Callable[..., Any]:
    @wraps(view)
    def on_host(*args: Any, **kwargs: Any) -> Any:
        from core.web.tenant import host_kind

        if host_kind() not in hosts:
            raise NotFound()
        return view(*args, **kwargs)

    return on_host


def _marked(view: Callable[..., Any], rule: str) -> Callable[..., Any]:
    setattr(view, _MARK, rule)
    return view


def access_rule(view: Callable[..., Any]) -> str | None:
    """The rule a view carries, or None."""
    return getattr(view, _MARK, None)


def require_access_rules(app: Flask) -> None:
    """Refuse to start with a route that names no rule. Raises UnprotectedRoute with the endpoint."""
    for rule in app.url_map.iter_rules():
        if access_rule(app.view_functions[rule.endpoint]) is None:
            raise UnprotectedRoute(f"{rule.endpoint} ({rule.rule}) has no access rule")
