"""Who may do what to a case: every role × status × act against a table written by hand."""

from __future__ import annotations

import itertools

import pytest

from complaints import workflow
from complaints.permissions import GRANTS, Permission, may_see_identity
from complaints.workflow import Act
from core.web.access import merge_grants
from monitoring.permissions import GRANTS as MONITORING_GRANTS
from tenants.officers.roles import DEPARTMENT_ROLES, LABELS, PROVINCE_ROLES, Role
from tests.unit import workflow_table as table

ALLOWED = table.acts_of_roles()
TRANSITIONS = table.transitions()


@pytest.mark.parametrize("role", ALLOWED)
def test_role_status_and_act(role: str) -> None:
    """The product: an officer may do an act exactly when the table has the row and the role the act."""
    grants = GRANTS.get(role, frozenset())
    for status, act in itertools.product(table.STATUSES, Act):
        step = workflow.transition(status, act)
        may = step is not None and step.permission is not None and step.permission in grants
        assert may == ((status, str(act)) in TRANSITIONS and str(act) in ALLOWED[role]), (status, act)


def test_every_role_is_in_the_table() -> None:
    assert set(ALLOWED) == {str(role) for role in Role} == set(LABELS)
    assert set(GRANTS) == set(ALLOWED)


def test_no_officer_acts_for_the_reporter() -> None:
    for (_, act), step in workflow.TRANSITIONS.items():
        assert (step.permission is None) == (str(act) in table.REPORTERS_OWN)
    assert all(acts.isdisjoint(table.REPORTERS_OWN) for acts in ALLOWED.values())


def test_every_role_may_look_at_its_own_tenants_reports() -> None:
    for role in Role:
        assert Permission.VIEW in GRANTS[role]


def test_figures_are_the_provinces_roles_and_settings_are_not() -> None:
    merged = merge_grants(GRANTS, MONITORING_GRANTS)
    for role in PROVINCE_ROLES:
        assert "figures.view" in merged[role]
        assert not any(grant.startswith(("casework.", "audit.")) for grant in merged[role])
    assert all("figures.view" not in merged[role] for role in table.CITY_ROLES)


@pytest.mark.parametrize(("role", "whose"), table.identities().items())
def test_whose_identity_a_role_may_see(role: str, whose: str) -> None:
    grants = GRANTS.get(role, frozenset())
    assert may_see_identity(grants, anonymous=False) == (whose in ("all", "named"))
    assert may_see_identity(grants, anonymous=True) == (whose == "all")


def test_who_works_in_a_unit_never_sees_an_anonymous_reporter() -> None:
    for role in DEPARTMENT_ROLES:
        assert not may_see_identity(GRANTS[role], anonymous=True)


def test_every_permission_of_the_table_is_one_somebody_has() -> None:
    needed = {step.permission for step in workflow.TRANSITIONS.values()} - {None}
    needed.remove("complaint.escalate")  # the clock's own act: no officer's
    assert needed <= {str(permission) for permission in Permission}
    granted = frozenset[str]().union(*GRANTS.values())
    assert needed <= granted
    assert granted == {str(permission) for permission in Permission}


def test_a_role_nobody_knows_may_do_nothing() -> None:
    assert GRANTS.get("operator") is None
    assert not may_see_identity(frozenset(), anonymous=False)
