"""python -m sp4n.simulator fault, act, export: what a running simulator does, over its control calls."""

import argparse
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .api import ENDPOINTS
from .faults import FAULTS


def main(arguments: list[str]) -> int:
    """`add KIND …`, `list`, `clear`. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sp4n.simulator fault")
    parser.add_argument("--url", default="http://127.0.0.1:8090")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="switch one on")
    add.add_argument("kind", choices=list(FAULTS))
    add.add_argument("--endpoint", choices=ENDPOINTS)
    add.add_argument("--client-id", type=int, help="the institution whose account it meets; default all")
    add.add_argument("--remaining", type=int, help="how many times; default until it is switched off")
    add.add_argument("--seconds", type=float)
    add.add_argument("--status", type=int)
    add.add_argument("--chance", type=float, help="how often it strikes, above 0 to 1")
    add.add_argument("--from-at", help="ISO 8601 with zone")
    add.add_argument("--until-at", help="ISO 8601 with zone")
    commands.add_parser("list", help="show those that are on")
    commands.add_parser("clear", help="switch all off")
    options = vars(parser.parse_args(arguments))
    url, command = options.pop("url"), options.pop("command")
    method = {"add": "POST", "list": "GET", "clear": "DELETE"}[command]
    body = {name: value for name, value in options.items() if value is not None} or None
    return _told(lambda: _call(method, f"{url}/simulator/faults", body), url)


def act(arguments: list[str]) -> int:
    """`NUMBER status …`, `answer`, `rate`, `edit`: an act of the national side. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sp4n.simulator act")
    parser.add_argument("--url", default="http://127.0.0.1:8090")
    parser.add_argument("number", type=int, help="of the report")
    commands = parser.add_subparsers(dest="command", required=True)
    status = commands.add_parser("status", help="change its status, and with it who holds it")
    status.add_argument("status_name", metavar="NAME")
    status.add_argument("--note")
    status.add_argument("--disposition-id", type=int, help="the institution that holds it from now on")
    answer = commands.add_parser("answer", help="write in the thread")
    answer.add_argument("content", metavar="TEXT")
    answer.add_argument("--from-name", help="Pelapor is the reporter; default the national desk")
    rate = commands.add_parser("rate", help="the reporter's judgement")
    rate.add_argument("stars", type=int, choices=range(1, 6))
    rate.add_argument("--content", metavar="TEXT")
    commands.add_parser("edit", help="edit its text").add_argument("content", metavar="TEXT")
    options = vars(parser.parse_args(arguments))
    url, command, number = options.pop("url"), options.pop("command"), options.pop("number")
    name = {"status": "status", "answer": "followups", "rate": "rating", "edit": "content"}[command]
    return _told(lambda: _call("POST", f"{url}/simulator/complaints/{number}/{name}", options), url)


def export(arguments: list[str]) -> int:
    """`INSTITUTION FILE`: fetch the Excel export of its reports. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sp4n.simulator export")
    parser.add_argument("--url", default="http://127.0.0.1:8090")
    parser.add_argument("institution", type=int)
    parser.add_argument("file", type=Path, metavar="FILE.xlsx")
    options = parser.parse_args(arguments)

    def fetch() -> dict[str, Any]:
        path = f"/simulator/institutions/{options.institution}/export.xlsx"
        written = options.file.write_bytes(_fetch("GET", options.url + path, None))
        return {"file": str(options.file), "bytes": written}

    return _told(fetch, options.url)


COMMANDS = {"fault": main, "act": act, "export": export}


def _told(call: Callable[[], Any], url: str) -> int:
    try:
        print(json.dumps(call(), indent=2))
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace"))
        return 1
    except OSError as error:
        print(f"{url}: {error}")
        return 1
    return 0


def _call(method: str, url: str, body: dict[str, Any] | None) -> Any:
    return json.loads(_fetch(method, url, body))


def _fetch(method: str, url: str, body: dict[str, Any] | None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - the operator names the address
        url, data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        content: bytes = answer.read()
        return content
