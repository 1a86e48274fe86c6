"""The cities' accounts on the SP4N simulator, and the connection of a city to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from flask import current_app

from core.http import OutboundClient
from demo.scenario import Place
from sp4n import settings
from sp4n.models import ACTIVE

#: how often news is asked for, as often as the product allows: somebody is watching
POLL_SECONDS = 3


class SimulatorProblem(RuntimeError):
    """The simulator does not answer as expected; the message is for people."""


@dataclass(frozen=True, slots=True)
class Account:
    """An institution's API account."""

    base_url: str
    institution_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


def accounts(url: str, places: tuple[Place, ...]) -> dict[str, Account]:
    """Accounts by slug, found by the institution's name. Raises SimulatorProblem, Unreachable, Refused."""
    allow_loopback = current_app.extensions["settings"].allow_loopback_http
    with OutboundClient(allow_loopback=allow_loopback) as http:
        answer = http.request("GET", f"{url}/simulator/institutions", headers={"Accept": "application/json"})
    if answer.status != 200:
        raise SimulatorProblem(f"Simulator SP4N-LAPOR! menjawab {answer.status}.")
    rows = {row["name"]: row for row in json.loads(answer.body)}
    found = {}
    for place in places:
        row = rows.get(f"Pemerintah {place.name}")
        if row is None or not row["secret"]:
            raise SimulatorProblem(f"Simulator SP4N-LAPOR! tidak punya akun untuk {place.name}.")
        found[place.slug] = Account(url, str(row["id"]), row["secret"], row["token"])
    return found


def connect(account: Account) -> None:
    """Switch the bound city's connection on, unless it has one."""
    if settings.load() is None:
        settings.configure(
            actor_name="operator",
            mode=ACTIVE,
            base_url=account.base_url,
            auth_secret=account.secret,
            token_secret=account.token,
            institution_id=account.institution_id,
            poll_seconds=max(POLL_SECONDS, settings.SHORTEST_POLL_SECONDS),
        )


def move(url: str) -> None:
    """Tell the bound city where the simulator is now, if it is connected and that has changed."""
    connection = settings.load()
    if connection is not None and connection.base_url != url:
        settings.configure(actor_name="operator", base_url=url)
