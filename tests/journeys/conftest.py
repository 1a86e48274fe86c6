"""A live server and a real Chromium. The server is the one of production, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.config import Settings
from tests.browser import FLAGS, chromium
from tests.conftest import PASSWORD, City

ROOT = Path(__file__).resolve().parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where the server listens; each tenant has a host of its own there."""

    port: int

    def url(self, city: City | None, path: str = "/") -> str:
        host = city.host if city else "uji.localhost"
        return f"http://{host}:{self.port}{path}"


def environment(settings: Settings, port: int) -> dict[str, str]:
    """The settings as the environment of a process."""
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        "DATABASE_URL": settings.database_url,
        "DATABASE_RELAY_URL": settings.database_relay_url or "",
        "REDIS_URL": settings.redis_url,
        "STORAGE_URL": settings.storage_url,
        "BASE_DOMAIN": settings.base_domain,
        "PUBLIC_SCHEME": "http",
        "PUBLIC_PORT": str(port),
        "ENVIRONMENT": "test",
        "LOG_LEVEL": "ERROR",
        "OPERATOR_KEY": settings.operator_key or "",
        "ALLOW_LOOPBACK_HTTP": "1",  # the simulator
    }


@pytest.fixture(scope="session")
def server(app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "wsgi:app"]
    log = tmp_path_factory.mktemp("server") / "web.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(replace(settings, public_port=port), port),
            stdout=stream,
            stderr=stream,
        )
    try:
        _wait(port, process, log)
        yield LiveServer(port)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    path = chromium()
    assert path, "no Chromium on this machine: run with -m 'not journey'"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phone(chrome: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """phone(width=360, **options) → a context as on a cheap phone."""
    contexts: list[BrowserContext] = []

    def make(width: int = 360, height: int = 740, **options: Any) -> BrowserContext:
        context = chrome.new_context(viewport={"width": width, "height": height}, locale="id-ID", **options)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


def axe_problems(page: Page) -> list[str]:
    """What axe-core finds under WCAG 2.2 AA, in lines one can act on."""
    result = Axe().run(page, options={"runOnly": TAGS, "resultTypes": ["violations"]})
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]


def sign_in(page: Page, url: str, email: str) -> None:
    """Through the page, as an officer does."""
    page.goto(url)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_load_state()
