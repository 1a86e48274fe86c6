"""Reports as a city has them after two years, as lines of COPY's text format. Pure.

Invariant: a report's columns, history, deadlines and files tell the same story. Deadlines here pass over days
off, which changes no plan and no cost; hashes are chained but are not the product's digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from bench.cities import Ground
from bench.stories import AFTER, ARCHIVED, COMPLETED, DECLINED, NULL, OPEN, ROAD, WAITED_FOR, Story
from complaints import numbering

DAY = 86_400
YEARS_SECONDS = 730 * DAY
_WHAT = (
    "Jalan berlubang", "Lampu jalan padam", "Sampah menumpuk", "Saluran air tersumbat", "Pohon tumbang",
    "Parkir liar", "Air keruh dan kecil", "Pungutan di luar ketentuan", "Antrean layanan terlalu lama",
    "Trotoar rusak", "Bangunan tanpa izin", "Bantuan belum diterima", "Jembatan retak", "Banjir setiap hujan",
)  # fmt: skip
_WHERE = (
    "depan sekolah",
    "pasar",
    "puskesmas",
    "kantor kelurahan",
    "gang masjid",
    "simpang tiga",
    "terminal",
)
_TEXT = (
    "Kejadian ini sudah berlangsung sekitar dua minggu dan semakin parah setelah hujan. "
    "Warga sekitar merasa terganggu, terutama anak sekolah dan pedagang yang lewat setiap pagi. "
    "Mohon segera diperiksa dan ditindaklanjuti oleh dinas terkait, terima kasih."
)
_SAID = {
    "follow_up": "Petugas sudah memeriksa lokasi dan menjadwalkan perbaikan bersama kelurahan.",
    "respond": "Yth. Pelapor, laporan Anda sudah kami tindak lanjuti di lapangan. Terima kasih.",
    "defer": "Mohon sebutkan nama jalan dan patokan terdekat.",
    "provide_info": "Lokasinya di samping pos ronda.",
    "reopen": "Masalahnya muncul lagi setelah tiga hari.",
    "archive": "Laporan ini sudah pernah dijawab.",
    "decline_jurisdiction": "Kewenangan ada pada instansi lain.",
}


@dataclass(slots=True)
class Lines:
    """Lines of COPY by table, each ending in a newline."""

    of: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, *values: str) -> None:
        """One row, in the order of `bench.columns`."""
        self.of[table].append("\t".join(values) + "\n")


def instant(seconds: float | None) -> str:
    """A timestamptz for COPY."""
    return NULL if seconds is None else datetime.fromtimestamp(int(seconds), UTC).isoformat(" ")


class Population:
    """Makes the reports of one city, oldest first. `pin_key` is the deployment's."""

    def __init__(self, ground: Ground, pin_key: bytes, now: datetime, seed: int = 0) -> None:
        self.ground, self.pin_key = ground, pin_key
        self.now = now.timestamp()
        self.random = Random(seed * 1_000_003 + ground.tenant_id)
        self.tenant = str(ground.tenant_id)
        self._numbers: dict[str, int] = defaultdict(int)
        self._external = 1_000_000

    def batches(self, count: int, size: int) -> Iterator[Lines]:
        """`count` reports in parts of at most `size`."""
        chosen = sorted(self._choose() for _ in range(count))
        for start in range(0, count, size):
            lines = Lines()
            for received, status in chosen[start : start + size]:
                self._report(lines, received, status)
            yield lines

    def _choose(self) -> tuple[float, str]:
        random = self.random
        place = random.random()
        for status, share in (("completed", COMPLETED), ("archived", ARCHIVED), ("declined", DECLINED)):
            if place < share:
                # ended: any day of two years, more of them lately
                return self.now - 5 * DAY - YEARS_SECONDS * random.random() ** 1.3, status
            place -= share
        status = random.choices(tuple(OPEN), tuple(OPEN.values()))[0]
        days = {"received": 4, "deferred": 12, "verified": 8}.get(status, 30)
        return self.now - 600 - days * DAY * random.random(), status

    def _id(self, seconds: float) -> str:
        """A UUID version 7 of an instant, without dashes."""
        bits = self.random.getrandbits(74)
        middle = 0x8000 | bits >> 48 & 0x3FFF
        return f"{int(seconds * 1000):012x}7{bits >> 62:03x}{middle:04x}{bits & 0xFFFFFFFFFFFF:012x}"

    def _number(self, received: float) -> str:
        """A free tracking number: a walk over the month's 32**4 numbers that meets each once."""
        day = datetime.fromtimestamp(received, UTC).date()
        month = f"{day:%y%m}"
        self._numbers[month] += 1
        value = self._numbers[month] * 421_397 % 32**4
        digits = iter((value >> 15, value >> 10 & 31, value >> 5 & 31, value & 31))
        return numbering.tracking_number(self.ground.letters, day, lambda _: next(digits))

    def _report(self, lines: Lines, received: float, status: str) -> None:
        random, ground, tenant = self.random, self.ground, self.tenant
        id_ = self._id(received)
        form_key = f"{random.getrandbits(128):032x}"
        department = random.choice(ground.departments)
        story = self._story(lines, id_, received, status, department)
        village, district = random.choice(ground.villages)
        kind = random.choices(("complaint", "aspiration", "information_request"), (88, 7, 5))[0]
        verified = story.at.get("verify")
        assigned = story.at.get("assign")
        answered = story.at.get("follow_up") or story.at.get("respond")
        classification = NULL if verified is None else "unsupervised" if kind == "complaint" else kind
        due = {
            "verify": received + 4 * DAY,
            "answer": None if verified is None else (assigned or verified) + 7 * DAY,
            "complete": None if verified is None else received + (20 if kind == "complaint" else 7) * DAY,
            "other": self.now + DAY * random.uniform(1, 13),
        }
        what, where = random.choice(_WHAT), random.choice(_WHERE)
        lines.add(
            "complaint",
            tenant, id_, self._number(received), form_key, str(story.entries), status, kind, classification,
            "web",
            f"{what} di {where} RT {random.randint(1, 12):02d}", f"{what} di {where}. {_TEXT}",
            random.choice(ground.categories), instant(received)[:10], district, village,
            f"{where.capitalize()}, RW {random.randint(1, 20):02d}",
            "t" if random.random() < 0.12 else "f", "t" if random.random() < 0.08 else "f",
            department[0] if assigned is not None else NULL,
            ground.officers[department[0]] if answered is not None and assigned is not None else NULL,
            instant(received), instant(verified), instant(assigned), instant(answered),
            instant(story.at.get("respond")), instant(story.closed),
            NULL if story.closed is None else "officer",
            instant(due["verify"]), instant(due["answer"]), instant(due["complete"]),
            instant(due[WAITED_FOR[status]]) if status in WAITED_FOR else NULL,
            _days(received, verified), _days(assigned or verified, answered),
            _days(received, story.closed) if status == "completed" else NULL,
            "1" if status == "reopened" else "0", str(story.entries), story.hash, "{}",
        )  # fmt: skip
        self._belongings(lines, id_, form_key, received, status, story)

    def _belongings(
        self, lines: Lines, id_: str, form_key: str, received: float, status: str, story: Story
    ) -> None:
        random, tenant = self.random, self.tenant
        phone = f"+62812{random.randint(10_000_000, 99_999_999)}"
        lines.add("reporter", tenant, self._id(received), id_, f"Pelapor {id_[-6:]}", phone, NULL)
        seed = f"{tenant}:{UUID(form_key)}"
        pin = numbering.pin(self.pin_key, seed)
        digest = numbering.pin_digest(self.pin_key, self.ground.tenant_id, UUID(id_), pin)
        lines.add("tracking_access", tenant, self._id(received), id_, digest, "0")
        self._external += 1
        lines.add(
            "sp4n_link",
            tenant, self._id(received), id_, str(self._external), "local", "f", instant(received + 60),
            instant(received + 60), instant(self.now + 3600) if status in WAITED_FOR else NULL,
        )  # fmt: skip
        for event in (NULL, story.last_event):
            if random.random() < 0.3:
                self._file(lines, id_, form_key, event, received)

    def _file(self, lines: Lines, complaint: str, form_key: str, event: str, at: float) -> None:
        digest = f"{self.random.getrandbits(256):064x}"
        key = f"{self.tenant}/{digest[:2]}/{digest}"
        lines.add(
            "attachment",
            self.tenant, self._id(at), complaint, form_key, event, "t", "foto.jpg", "image/jpeg", "184320",
            digest, f"{key}.jpg", f"{key}-kecil.jpg", "1280", "960", instant(at),
        )  # fmt: skip

    def _story(
        self, lines: Lines, complaint: str, received: float, status: str, department: tuple[str, str]
    ) -> Story:
        road = list(ROAD[status])
        if status in ("completed", "responded") and self.random.random() < 0.25:
            road.insert(road.index("respond"), "follow_up")
        if status == "completed" and self.random.random() < 0.3:
            road[-1] = "rate"
        story = Story()
        self._entry(lines, story, complaint, "submit", NULL, "received", received, department)
        at, before = received, "received"
        # What ended took its working days; what is open happened between its receipt and now.
        pace = (self.now - received) / (len(road) + 1) if status in WAITED_FOR else 5 * DAY
        for act in road:
            at = min(at + pace * self.random.uniform(0.1, 1.0), self.now - 60)
            self._entry(lines, story, complaint, act, before, AFTER[act], at, department)
            before = AFTER[act]
            if act == "assign":
                lines.add(
                    "disposition",
                    self.tenant, self._id(at), complaint, department[0], "normal", '["act"]',
                    self.ground.desk, instant(at),
                )  # fmt: skip
            elif act == "rate":
                score = self.random.choices((5, 4, 3, 2, 1), (40, 30, 15, 8, 7))[0]
                solved = "yes" if score > 3 else "partly" if score == 3 else "no"
                lines.add(
                    "rating", self.tenant, self._id(at), complaint, "0", str(score), solved, instant(at)
                )
        return story

    def _entry(
        self, lines: Lines, story: Story, complaint: str, act: str, before: str, after: str, at: float,
        department: tuple[str, str],
    ) -> None:  # fmt: skip
        by_reporter = act in ("submit", "rate", "reopen", "provide_info")
        of_unit = act in ("follow_up", "respond")
        officer = self.ground.officers[department[0]] if of_unit else self.ground.desk
        label = "Pelapor" if by_reporter else f"Petugas {department[1]}" if of_unit else "Petugas desk"
        names = f'"actor_name": "Petugas", "department_name": "{department[1]}"'
        data = "{}" if by_reporter else f"{{{names}}}"
        text = _SAID.get(act, NULL)
        id_, previous = self._id(at), story.hash
        story.enter(id_, act, at)
        moment = instant(at)
        lines.add(
            "complaint_event",
            self.tenant, id_, complaint, str(story.entries), act, before, after,
            "reporter" if by_reporter else "officer", NULL if by_reporter else officer, label, "public",
            text, data, moment, moment, previous, story.hash,
        )  # fmt: skip


def _days(start: float | None, end: float | None) -> str:
    """Working days between two instants, five in seven."""
    return NULL if start is None or end is None else str(max(0, round((end - start) / DAY * 5 / 7)))
