"""200 filings while worker, Redis and PostgreSQL are killed in turn: each is held nationally exactly once.

The processes are those of the product under its own supervisor; the citizens are threads over HTTP that
send again,
with the same form, whenever the answer was lost.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.test_citizen_journey import report_data
from tests.pages import csrf_token
from tests.simulator_process import SimulatorProcess

FILINGS = 200
CITIZENS = 4
KILLS = ("postgres", "worker-1", "redis", "postgres", "worker-1", "redis")
SECONDS_BETWEEN_KILLS = 2.0
SECONDS_BETWEEN_FILINGS = 0.2  # of one citizen, so that the kills fall among the filings
HOST = "kota-uji.satuaduan.localhost"


@dataclass
class Citizens:
    """Threads that file until all reports are in. `numbers` are those of the receipts."""

    port: int
    numbers: list[str] = field(default_factory=list)
    lost_answers: int = 0
    _left: int = FILINGS
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Host": f"{HOST}:{self.port}"}
        ) as http:
            while (place := self._take()) >= 0:
                http.headers["X-Forwarded-For"] = f"192.0.2.{place}"
                number = self._file(http)
                with self._lock:
                    self.numbers.append(number)
                time.sleep(SECONDS_BETWEEN_FILINGS)

    def _take(self) -> int:
        """A number for the next filing, negative when all are taken."""
        with self._lock:
            self._left -= 1
            return self._left

    def _file(self, http: httpx.Client) -> str:
        """One report: fetch the form once, send it until a receipt comes back."""
        page = self._until_answered(lambda: http.get("/laporan/baru"), 200).text
        data = {"csrf_token": csrf_token(page), **report_data(page)}
        sent = self._until_answered(lambda: http.post("/laporan/baru", data=data), 303)
        found = re.search(r"[A-Z]{3}-\d{4}-[0-9A-Z]{5}", sent.headers["Location"])
        assert found
        return found[0]

    def _until_answered(self, send: Any, status: int) -> httpx.Response:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                response: httpx.Response = send()
            except httpx.HTTPError:
                response = httpx.Response(0)
            if response.status_code == status:
                return response
            with self._lock:
                self.lost_answers += 1
            time.sleep(0.3)
        raise AssertionError(f"no {status} within two minutes, last was {response.status_code}")


class SupervisedProduct:
    """The product's processes over a fresh folder, with one city connected to the simulator."""

    def __init__(self, folder: Path, simulator: SimulatorProcess) -> None:
        account = simulator.add_institution("Pemerintah Kota Uji")
        known = [simulator.url, str(account.institution_id), account.secret, account.token]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.supervised", str(folder), *known],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("READY "), f"the product did not start: {line!r}"
        self.port = int(line.split()[1])

    def kill_nine(self, name: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        self.process.communicate(timeout=60)


@pytest.mark.timeout(420)
def test_two_hundred_filings(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator.sqlite3")
    folder = Path(tempfile.mkdtemp(prefix="satuaduan-uji-"))
    folder.chmod(0o711)  # the account that PostgreSQL drops to must pass through
    product = SupervisedProduct(folder, simulator)
    try:
        citizens = Citizens(product.port)
        threads = [threading.Thread(target=citizens.work, daemon=True) for _ in range(CITIZENS)]
        for thread in threads:
            thread.start()
        kills, done_by = list(KILLS), time.monotonic() + 240
        while time.monotonic() < done_by:
            time.sleep(SECONDS_BETWEEN_KILLS)
            if kills:
                product.kill_nine(kills.pop(0))
            elif len(citizens.numbers) == FILINGS and len(_tags(simulator)) >= FILINGS:
                break
        assert len(set(citizens.numbers)) == FILINGS, f"{len(citizens.numbers)} receipts"
        held = Counter(_tags(simulator))
        assert sum(held.values()) == FILINGS, f"{sum(held.values())} reports on the national side"
        missing = {number for number in citizens.numbers if not any(number in tag for tag in held)}
        assert not missing
        assert citizens.lost_answers, "no kill was felt: the test proves nothing"
    finally:
        product.stop()
        simulator.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _tags(simulator: SimulatorProcess) -> list[str]:
    return [str(complaint["tags_raw"]) for complaint in simulator.complaints()]
