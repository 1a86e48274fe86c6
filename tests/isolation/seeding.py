"""Two cities full of cases, and what a stranger may never see of either: ids, secrets and words."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import select

from tests.conftest import City, photo, submission
from tests.isolation.seeding_national import national_side, read_in, settled

DESK_ROLES = ("city_administrator", "verifier", "observer")
UNIT_ROLES = ("liaison_officer", "handler", "department_head")
CITY_ROLES = DESK_ROLES + UNIT_ROLES
ANSWER = "Yth. Pelapor, yang Anda laporkan sudah kami tangani sampai selesai. Terima kasih."


@dataclass(frozen=True, slots=True)
class Case:
    """One seeded report with its secrets."""

    id: uuid.UUID
    number: str
    pin: str
    form_key: uuid.UUID
    status: str


@dataclass(frozen=True, slots=True)
class Rival:
    """A seeded city. `mark` is in every text of its rows and in nothing else's."""

    city: City
    mark: str
    cases: dict[str, Case]
    photo_id: uuid.UUID
    internal_photo_id: uuid.UUID
    unsent_photo_id: uuid.UUID
    unsent_form_key: uuid.UUID
    category_id: uuid.UUID
    village_id: uuid.UUID
    district_id: uuid.UUID
    officer_id: uuid.UUID
    delegation_id: uuid.UUID
    filter_id: uuid.UUID
    import_id: uuid.UUID
    notice_id: uuid.UUID
    notice_link: str
    event_id: uuid.UUID
    storage_key: str
    logo_hash: str
    theme_hash: str
    marks: tuple[str, ...] = field(default=())

    @property
    def received(self) -> Case:
        return self.cases["received"]

    @property
    def responded(self) -> Case:
        return self.cases["responded"]

    def leaks_into(self, page: str) -> list[str]:
        """What of this city's stands on a page that is not its own."""
        return [mark for mark in self.marks if mark in page]


def seed(app: Flask, city: City, mark: str) -> Rival:
    """Fill a city: a case in every state an act leads to, with photos, notes, a rating and a logo."""
    from core.db.tenancy import tenant_scope

    with tenant_scope(city.id, app):
        officer_id, actor = _desk(mark)
        cases = {name: _case(city, mark, name, actor) for name in STORIES}
        unsent = uuid.uuid4()
        _save_photo(mark, unsent)
        found = _rows(cases, unsent)
        national_side(mark, cases["responded"].id, outside_number(city))
        settled(mark, cases["responded"].id)
        import_id = read_in(mark)
        delegation_id = _substitute(mark, actor)
        filter_id = _saved_filter(mark, actor)
        notice_id, notice_link = _messages(mark, cases["responded"].id, officer_id)
        logo_hash = _give_logo(city)
        _mention(mark, cases["responded"].id, actor)
    marks = (
        mark,
        city.slug,
        *(case.number for case in cases.values()),
        *(str(each) for each in found.values()),
        str(delegation_id),
        str(filter_id),
        str(import_id),
        str(notice_id),
        notice_link,
    )
    return Rival(
        city,
        mark,
        cases,
        **found,
        officer_id=officer_id,
        delegation_id=delegation_id,
        filter_id=filter_id,
        import_id=import_id,
        notice_id=notice_id,
        notice_link=notice_link,
        unsent_form_key=unsent,
        logo_hash=logo_hash,
        theme_hash=_theme_hash(app, city),
        marks=marks,
    )


def _desk(mark: str) -> tuple[uuid.UUID, Any]:
    from complaints.acts.engine import Actor
    from complaints.permissions import Permission
    from core.extensions import db
    from tenants.models import Officer

    officer_id = db.session.scalars(select(Officer.id).where(Officer.role == "city_administrator")).first()
    assert officer_id is not None
    grants = frozenset(str(each) for each in Permission)
    return officer_id, Actor("officer", f"Petugas {mark}", officer_id, f"Petugas {mark}", grants)


def _saved_filter(mark: str, actor: Any) -> uuid.UUID:
    from complaints.acts import saving

    return saving.save(actor, name=f"Saringan {mark}", query="tampilan=semua", is_shared=True)


