"""What officers, citizens and the national side do, drawn from a seed; each public text has its number."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.exc import InterfaceError, OperationalError

from bench.chaos.ground import CLASSIFICATION, COMPETENT, FIRST_CATEGORY, Ground, Town
from complaints.acts import desk, handling, intake, reporter, undoing
from complaints.acts.engine import Actor
from complaints.acts.intake import Submission
from complaints.models import Category, Complaint
from complaints.permissions import GRANTS
from complaints.workflow import TRANSITIONS, Act
from core.db.tenancy import tenant_scope
from core.errors import DomainError
from core.extensions import db
from sp4n.models import Sp4nLink
from tenants.models import Area

DESK = Actor("officer", "Petugas Meja", grants=GRANTS["city_administrator"])
DONE, REFUSED, BROKEN = "done", "refused", "broken"
T = TypeVar("T")


class People:
    """Acts one after the other; `counts` says how many of each were done, refused or cut off.

    `towns`: where, else everywhere; `deeds`: which, else all.
    """

    def __init__(
        self, ground: Ground, seed: int, *, towns: Sequence[Town] = (), deeds: Collection[str] = ()
    ) -> None:
        self._ground, self._random = ground, random.Random(seed)
        self._towns = towns or ground.towns
        self._serial = 0
        self.counts: Counter[tuple[str, str]] = Counter()
        self._deeds: list[tuple[float, str, Callable[[Town], object]]] = [
            (30, "file", self._file),
            (18, "verify", self._verify),
            (12, "assign", self._assign),
            (14, "follow_up", self._follow_up),
            (9, "respond", self._respond),
            (3, "reply", self._reply),
            (3, "rate", self._rate),
            (2, "close", self._close),
            (2, "reopen", self._reopen),
            (2, "decline", self._decline),
            (3, "take back", self._take_back),
            (4, "report filed there", self._national_report),
            (3, "reply written there", self._national_reply),
        ]
        if deeds:
            self._deeds = [each for each in self._deeds if each[1] in deeds]

    def act(self) -> str:
        """One try: `done`, `refused` by the rules, or `broken` off because the database is away."""
        town = self._random.choice(self._towns)
        weights = [weight for weight, _, _ in self._deeds]
        _, name, deed = self._random.choices(self._deeds, weights)[0]
        try:
            with tenant_scope(town.tenant_id, self._ground.app):
                deed(town)
            outcome = DONE
        except (DomainError, LookupError):
            outcome = REFUSED
        except (OperationalError, InterfaceError):
            outcome = BROKEN
        self.counts[name, outcome] += 1
        return outcome

    def _words(self, what: str) -> str:
        self._serial += 1
        return f"Yth. Pelapor, {what} dengan nomor urut #{self._serial}#. Terima kasih atas laporan Anda."

    def _case(self, act: Act) -> uuid.UUID:
        """A young case that is where the act may be done; now and then any."""
        starts = [start for start, each in TRANSITIONS if each == act]
        statement = select(Complaint.id).order_by(Complaint.received_at.desc()).limit(12)
        if self._random.random() < 0.95:
            statement = statement.where(Complaint.status.in_(starts))
        return self._one(statement)

    def _file(self, _town: Town) -> None:
        self._serial += 1
        sent = Submission(
            form_key=uuid.UUID(int=self._random.getrandbits(128), version=4),
            kind="complaint",
            title=f"Jalan berlubang nomor {self._serial}",
            body=f"Lubang besar ke-{self._serial} di depan sekolah dasar, sudah dua minggu dan membahayakan.",
            incident_on=date(2026, 3, 2),
            landmark="Jl. Melati, depan SD",
            name="Asep Sunandar",
            phone="+6281200001234",
            email=None,
            is_anonymous=self._random.random() < 0.1,
            is_confidential=self._random.random() < 0.1,
            category_id=self._one(select(Category.id).order_by(Category.sort).limit(5)),
            village_id=self._one(select(Area.id).where(Area.level == 2).order_by(Area.code).limit(5)),
        )
        intake.submit(sent)

    def _one(self, statement: Select[T]) -> T:
        return self._random.choice(list(db.session.scalars(statement)))

    def _verify(self, _town: Town) -> None:
        desk.verify(self._case(Act.VERIFY), DESK, classification="unsupervised")

    def _assign(self, town: Town) -> None:
        department = uuid.UUID(self._random.choice(town.departments))
        desk.assign(self._case(Act.ASSIGN), DESK, department_id=department)

    def _follow_up(self, _town: Town) -> None:
        is_public = self._random.random() < 0.8
        words = self._words("tindak lanjut")
        handling.follow_up(self._case(Act.FOLLOW_UP), DESK, text=words, is_public=is_public)

    def _respond(self, _town: Town) -> None:
        handling.respond(self._case(Act.RESPOND), DESK, text=self._words("tanggapan"))

    def _reply(self, _town: Town) -> None:
        reporter.provide_info(self._case(Act.PROVIDE_INFO), text=self._words("keterangan"))

    def _rate(self, _town: Town) -> None:
        reporter.rate(self._case(Act.RATE), score=self._random.randint(1, 5), solved="yes")

    def _close(self, _town: Town) -> None:
        desk.close(self._case(Act.CLOSE), DESK, text=self._words("penutupan"))

    def _reopen(self, _town: Town) -> None:
        reporter.reopen(self._case(Act.REOPEN), reason=self._words("belum selesai"))

    def _decline(self, _town: Town) -> None:
        case, reason = self._case(Act.DECLINE_JURISDICTION), self._words("kewenangan")
        desk.decline_jurisdiction(case, DESK, institution=COMPETENT, reason=reason)

    def _take_back(self, _town: Town) -> None:
        case = self._case(Act.FOLLOW_UP)
        done = handling.follow_up(case, DESK, text=self._words("salah ketik"))
        assert done.event_id is not None
        undoing.take_back(case, done.event_id, DESK)

    def _national_report(self, town: Town) -> None:
        self._serial += 1
        self._remote(
            "/simulator/complaints",
            institution_id=town.institution_id,
            title=f"Laporan nasional {self._serial}",
            content=f"Lampu jalan padam, laporan nasional ke-{self._serial}.",
            category_id=self._random.randint(FIRST_CATEGORY, FIRST_CATEGORY + 4),
            classification_id=CLASSIFICATION,
        )

    def _national_reply(self, _town: Town) -> None:
        number: str = self._one(select(Sp4nLink.external_id).order_by(Sp4nLink.linked_at.desc()).limit(30))
        text = self._words("kata pelapor di pusat")
        self._remote(f"/simulator/complaints/{number}/followups", content=text, from_name="Pelapor")

    def _remote(self, path: str, **body: object) -> None:
        self._ground.remote.post(path, json=body).raise_for_status()
