"""Who the request acts as: the signed-in officer, or the reporter whose browser proved a PIN or a link."""

from __future__ import annotations

import uuid

from flask import current_app, session
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer

from complaints.acts.engine import Actor
from complaints.permissions import may_see_identity
from complaints.queries.inbox import Sight
from core import clock
from core.web.tenant import required_tenant

_GRANTED, _FORMS = "lacak", "kirim"
MOST_REMEMBERED = 10
RECEIPT_SECONDS = 24 * 3600
LINK_SECONDS = 400 * 24 * 3600


def officer_actor() -> Actor:
    """The signed-in officer as an actor. The public reads the role and unit, never the name."""
    officer = current_user
    unit = f" {officer.department_name}" if officer.department_name else f" {required_tenant().name}"
    return Actor(
        kind="officer",
        label=f"Petugas{unit}",
        id=officer.id,
        name=officer.name,
        grants=current_app.extensions["grants"].get(officer.role, frozenset()),
        department_id=officer.department_id,
        own_department_only=officer.own_department_only,
    )


def officer_sight() -> Sight:
    """What the signed-in officer sees of the city's reports."""
    officer = current_user
    grants = current_app.extensions["grants"].get(officer.role, frozenset())
    own = officer.own_department_only
    return Sight(
        department_id=officer.department_id if own else None,
        own_unit=own,
        may_see_identity=may_see_identity(grants, anonymous=False),
        may_see_anonymous=may_see_identity(grants, anonymous=True),
        officer_id=officer.id,
    )


def remember_form(number: str, form_key: uuid.UUID) -> None:
    """This browser filed the report: it may see the receipt for 24 hours without the PIN."""
    entries = [entry for entry in session.get(_FORMS, []) if entry[0] != number]
    session.permanent = True
    session[_FORMS] = [*entries, [number, str(form_key), int(clock.now().timestamp())]][-MOST_REMEMBERED:]


def remembered_form(number: str) -> uuid.UUID | None:
    """The form key this browser filed the report with, within 24 hours."""
    for entry_number, form_key, at in session.get(_FORMS, []):
        if entry_number == number and clock.now().timestamp() - at < RECEIPT_SECONDS:
            return uuid.UUID(form_key)
    return None


def grant(number: str) -> None:
    """This browser proved that it may read the report."""
    entries = [entry for entry in session.get(_GRANTED, []) if entry != number]
    session[_GRANTED] = [*entries, number][-MOST_REMEMBERED:]


def is_granted(number: str) -> bool:
    """Whether this browser may read the report in full."""
    return number in session.get(_GRANTED, []) or remembered_form(number) is not None


def _signer() -> URLSafeTimedSerializer:
    tenant = required_tenant()
    return URLSafeTimedSerializer(current_app.extensions["link_key"], salt=f"lacak:{tenant.id}")


def link_token(number: str) -> str:
    """The secret part of a tracking link: valid on this tenant's host, for this report, for 400 days."""
    return str(_signer().dumps(number))


def token_matches(number: str, token: str) -> bool:
    """Whether the token was made for this report on this host and is not too old."""
    try:
        return bool(_signer().loads(token, max_age=LINK_SECONDS) == number)
    except BadSignature:
        return False
