"""The cities' accounts on the SP4N simulator, how a city is connected, and where the two do not agree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import select

from complaints.models import Category
from core.extensions import db
from core.http import OutboundClient
from demo.scenario import Place
from sp4n import settings, upkeep
from sp4n.models import ACTIVE

#: how often news is asked for, as often as the product allows: somebody is watching
POLL_SECONDS = 3
#: klasifikasi and kinds here → invented numbers there
CLASSIFICATIONS = {
    **dict.fromkeys(("complaint", "unsupervised", "supervised"), "6"),
    "aspiration": "7",
    "information_request": "8",
}
#: the numbers of the categories begin here; one is left for whoever looks at the page of mappings
FIRST_CATEGORY, UNMAPPED = 401, "ict"


class SimulatorProblem(RuntimeError):
    """The simulator does not answer as expected; the message is for people."""


@dataclass(frozen=True, slots=True)
class Account:
    """An institution's API account."""

    base_url: str
    institution_id: str
    client_id: int
    secret: str = field(repr=False)
    token: str = field(repr=False)


def accounts(url: str, places: tuple[Place, ...]) -> dict[str, Account]:
    """Accounts by slug, found by the institution's name. Raises SimulatorProblem, Unreachable, Refused."""
    with _http() as http:
        rows = {row["name"]: row for row in _told(http, "GET", f"{url}/simulator/institutions")}
    found = {}
    for place in places:
        row = rows.get(f"Pemerintah {place.name}")
        if row is None or not row["secret"]:
            raise SimulatorProblem(f"Simulator SP4N-LAPOR! tidak punya akun untuk {place.name}.")
        found[place.slug] = Account(
            url, str(row["id"]), row["client_id"], secret=row["secret"], token=row["token"]
        )
    return found


def disagree(account: Account, place: Place, reports: Sequence[Mapping[str, str]]) -> None:
    """Let citizens file these nationally, with a status each, and let the city's next report be refused.

    What comes of it, the workers find: a word nobody has mapped, a report closed there alone, a refusal.
    """
    village, control = place.villages[0], f"{account.base_url}/simulator"
    with _http() as http:
        held = _told(http, "GET", f"{control}/complaints?institution_id={account.institution_id}")
        known = {each["title"] for each in held["complaints"]}
        for report in reports:
            title, content = (report[name].format(kelurahan=village.name) for name in ("title", "content"))
            if title in known:
                continue
            filed = {"institution_id": int(account.institution_id), "title": title, "content": content}
            number = _told(http, "POST", f"{control}/complaints", filed)["complaint_id"]
            _told(http, "POST", f"{control}/complaints/{number}/status", {"status_name": report["status"]})
        if known.isdisjoint(each["title"].format(kelurahan=village.name) for each in reports):
            refusal = {"kind": "refused_in_success", "endpoint": "create", "remaining": 1}
            _told(http, "POST", f"{control}/faults", refusal | {"client_id": account.client_id})


def _http() -> OutboundClient:
    return OutboundClient(allow_loopback=current_app.extensions["settings"].allow_loopback_http)


def _told(http: OutboundClient, method: str, url: str, body: object = None) -> Any:
    answer = http.request(method, url, headers={"Accept": "application/json"}, json=body)
    if answer.status not in (200, 201):
        raise SimulatorProblem(f"Simulator SP4N-LAPOR! menjawab {answer.status}.")
    return json.loads(answer.body)


def connect(account: Account) -> None:
    """Switch the bound city's connection on, unless it has one."""
    if settings.load() is None:
        _map()
        settings.configure(
            actor_name="operator",
            mode=ACTIVE,
            base_url=account.base_url,
            auth_secret=account.secret,
            token_secret=account.token,
            institution_id=account.institution_id,
            poll_seconds=max(POLL_SECONDS, settings.SHORTEST_POLL_SECONDS),
        )


def _map() -> None:
    for classification, number in CLASSIFICATIONS.items():
        upkeep.map_value("classification", classification, number)
    categories = db.session.scalars(select(Category.code).order_by(Category.sort, Category.code)).all()
    for place, code in enumerate(categories, FIRST_CATEGORY):
        if code != UNMAPPED:
            upkeep.map_value("category", code, str(place))


def move(url: str) -> None:
    """Tell the bound city where the simulator is now, if it is connected and that has changed."""
    connection = settings.load()
    if connection is not None and connection.base_url != url:
        settings.configure(actor_name="operator", base_url=url)
