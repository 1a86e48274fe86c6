"""How fast one worker takes an Excel export: to its preview, and row by row into cases."""

from __future__ import annotations

import io
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import openpyxl
import xlsxwriter
from sqlalchemy import select

from bench.chaos.ground import Town
from bench.sync.figures import Figure
from bench.sync.ground import Ground, wait_until
from bench.sync.idle import cpu_seconds
from core import clock
from core.db.tenancy import tenant_scope
from core.db.transaction import unit_of_work
from sp4n.excel import importing, queries
from sp4n.excel.importing import By
from sp4n.excel.models import DONE, READY, Sp4nImport
from sp4n.simulator.export import COLUMNS

ROWS = 50_000
MOST_SECONDS = 60.0
PATIENCE_SECONDS = 900.0
#: of a preview's page, asked for again and again while the worker is at it
LOOK_SECONDS = 1.0
BY = By("Petugas pengukur")
_WORDS = ("jalan", "lampu", "sampah", "got", "pasar", "sekolah", "air", "warga", "mohon", "segera", "padam")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds: on the clock, and of CPU in this process, the worker and the database server."""

    wall: float
    own: float
    worker: float
    database: float


class Spent:
    """Wall and CPU seconds since it was made: of this process, of the worker, of the database server."""

    def __init__(self, ground: Ground) -> None:
        programs = (ground.child(name).process for name in (*ground.workers(), "postgres"))
        self._pids = [process.pid for process in programs if process is not None]
        self._began = self._now()

    def _now(self) -> list[float]:
        return [time.monotonic(), time.process_time(), *map(cpu_seconds, self._pids)]

    def told(self) -> Cost:
        return Cost(*(now - began for now, began in zip(self._now(), self._began, strict=True)))


class Imports:
    """One file through one worker."""

    def __init__(self, ground: Ground, town: Town, *, seed: int, rows: int, apply_seconds: float) -> None:
        self._ground, self._town, self._rows = ground, town, rows
        self._random, self._apply_seconds = random.Random(seed), apply_seconds

    def run(self) -> list[Figure]:
        data = self._file()
        spent = Spent(self._ground)
        _read_with_openpyxl(data)
        plain, spent = spent.told(), Spent(self._ground)
        with tenant_scope(self._town.tenant_id, self._ground.app):
            made = importing.start("ekspor.xlsx", data, BY)
        looks, seen = self._watch(made)
        reading = spent.told()
        return [
            Figure(f"MB of a file of {self._rows} rows", len(data) / 1_000_000, "MB"),
            Figure("openpyxl alone reads it in", plain.wall, "s"),
            Figure("openpyxl alone: CPU", plain.own, "s"),
            Figure(f"{self._rows} rows to their preview", reading.wall, "s"),
            Figure(f"of {ROWS} rows", reading.wall * ROWS / self._rows, "s", MOST_SECONDS),
            Figure("to the preview: CPU of the worker", reading.worker, "s"),
            Figure("to the preview: CPU of the database server", reading.database, "s"),
            Figure("to openpyxl alone", reading.wall / plain.wall, "x"),
            Figure("to openpyxl alone, CPU of the worker", reading.worker / plain.own, "x"),
            Figure("different states of progress seen", seen, ""),
            Figure("slowest look at the preview meanwhile", max(looks), "s", LOOK_SECONDS),
            *self._apply(made, reading.wall),
            *self._again(data),
        ]

    def _apply(self, made: uuid.UUID, read_in: float) -> list[Figure]:
        spent = Spent(self._ground)
        with tenant_scope(self._town.tenant_id, self._ground.app):
            importing.approve(made, BY)
        wait_until(lambda: self._state(made).state == DONE, self._apply_seconds, pause=1)
        cost, found = spent.told(), self._state(made)
        assert found.applied, "nothing was applied"
        rate = found.applied / cost.wall
        return [
            Figure("rows applied" + (", all of them" if found.state == DONE else ""), found.applied, ""),
            Figure("rows applied a second", rate, "1/s"),
            Figure("a row applied: CPU of the worker", cost.worker / found.applied * 1000, "ms"),
            Figure("a row applied: CPU of the database server", cost.database / found.applied * 1000, "ms"),
            Figure(f"{ROWS} rows at this rate", ROWS / rate, "s"),
            Figure(
                f"{ROWS} rows from the file to their cases",
                ROWS / rate + read_in * ROWS / self._rows,
                "s",
                MOST_SECONDS,
            ),
        ]

    def _again(self, data: bytes) -> list[Figure]:
        """The same file once more: every row is looked up and found to be there."""
        spent = Spent(self._ground)
        with tenant_scope(self._town.tenant_id, self._ground.app):
            made = importing.start("ekspor.xlsx", data, BY)
        if not wait_until(lambda: self._state(made).finished_at is not None, PATIENCE_SECONDS, pause=1):
            return []  # the rows were not applied to their end
        return [Figure("the same file again, to its end", spent.told().wall, "s", MOST_SECONDS)]

    def _watch(self, made: uuid.UUID) -> tuple[list[float], int]:
        """Seconds of each look at progress and rows, and how many states were seen."""
        looks, states = [], set()

        def is_ready() -> bool:
            began = time.monotonic()
            with tenant_scope(self._town.tenant_id, self._ground.app):
                found = queries.one(made)
                assert found is not None
                queries.rows(found.id, "new", 0)
                states.add((found.state, found.read))
                state = found.state
            looks.append(time.monotonic() - began)
            return state == READY

        assert wait_until(is_ready, PATIENCE_SECONDS), "the preview is not there"
        return looks, len(states)

    def _state(self, made: uuid.UUID) -> Sp4nImport:
        with tenant_scope(self._town.tenant_id, self._ground.app), unit_of_work() as session:
            found = session.scalars(select(Sp4nImport).where(Sp4nImport.id == made)).one()
            assert found.cause is None, f"{found.state}: {found.cause}"
            return found

    def _file(self) -> bytes:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"constant_memory": True, "in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ("Laporan Pengaduan",))
            sheet.write_row(2, 0, COLUMNS)
            for number, row in enumerate(self._lines(), 3):
                sheet.write_row(number, 0, [row.get(column) for column in COLUMNS])
        return stream.getvalue()

    def _lines(self) -> Iterator[dict[str, object]]:
        first = clock.now() - timedelta(days=300)
        for number in range(self._rows):
            day = first + timedelta(days=number * 290 // self._rows)
            text = " ".join(self._random.choices(_WORDS, k=60))
            yield {
                "Tracking ID": str(9_000_000 + number),
                "Tanggal Laporan Masuk": f"{day.day} {day:%b} {day.year}",
                "Waktu Laporan Masuk": "08:30:00",
                "Nama Pelapor": f"Warga {number}",
                "Klasifikasi Laporan": "Pengaduan",
                "ID Kategori": 400 + number % 9,
                "Judul Laporan": " ".join(self._random.choices(_WORDS, k=8)),
                "Isi Laporan Awal": text,
                "Isi Laporan Akhir": text,
                "ID Instansi Terdisposisi": self._town.institution_id,
                "Instansi Terdisposisi": "Pemerintah kota",
                "Status Laporan": "Sedang Proses" if number % 3 else "Belum Terverifikasi",
            }


def _read_with_openpyxl(data: bytes) -> None:
    """Every cell read once and thrown away."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    for row in book.worksheets[0].iter_rows(values_only=True):
        assert row is not None
    book.close()
