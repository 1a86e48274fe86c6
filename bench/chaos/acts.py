"""What officers, citizens and the national side do, drawn from a seed; each public text has its number."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date

import httpx
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from bench.chaos.ground import CLASSIFICATION, COMPETENT, FIRST_CATEGORY, Ground, Town
from complaints.acts import desk, handling, intake, reporter, undoing
from complaints.acts.engine import Actor
from complaints.acts.intake import Submission
from complaints.models import Category
from complaints.permissions import GRANTS
from core.db.tenancy import tenant_scope
from core.errors import DomainError
from core.extensions import db
from sp4n.models import Sp4nLink
from tenants.models import Area

DESK = Actor("officer", "Petugas Meja", grants=GRANTS["city_administrator"])
DONE, REFUSED, BROKEN = "done", "refused", "broken"


class People:
    """Acts one after the other; `counts` says how many of each were done, refused or cut off.

    `towns`: where, else everywhere; `deeds`: which, else all.
    """

    def __init__(
        self, ground: Ground, seed: int, *, towns: Sequence[Town] = (), deeds: Collection[str] = ()
    ) -> None:
        self._ground, self._random = ground, random.Random(seed)
        self._towns = towns or ground.towns
        self._cases: dict[int, list[uuid.UUID]] = {town.tenant_id: [] for town in self._towns}
        self._serial = 0
        self.counts: Counter[tuple[str, str]] = Counter()
        self._deeds: list[tuple[float, str, Callable[[Town], object]]] = [
            (30, "file", self._file),
            (18, "verify", self._verify),
            (12, "assign", self._assign),
            (14, "follow_up", self._follow_up),
            (9, "respond", self._respond),
            (3, "rate", self._rate),
            (2, "close", self._close),
            (2, "decline", self._decline),
            (3, "undo", self._undo),
            (4, "national_report", self._national_report),
            (3, "national_answer", self._national_answer),
        ]
        if deeds:
            self._deeds = [each for each in self._deeds if each[1] in deeds]

    def act(self) -> bool:
        """One event; False where it was cut off because the database is away."""
        town = self._random.choice(self._towns)
        weights = [weight for weight, _, _ in self._deeds]
        _, name, deed = self._random.choices(self._deeds, weights)[0]
        try:
            with tenant_scope(town.tenant_id, self._ground.app):
                deed(town)
            outcome = DONE
        except (DomainError, LookupError):
            outcome = REFUSED
        except (OperationalError, InterfaceError, httpx.TransportError):
            outcome = BROKEN
        self.counts[name, outcome] += 1
        return outcome != BROKEN

    def _words(self, what: str) -> str:
        self._serial += 1
        return f"Yth. Pelapor, {what} dengan nomor urut #{self._serial}#. Terima kasih atas laporan Anda."

    def _case(self, town: Town) -> uuid.UUID:
        """A case of the town; a young one more often."""
        cases = self._cases[town.tenant_id]
        return self._random.choice(cases[-12:] if self._random.random() < 0.8 else cases)

    def _file(self, town: Town) -> None:
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
        self._cases[town.tenant_id].append(intake.submit(sent).complaint_id)

    def _one(self, statement: object) -> uuid.UUID:
        found: list[uuid.UUID] = list(db.session.scalars(statement))  # type: ignore[call-overload] # any select
        return self._random.choice(found)

    def _verify(self, town: Town) -> None:
        desk.verify(self._case(town), DESK, classification="unsupervised")

    def _assign(self, town: Town) -> None:
        desk.assign(self._case(town), DESK, department_id=uuid.UUID(self._random.choice(town.departments)))

    def _follow_up(self, town: Town) -> None:
        is_public = self._random.random() < 0.8
        handling.follow_up(self._case(town), DESK, text=self._words("tindak lanjut"), is_public=is_public)

    def _respond(self, town: Town) -> None:
        handling.respond(self._case(town), DESK, text=self._words("tanggapan"))

    def _rate(self, town: Town) -> None:
        reporter.rate(self._case(town), score=self._random.randint(1, 5), solved="yes")

    def _close(self, town: Town) -> None:
        desk.close(self._case(town), DESK, text=self._words("penutupan"))

    def _decline(self, town: Town) -> None:
        desk.decline_jurisdiction(
            self._case(town), DESK, institution=COMPETENT, reason=self._words("kewenangan")
        )

    def _undo(self, town: Town) -> None:
        case = self._case(town)
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

    def _national_answer(self, town: Town) -> None:
        numbers = list(db.session.scalars(select(Sp4nLink.external_id).order_by(Sp4nLink.external_id)))
        number = self._random.choice(numbers)
        text = self._words("kata pelapor di pusat")
        self._remote(f"/simulator/complaints/{number}/followups", content=text, from_name="Pelapor")

    def _remote(self, path: str, **body: object) -> None:
        self._ground.remote.post(path, json=body).raise_for_status()
