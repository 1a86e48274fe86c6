"""The application behind its real server, and clients that speak HTTP to it over the loopback address."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.deployment import ROOT
from bench.measuring import Environ, Sample, UnexpectedAnswer
from core.config import Settings
from scripts.datadir import free_port
from scripts.engines import running
from scripts.processes import Program

LOOPBACK = "127.0.0.1"
_HEADERS = {"HTTP_COOKIE": "Cookie", "HTTP_ACCEPT_ENCODING": "Accept-Encoding", "HTTP_HOST": "Host",
            "HTTP_X_FORWARDED_FOR": "X-Forwarded-For", "CONTENT_TYPE": "Content-Type"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `cookie` is the session a browser would keep, None where it was not set."""

    status: int
    body: bytes
    location: str
    cookie: str | None


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a process of its own reads them."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return inherited | {
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "DATABASE_URL": settings.database_url,
        "DATABASE_RELAY_URL": settings.database_relay_url or "",
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "BASE_DOMAIN": settings.base_domain,
        "PUBLIC_SCHEME": settings.public_scheme,
        "TRUSTED_PROXIES": str(settings.trusted_proxies),
        "LOG_LEVEL": settings.log_level,
    }


@contextmanager
def served(settings: Settings, data_dir: Path) -> Iterator[int]:
    """Granian as a deployment runs it: two workers of four threads. Gives the port."""
    port = free_port(8100)
    command = [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi", f"--host={LOOPBACK}", f"--port={port}", "--workers=2", "--blocking-threads=4",
        "--no-ws", "wsgi:app",
    ]  # fmt: skip
    program = Program(
        "web", command, environment(settings), ROOT, is_ready=lambda: _answers(port, settings.base_domain)
    )
    with running(program, data_dir / "web.log"):
        yield port


def _answers(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


class Client:
    """One connection that is kept open, as a browser keeps it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)

    def send(self, environ: Environ) -> Answer:
        """Send what a WSGI environ describes."""
        headers = {name: environ[key] for key, name in _HEADERS.items() if environ.get(key)}
        query = environ.get("QUERY_STRING")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        body = environ["wsgi.input"].read() if environ["REQUEST_METHOD"] == "POST" else None
        self._connection.request(environ["REQUEST_METHOD"], path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        cookie = response.getheader("Set-Cookie", "").partition(";")[0] or None
        return Answer(response.status, content, response.getheader("Location", ""), cookie)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


def measure(client: Client, environs: Iterable[Environ], expected: int, *, warmup: int = 5) -> Sample:
    """Wall times of requests sent one after the other. Raises UnexpectedAnswer."""
    sample = Sample()
    for number, environ in enumerate(environs):
        start = time.perf_counter()
        answer = client.send(environ)
        wall = time.perf_counter() - start
        if answer.status != expected:
            raise UnexpectedAnswer(f"{environ['PATH_INFO']}: {answer.status}, not {expected}")
        if number >= warmup:
            sample.wall.append(wall)
    return sample
