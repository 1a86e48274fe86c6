"""python -m sp4n.simulator fault: switch faults of a running simulator, over its control calls."""

import argparse
import json
import urllib.error
import urllib.request
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
    try:
        print(json.dumps(_call(method, f"{url}/simulator/faults", body), indent=2))
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace"))
        return 1
    except OSError as error:
        print(f"{url}: {error}")
        return 1
    return 0


def _call(method: str, url: str, body: dict[str, Any] | None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - the operator names the address
        url, data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)
