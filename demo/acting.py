"""Carries a city's planned acts out, through the acts of the product and with the clock held at each instant.

Invariant: an act that is in the history already is passed over, so a run that broke off is simply continued.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from flask import current_app
from sqlalchemy import select

from complaints.acts import (
    clock_acts,
    desk,
    escalation,
    groups,
    handling,
    intake,
    lapse,
    reporter,
    units,
    uploads,
)
from complaints.acts.engine import SYSTEM, Actor
from complaints.acts.intake import Submission
from complaints.acts.moves import sending
from complaints.labels import ARCHIVE_REASONS
from complaints.models import Category, Complaint
from complaints.workflow import Act
from core import clock
from core.db.tenancy import bound_tenant_id
from core.extensions import db
from demo import story as tale
from demo.pictures import Album
from demo.story import Deed, Story
from tenants.models import Area, Department, Officer, Tenant
from tenants.officers.roles import DEPARTMENT_ROLES


class Stage:
    """The bound city's rows that acts refer to, and its cases by form key."""

    def __init__(self, album: Album) -> None:
        session = db.session()
        self.album = album
        self.areas = dict(session.execute(select(Area.code, Area.id)).all())
        self.categories = dict(session.execute(select(Category.code, Category.id)).all())
        self.departments = dict(session.execute(select(Department.code, Department.id)).all())
        self.actors = _actors()
        self.tenants = dict(session.execute(select(Tenant.slug, Tenant.id)).all())
        self._cases: dict[uuid.UUID, uuid.UUID] = {}
        self._done: dict[uuid.UUID, int] = {}
        for key, case_id, done in session.execute(
            select(Complaint.form_key, Complaint.id, Complaint.last_event)
        ):
            self._cases[key], self._done[key] = case_id, done
        session.rollback()

    def is_done(self, story: Story, place: int) -> bool:
        """Whether the act at this place of the story is in the history. Every act makes one entry."""
        return place < self._done.get(story.report.form_key, 0)

    def perform(self, story: Story, deed: Deed) -> None:
        """Do the act at its instant."""
        with clock.frozen(deed.at):
            if deed.act is Act.SUBMIT:
                self._cases[story.report.form_key] = self._submit(story, deed)
            else:
                _ACTS[deed.act](self, self._cases[story.report.form_key], deed)

    def actor(self, deed: Deed) -> Actor:
        """Who acts, as the product sees that person."""
        return SYSTEM if deed.by == tale.SYSTEM else self.actors[deed.by]

    def _submit(self, story: Story, deed: Deed) -> uuid.UUID:
        report = story.report
        missing = deed.shots[len(uploads.kept(report.form_key)) :] if deed.shots else ()
        with clock.frozen(deed.at - timedelta(minutes=2)):
            for shot in missing:
                uploads.save(self.album.upload(shot, deed.at), form_key=report.form_key)
        return intake.submit(
            Submission(
                form_key=report.form_key,
                kind=report.text.kind,
                title=report.title,
                body=report.body,
                category_id=self.categories[report.text.category],
                incident_on=report.incident_on,
                village_id=self.areas[report.village.code],
                landmark=report.landmark,
                name=report.person.name,
                phone=report.person.phone,
                email=report.person.email,
                is_anonymous=report.is_anonymous,
                is_confidential=report.is_confidential,
            ),
            randbelow=Random(report.form_key.int).randrange,
        ).complaint_id

    def _assign(self, case_id: uuid.UUID, deed: Deed) -> None:
        values = dict(deed.values)
        department_id = self.departments[values.pop("department")]
        copies = [self.departments[code] for code in values.pop("copies", ())]
        desk.assign(case_id, self.actor(deed), department_id=department_id, copies=copies, **values)

    def _merge(self, case_id: uuid.UUID, deed: Deed) -> None:
        main = self._cases[deed.values["main"]]
        groups.merge(case_id, self.actor(deed), main=main, text=deed.values["text"])

    def _link_parent(self, case_id: uuid.UUID, deed: Deed) -> None:
        groups.link_parent(case_id, self.actor(deed), parent=self._cases[deed.values["parent"]])

    def _transfer(self, case_id: uuid.UUID, deed: Deed) -> None:
        target = self.tenants[deed.values["target"]]
        sending.transfer(case_id, self.actor(deed), target=target, reason=deed.values["reason"])

    def _archive(self, case_id: uuid.UUID, deed: Deed) -> None:
        reason = ARCHIVE_REASONS[deed.values["reason"]]
        text = deed.values.get("text", lapse.NO_INFORMATION)
        desk.archive(case_id, self.actor(deed), reason=reason, text=text)

    def _close(self, case_id: uuid.UUID, deed: Deed) -> None:
        desk.close(case_id, self.actor(deed), text=deed.values.get("text", lapse.NO_REPLY))

    def _say(self, act: Callable[..., Any], case_id: uuid.UUID, deed: Deed) -> None:
        files = [self.album.upload(shot, deed.at) for shot in deed.shots]
        act(case_id, self.actor(deed), files=files, **deed.values)


Performer = Callable[[Stage, uuid.UUID, Deed], Any]


def _by_officer(act: Callable[..., Any]) -> Performer:
    return lambda stage, case_id, deed: act(case_id, stage.actor(deed), **deed.values)


def _by_reporter(act: Callable[..., Any]) -> Performer:
    return lambda _stage, case_id, deed: act(case_id, **deed.values)


_ACTS: dict[Act, Performer] = {
    Act.VERIFY: _by_officer(desk.verify),
    Act.ASSIGN: Stage._assign,
    Act.MERGE: Stage._merge,
    Act.LINK_PARENT: Stage._link_parent,
    Act.TRANSFER: Stage._transfer,
    Act.NOTE: _by_officer(desk.note),
    Act.ACCEPT: _by_officer(units.accept),
    Act.PROPOSE: _by_officer(units.propose),
    Act.APPROVE: _by_officer(units.approve),
    Act.EXTEND: _by_officer(clock_acts.extend),
    Act.ESCALATE: lambda _stage, case_id, _deed: escalation.climb(case_id),
    Act.DEFER: _by_officer(desk.defer),
    Act.DECLINE_JURISDICTION: _by_officer(desk.decline_jurisdiction),
    Act.ARCHIVE: Stage._archive,
    Act.CLOSE: Stage._close,
    Act.FOLLOW_UP: lambda stage, case_id, deed: stage._say(handling.follow_up, case_id, deed),
    Act.RESPOND: lambda stage, case_id, deed: stage._say(handling.respond, case_id, deed),
    Act.PROVIDE_INFO: _by_reporter(reporter.provide_info),
    Act.RATE: _by_reporter(reporter.rate),
    Act.REOPEN: _by_reporter(reporter.reopen),
}


def _actors() -> dict[str, Actor]:
    """The city's officers by address, labelled for the public as the product does."""
    session = db.session()
    grants = current_app.extensions["grants"]
    city = session.scalars(select(Tenant.name).where(Tenant.id == bound_tenant_id())).one()
    rows = session.execute(
        select(Officer, Department.name).outerjoin(Department, Department.id == Officer.department_id)
    )
    return {
        officer.email: Actor(
            kind="officer",
            label=f"Petugas {unit or city}",
            id=officer.id,
            name=officer.name,
            grants=grants.get(officer.role, frozenset()),
            department_id=officer.department_id,
            own_department_only=officer.role in DEPARTMENT_ROLES,
        )
        for officer, unit in rows
    }
