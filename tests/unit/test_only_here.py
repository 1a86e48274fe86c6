"""What may happen in one place only: environment, commit, calls out, tenant binding, crossing, clock.

Each check reads the source as a tree, and is itself shown a module it must refuse.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.source import PRODUCT, Module, called, imported, mentioned, modules, parse, strings

Check = Callable[[Module], set[str]]

CALLS_OUT = (
    "httpx",
    "requests",
    "urllib.request",
    "urllib3",
    "http.client",
    "socket",
    "aiohttp",
    "smtplib",
    "ftplib",
)
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "utcfromtimestamp"}
TIME_FUNCTIONS = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime"}


def environment(module: Module) -> set[str]:
    """Reads of the process's environment."""
    names = {"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"}
    return (mentioned(module) | imported(module)) & names


def commits(module: Module) -> set[str]:
    """Calls that end a transaction for good, also the ones that begin a self-committing block."""
    return {name for name in called(module) if name.rpartition(".")[2] in ("commit", "begin")} - {
        "context.begin"
    }


def outward(module: Module) -> set[str]:
    """Imports of what opens a connection."""
    return {
        name
        for name in imported(module)
        if any(name == out or name.startswith(f"{out}.") for out in CALLS_OUT)
    }


def binding(module: Module) -> set[str]:
    """Statements that set the tenant of a transaction."""
    return {
        text for text in strings(module.tree) if "app.tenant_id" in text and "current_setting" not in text
    } | {text for text in strings(module.tree) if "set_config(" in text.lower()}


def crossings(module: Module) -> set[str]:
    """Uses of the door from one tenant to another."""
    return {name for name in called(module) | imported(module) if name.rpartition(".")[2] == "handed_over"}


def clocks(module: Module) -> set[str]:
    """Calls that ask the time of day (a monotonic clock only measures)."""
    found = set()
    for name in called(module):
        base, _, last = name.rpartition(".")
        if last in CLOCKS and base.rpartition(".")[2] in ("datetime", "date", "dt"):
            found.add(name)
    return found | (mentioned(module) & TIME_FUNCTIONS) | (imported(module) & TIME_FUNCTIONS)


RULES: dict[str, tuple[Check, set[str]]] = {
    # rule → (what it finds, the files where it may)
    "environment": (environment, {"core/config.py"}),
    "commit": (commits, {"core/db/transaction.py", "core/db/reading.py"}),
    "outward": (outward, {"core/http.py", "core/messaging/mail.py"}),
    "binding": (binding, {"core/db/tenancy.py"}),
    "crossing": (crossings, {"complaints/acts/moves/carrying.py"}),
    "clock": (clocks, {"core/clock.py"}),
}


def product() -> list[Module]:
    """The product's modules; the simulator of the national side is a program of its own."""
    return [module for module in modules(*PRODUCT) if not module.path.startswith("sp4n/simulator/")]


@pytest.mark.parametrize("rule", RULES)
def test_it_happens_in_one_place_only(rule: str) -> None:
    check, allowed = RULES[rule]
    elsewhere = {module.path: check(module) for module in product() if module.path not in allowed}
    assert {path: found for path, found in elsewhere.items() if found} == {}


@pytest.mark.parametrize("rule", RULES)
def test_the_one_place_does_it(rule: str) -> None:
    """A rule whose one place no longer does the thing has lost its subject, or its checker its eyes."""
    check, allowed = RULES[rule]
    doing = {module.path for module in product() if module.path in allowed and check(module)}
    assert doing == allowed


@pytest.mark.parametrize(
    ("rule", "snippet"),
    [
        ("environment", "import os\nsecret = os.environ['SECRET_KEY']"),
        ("environment", "from os import environ\nsecret = environ.get('SECRET_KEY')"),
        ("environment", "import os\ndef read():\n    return os.getenv('SECRET_KEY')"),
        ("commit", "def save(session):\n    session.commit()"),
        ("commit", "def save():\n    db.session().commit()"),
        ("commit", "def save(engine):\n    with engine.begin() as connection:\n        pass"),
        ("outward", "import socket"),
        ("outward", "def fetch():\n    import httpx\n    return httpx.get('http://x')"),
        ("outward", "from urllib.request import urlopen"),
        ("outward", "from urllib import request"),
        ("binding", "def bind(c, t):\n    c.execute(f\"SET LOCAL app.tenant_id = '{t}'\")"),
        ("binding", "def bind(c, t):\n    c.execute(\"SELECT set_config('app.tenant_id', :t, true)\")"),
        ("crossing", "from core.db.tenancy import handed_over"),
        ("crossing", "from core.db import tenancy\nwith tenancy.handed_over(2):\n    pass"),
        ("clock", "from datetime import datetime\nat = datetime.now()"),
        ("clock", "import datetime\nat = datetime.datetime.utcnow()"),
        ("clock", "from datetime import date\ntoday = date.today()"),
        ("clock", "import time\nat = time.time()"),
        ("clock", "from time import time\nat = time()"),
    ],
)
def test_the_checkers_see(rule: str, snippet: str) -> None:
    check, _ = RULES[rule]
    assert check(parse(snippet))


@pytest.mark.parametrize(
    ("rule", "snippet"),
    [
        ("outward", "from urllib.parse import urlsplit\nfrom core.web import requests"),
        ("clock", "import time\nfrom core import clock\nspan = time.monotonic()\nat = clock.now()"),
        ("binding", "POLICY = \"tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::int\""),
    ],
)
def test_the_checkers_do_not_cry_wolf(rule: str, snippet: str) -> None:
    check, _ = RULES[rule]
    assert check(parse(snippet)) == set()
