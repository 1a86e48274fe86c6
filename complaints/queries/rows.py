"""A case with the names of what it refers to: the joins behind the reporter's and the officer's page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from complaints.models import Category, Complaint
from tenants.models import Area, Department

_district, _village = aliased(Area), aliased(Area)


def named_case(*more: Any) -> Select[*tuple[Any, ...]]:
    """Complaint, category, department, village, district and `more`; its number is bound as `number`."""
    return (
        select(
            Complaint,
            Category.name.label("category"),
            Department.name.label("department"),
            _village.name.label("village"),
            _district.name.label("district"),
            *more,
        )
        .join(Category, (Category.tenant_id == Complaint.tenant_id) & (Category.id == Complaint.category_id))
        .outerjoin(
            _village, (_village.tenant_id == Complaint.tenant_id) & (_village.id == Complaint.village_id)
        )
        .outerjoin(
            _district, (_district.tenant_id == Complaint.tenant_id) & (_district.id == Complaint.district_id)
        )
        .outerjoin(
            Department,
            (Department.tenant_id == Complaint.tenant_id) & (Department.id == Complaint.department_id),
        )
        .where(Complaint.number == bindparam("number"))
    )
