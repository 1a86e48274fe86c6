"""A new city's casework defaults: categories, statutory periods, answer templates. Added where missing."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import select, update

from complaints.models import AnswerTemplate, Category, EscalationRule, SlaRule
from core.extensions import db
from tenants.provisioning import TenantProvisioned, default_data


def add_defaults(_event: TenantProvisioned) -> None:
    """Runs in the new tenant's scope and transaction; repeating it changes nothing."""
    session = db.session()
    known = set(session.scalars(select(Category.code)))
    for item in default_data("categories"):
        if item["code"] not in known:
            session.add(
                Category(
                    code=item["code"],
                    name=item["name"],
                    sort=item["sort"],
                    is_sensitive=item.get("is_sensitive", False),
                    is_emergency=item.get("is_emergency", False),
                )
            )
    if session.scalar(select(SlaRule.id).limit(1)) is None:
        _add_rules()
    if session.scalar(select(EscalationRule.id).limit(1)) is None:
        for rung in default_data("escalation")["rules"]:
            session.add(EscalationRule(**rung))
    if session.scalar(select(AnswerTemplate.id).limit(1)) is None:
        for item in default_data("texts")["templates"]:
            session.add(
                AnswerTemplate(code=item["code"], title=item["title"], act=item["act"], body=item["body"])
            )


def _add_rules() -> None:
    for rule_set in default_data("sla")["rule_sets"]:
        for rule in rule_set["rules"]:
            db.session.add(
                SlaRule(
                    effective_from=date.fromisoformat(rule_set["effective_from"]),
                    step=rule["step"],
                    classification=rule.get("classification") or "",
                    working_days=rule["working_days"],
                    legal_basis=rule_set["legal_basis"],
                )
            )


def route_categories(departments_by_kind: dict[str, uuid.UUID]) -> None:
    """Send each category to the department of its default kind, in the present transaction."""
    for item in default_data("categories"):
        department_id = departments_by_kind.get(item["default_department_kind"])
        if department_id is not None:
            db.session.execute(
                update(Category).where(Category.code == item["code"]).values(department_id=department_id)
            )