def _substitute(mark: str, actor: Any) -> uuid.UUID:
    """The handler is away for a week in 2030."""
    from complaints.acts import delegation
    from core.extensions import db
    from tenants.models import Officer

    pair = {row.role: row.id for row in db.session.execute(select(Officer.role, Officer.id))}
    days = date(2030, 3, 4), date(2030, 3, 8)
    absence = delegation.Absence(pair["handler"], pair["liaison_officer"], *days, f"Cuti {mark}")
    return delegation.add(absence, actor, today=date(2030, 1, 1))


def _mention(mark: str, case_id: uuid.UUID, actor: Any) -> None:
    """A note that names a colleague."""
    from complaints.acts.mentioning import note
    from core.extensions import db
    from tenants.models import Officer

    named = db.session.scalars(select(Officer.id).where(Officer.role == "verifier")).one()
    note(case_id, actor, text=f"Mohon diperiksa, {mark}.", officer_ids=[named])


def _save_photo(mark: str, form_key: uuid.UUID) -> None:
    from complaints.acts import uploads
    from core.media import inspect

    uploads.save(inspect(f"{mark}.jpg", photo(64, 48)), form_key=form_key)


def _case(city: City, mark: str, name: str, actor: Any) -> Case:
    from complaints.acts import intake
    from core.extensions import db

    form_key = uuid.uuid4()
    _save_photo(mark, form_key)
    receipt = intake.submit(
        submission(
            form_key=form_key,
            title=f"Laporan {mark} {name}",
            body=f"Isi laporan {mark} yang cukup panjang untuk sebuah laporan.",
            landmark=f"Gang {mark}",
            name=f"Warga {mark}",
            email=f"warga@{mark.lower()}.example",
        )
    )
    unit = city.departments["dlh" if name == "assigned_elsewhere" else "pupr"]
    for step in STORIES[name]:
        STEPS[step](receipt.complaint_id, actor, unit, mark)
    from complaints.models import Complaint

    status = db.session.scalar(select(Complaint.status).where(Complaint.id == receipt.complaint_id))
    db.session.rollback()
    return Case(receipt.complaint_id, receipt.number, receipt.pin, form_key, str(status))


def _verify(case_id: uuid.UUID, actor: Any, _unit: uuid.UUID, _mark: str) -> None:
    from complaints.acts import desk

    desk.verify(case_id, actor, classification="unsupervised")


def _assign(case_id: uuid.UUID, actor: Any, unit: uuid.UUID, mark: str) -> None:
    from complaints.acts import desk

    desk.assign(case_id, actor, department_id=unit, note=f"Disposisi {mark}")


def _defer(case_id: uuid.UUID, actor: Any, _unit: uuid.UUID, mark: str) -> None:
    from complaints.acts import desk

    desk.defer(case_id, actor, text=f"Mohon keterangan {mark}")


def _follow_up(case_id: uuid.UUID, actor: Any, _unit: uuid.UUID, mark: str) -> None:
    from complaints.acts import handling
    from core.media import inspect

    inside = [inspect(f"dalam-{mark}.jpg", photo(64, 48))]
    handling.follow_up(case_id, actor, text=f"Catatan kerja {mark}", is_public=False, files=inside)


def _respond(case_id: uuid.UUID, actor: Any, _unit: uuid.UUID, mark: str) -> None:
    from complaints.acts import handling

    handling.respond(case_id, actor, text=f"{ANSWER} {mark}")


def _rate(case_id: uuid.UUID, _actor: Any, _unit: uuid.UUID, mark: str) -> None:
    from complaints.acts import reporter

    reporter.rate(case_id, score=4, solved="yes", comment=f"Penilaian {mark}")


STEPS: dict[str, Callable[[uuid.UUID, Any, uuid.UUID, str], None]] = {
    "verify": _verify,
    "assign": _assign,
    "defer": _defer,
    "follow_up": _follow_up,
    "respond": _respond,
    "rate": _rate,
}
#: what becomes of each seeded case, act by act
STORIES: dict[str, tuple[str, ...]] = {
    "received": (),
    "deferred": ("defer",),
    "verified": ("verify",),
    "assigned": ("verify", "assign"),
    "assigned_elsewhere": ("verify", "assign"),
    "in_progress": ("verify", "assign", "follow_up"),
    "responded": ("verify", "assign", "follow_up", "respond"),
    "completed": ("verify", "assign", "respond", "rate"),
}


