"""python -m sp4n.simulator: serve until SIGTERM or SIGINT; print READY and the address once it listens.

`python -m sp4n.simulator fault …` switches faults of a running one, `act …` does what the national side does,
`export …` fetches the Excel export of an institution.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from . import remote
from .app import create_simulator


class QuietHandler(WSGIRequestHandler):
    """Calls are logged in the data file (GET /simulator/requests), not on standard error."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    command = remote.COMMANDS.get(given[0]) if given else None
    return command(given[1:]) if command is not None else serve(given)


def serve(arguments: list[str]) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m sp4n.simulator", description="Simulator of SP4N-LAPOR!")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free port")
    parser.add_argument("--data", type=Path, default=Path("sp4n-simulator.sqlite3"), metavar="FILE.sqlite3")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="also stop when the parent process ends"
    )
    options = parser.parse_args(arguments)
    options.data.parent.mkdir(parents=True, exist_ok=True)
    server = ThreadedWSGIServer(
        options.host, options.port, create_simulator(options.data), handler=QuietHandler
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if options.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    threading.Thread(target=_stop_later, args=(server, stop), daemon=True).start()
    print(f"READY http://{options.host}:{server.server_port}", flush=True)
    server.serve_forever()
    return 0


def _stop_later(server: BaseWSGIServer, stop: threading.Event) -> None:
    stop.wait()
    server.shutdown()


def _watch_stdin(stop: threading.Event) -> None:
    # The descriptor itself: a thread waiting inside the buffered stream blocks the interpreter's shutdown.
    while os.read(sys.stdin.fileno(), 4096):
        continue
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
