"""Starts the SP4N simulator as its own process, as the product meets the national one: over HTTP only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
READY = "READY "


@dataclass(frozen=True)
class Account:
    """An institution of the simulator with the credentials of its API account."""

    institution_id: int
    client_id: int
    name: str
    secret: str
    token: str


class SimulatorProcess:
    """A running simulator. `data_file` outlives it: start another one on it to see a restart."""

    def __init__(self, data_file: Path, *, port: int = 0) -> None:
        command = [sys.executable, "-m", "sp4n.simulator", "--port", str(port), "--data", str(data_file)]
        self.data_file = data_file
        self.process = subprocess.Popen(
            [*command, "--until-stdin-closes"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line.startswith(READY):
            self.kill()
            raise RuntimeError(f"the simulator did not start: {line!r}")
        self.url = line.removeprefix(READY).strip()
        self.port = int(self.url.rpartition(":")[2])
        self._http = httpx.Client(base_url=self.url, trust_env=False, timeout=10)

    def add_institution(self, name: str = "Pemerintah Kota Contoh", parent_id: int | None = None) -> Account:
        made = self._json("POST", "/simulator/institutions", {"name": name, "parent_id": parent_id})
        return Account(made["id"], made["client_id"], made["name"], made["secret"], made["token"])

    def add_fault(self, kind: str, **values: Any) -> None:
        """Switch on `kind` for `client_id`, `endpoint`, `remaining` times, with `seconds`, `status`."""
        self._json("POST", "/simulator/faults", {"kind": kind, **values})

    def clear_faults(self) -> None:
        self._json("DELETE", "/simulator/faults")

    def add_complaint(self, institution_id: int, **fields: Any) -> str:
        """A citizen files nationally; returns the complaint id."""
        body = {
            "institution_id": institution_id,
            "title": "Jalan rusak",
            "content": "Lubang dalam.",
            **fields,
        }
        return str(self._json("POST", "/simulator/complaints", body)["complaint_id"])

    def set_status(self, complaint_id: str, status_name: str, **values: Any) -> None:
        self._json(
            "POST", f"/simulator/complaints/{complaint_id}/status", {"status_name": status_name, **values}
        )

    def add_followup(self, complaint_id: str, content: str, from_name: str | None = None) -> None:
        body = {"content": content, "from_name": from_name}
        self._json("POST", f"/simulator/complaints/{complaint_id}/followups", body)

    def rate(self, complaint_id: str, stars: int) -> None:
        """The reporter judges the handling."""
        self._json("POST", f"/simulator/complaints/{complaint_id}/rating", {"stars": stars})

    def edit(self, complaint_id: str, content: str) -> None:
        """The national desk edits the text."""
        self._json("POST", f"/simulator/complaints/{complaint_id}/content", {"content": content})

    def export(self, institution_id: int) -> bytes:
        """The Excel export of the institution's reports."""
        response = self._http.get(f"/simulator/institutions/{institution_id}/export.xlsx")
        response.raise_for_status()
        return response.content

    def complaints(self, **filters: Any) -> list[dict[str, Any]]:
        """Everything held, filtered by `institution_id` (who holds it now) or `tag`."""
        found: list[dict[str, Any]] = self._json("GET", "/simulator/complaints", params=filters)["complaints"]
        return found

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """Calls received by the national API, by `endpoint`, `client_id`, `complaint_id`, `after`."""
        found: list[dict[str, Any]] = self._json("GET", "/simulator/requests", params=filters)["requests"]
        return found

    def stop(self) -> int:
        """End it as a supervisor would; returns the exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> int:
        """End it as a power cut would."""
        self.process.kill()
        return self._ended()

    def _ended(self) -> int:
        code = self.process.wait(timeout=10)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        if hasattr(self, "_http"):
            self._http.close()
        return code

    def _json(self, method: str, path: str, body: object = None, params: dict[str, Any] | None = None) -> Any:
        response = self._http.request(method, path, json=body, params=params)
        if response.is_error:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text[:300]}")
        return response.json()


@contextmanager
def running_simulator(data_file: Path, *, port: int = 0) -> Iterator[SimulatorProcess]:
    """A simulator for the length of the block."""
    simulator = SimulatorProcess(data_file, port=port)
    try:
        yield simulator
    finally:
        if simulator.process.poll() is None:
            simulator.stop()