def _rows(cases: dict[str, Case], unsent: uuid.UUID) -> dict[str, Any]:
    from complaints.models import Attachment, Complaint, ComplaintEvent
    from core.extensions import db

    case = cases["responded"]
    files = db.session.execute(
        select(Attachment.id, Attachment.is_public, Attachment.storage_key).where(
            Attachment.complaint_id == case.id
        )
    ).all()
    row = db.session.execute(
        select(Complaint.category_id, Complaint.village_id, Complaint.district_id).where(
            Complaint.id == case.id
        )
    ).one()
    event = db.session.scalars(
        select(ComplaintEvent.id)
        .where(ComplaintEvent.complaint_id == case.id)
        .order_by(ComplaintEvent.sequence)
    ).first()
    unsent_id = db.session.scalars(select(Attachment.id).where(Attachment.form_key == unsent)).one()
    db.session.rollback()
    return {
        "photo_id": next(each.id for each in files if each.is_public),
        "storage_key": next(each.storage_key for each in files if each.is_public),
        "internal_photo_id": next(each.id for each in files if not each.is_public),
        "unsent_photo_id": unsent_id,
        "category_id": row.category_id,
        "village_id": row.village_id,
        "district_id": row.district_id,
        "event_id": event,
    }


def outside_number(city: City) -> str:
    """The number its responded report bears on the national side."""
    return str(88_000_000 + city.id)


def _messages(mark: str, case_id: uuid.UUID, officer_id: uuid.UUID) -> tuple[uuid.UUID, str]:
    """A failed message with its link, words of the city's own, a wish. Returns its id, its link's secret."""
    from complaints.models import Notice, NoticePreference, NoticeText
    from complaints.notices.links import code_of, digest_of
    from core.db.transaction import unit_of_work

    notice_id = uuid.uuid4()
    link = code_of(notice_id)
    with unit_of_work() as session:
        session.add_all(
            [
                Notice(
                    id=notice_id,
                    complaint_id=case_id,
                    recipient_kind="reporter",
                    channel="email",
                    code="responded",
                    hint=mark,
                    state="failed",
                    cause=mark,
                    link_digest=digest_of(link),
                ),
                NoticeText(code="responded", form="short", body=f"{mark} {{{{tautan}}}}"),
                NoticePreference(officer_id=officer_id),
            ]
        )
    return notice_id, link


def _give_logo(city: City) -> str:
    from core.db.transaction import unit_of_work
    from core.storage import key_for, store
    from tenants.models import Tenant
    from tenants.resolver import lookup

    key = key_for("logo", "png")
    store().put(key, photo(40, 40, "PNG"))
    with unit_of_work() as session:
        session.get_one(Tenant, city.id).logo_key = key
    found = lookup(city.host)
    assert found is not None
    return str(found[0].logo_url).rpartition("/")[2]


def _theme_hash(app: Flask, city: City) -> str:
    from tenants.resolver import lookup

    with app.app_context():
        found = lookup(city.host)
    assert found is not None
    return found[0].theme_hash


def fingerprint(superuser: psycopg.Connection[Any], tenant_ids: Iterable[int]) -> dict[str, tuple[int, str]]:
    """Count and digest of every row of these tenants, by table, read past all row security."""
    tables = superuser.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns c"
        " JOIN information_schema.tables t USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'"
        " AND (c.column_name = 'tenant_id' OR (c.table_name = 'tenant' AND c.column_name = 'id'))"
    ).fetchall()
    part = sql.SQL(
        "SELECT {name}, count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
        " FROM {table} t WHERE t.{column} = ANY(%(ids)s)"
    )
    query = sql.SQL(" UNION ALL ").join(
        part.format(name=sql.Literal(table), table=sql.Identifier(table), column=sql.Identifier(column))
        for table, column in tables
    )
    rows = superuser.execute(query, {"ids": list(tenant_ids)}).fetchall()
    return {table: (count, digest) for table, count, digest in rows}


_CHANGING = (
    (re.compile(r'(name="csrf_token"[^>]*value=")[^"]+'), r"\1"),
    (re.compile(r'(name="form_key"[^>]*value=")[^"]+'), r"\1"),
    (re.compile(r'(name="unsent"[^>]*value=")[^"]+'), r"\1"),
)


def comparable(page: str, *values: str) -> str:
    """A page without what differs at every request, and with the asked-for values blotted out."""
    for pattern, replacement in _CHANGING:
        page = pattern.sub(replacement, page)
    for value in sorted(values, key=len, reverse=True):
        page = page.replace(value, "▮")
    return page
