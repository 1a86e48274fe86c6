"""The product's own processes as programs: their commands and what they are told.

Invariant: no serving process knows the owner's URL; the simulator gets none of the product's secrets.
"""

import http.client
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.datadir import is_free
from scripts.processes import Program
from scripts.roles import Urls
from scripts.settings import DOMAIN, Settings

# Settings of other programs that would change how ours behave.
FOREIGN = ("PG", "FLASK_", "GRANIAN_", "PYTHON")
LOOPBACK = "127.0.0.1"
MARK = "SATUADUAN_DEMO"  # tells the data folder whose demo a process belongs to


class Product:
    """Programs of one installation; `keys` are the data folder's secrets."""

    def __init__(self, settings: Settings, keys: Mapping[str, str], urls: Urls, redis_url: str) -> None:
        self.settings = settings
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = inherited | {
            "SECRET_KEY": keys["SECRET_KEY"],
            "ENCRYPTION_KEYS": keys["ENCRYPTION_KEYS"],
            "DEMO_PASSWORD_SEED": keys["DEMO_PASSWORD_SEED"],
            "OPERATOR_KEY": keys["OPERATOR_KEY"],
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "DATABASE_RELAY_URL": urls.relay,
            "REDIS_URL": redis_url,
            "STORAGE_URL": settings.storage_url,
            "BASE_DOMAIN": DOMAIN,
            "PUBLIC_PORT": str(settings.port),
            "PUBLIC_SCHEME": "http",
            "ALLOW_LOOPBACK_HTTP": "1",  # the simulator is on this machine
            "SMTP_URL": inherited.get("SMTP_URL") or (settings.data_dir / "messages").as_uri(),
            "ENVIRONMENT": "demo",
            "LOG_LEVEL": settings.log_level,
            "PYTHONUNBUFFERED": "1",
            MARK: str(settings.data_dir),
        }

    def flask(self, name: str, *arguments: str) -> Program:
        """An operator's command: the only kind of process that knows the owner's URL."""
        return self._flask(name, self.environment, arguments)

    def _flask(self, name: str, environment: Mapping[str, str], arguments: Sequence[str]) -> Program:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return Program(name, command, environment, self.settings.root)

    def without(self, *names: str) -> dict[str, str]:
        """The environment less what a process has no need to know."""
        return {name: value for name, value in self.environment.items() if name not in names}

    def migrate(self) -> Program:
        return self.flask("migrate", "db", "upgrade")

    def seed(self, simulator_port: int, accounts: Path) -> Program:
        """Fills the cities and writes the accounts; passes over what is there already."""
        simulator = f"http://{LOOPBACK}:{simulator_port}"
        arguments = ["demo", "seed", "--simulator-url", simulator, "--accounts", str(accounts)]
        return self._flask("seed", self.without("SMTP_URL"), arguments)  # what is long past is told to nobody

    def worker(self, number: int) -> Program:
        environment = self.without("DATABASE_OWNER_URL", "DATABASE_RELAY_URL")
        return self._flask(f"worker-{number}", environment, ["jobs", "work"])

    def scheduler(self) -> Program:
        return self._flask("scheduler", self.without("DATABASE_OWNER_URL"), ["jobs", "schedule"])

    def web(self) -> Program:
        port = self.settings.port
        command = [
            str(Path(sys.executable).with_name("granian")),
            "--interface=wsgi", f"--host={LOOPBACK}", f"--port={port}", "--workers=2", "--blocking-threads=4",
            "--respawn-failed-workers", "--no-ws",
            "wsgi:app",
        ]  # fmt: skip
        return Program(
            "web",
            command,
            self.without("DATABASE_OWNER_URL"),
            self.settings.root,
            is_ready=lambda: is_healthy(port),
        )

    def simulator(self, port: int) -> Program:
        data = self.settings.data_dir / "sp4n-simulator.sqlite3"
        command = [
            sys.executable, "-m", "sp4n.simulator", f"--host={LOOPBACK}", f"--port={port}", f"--data={data}",
        ]  # fmt: skip
        told = ("PATH", "HOME", "LANG", "TZ", "PYTHONUNBUFFERED", MARK)
        environment = {name: self.environment[name] for name in told if name in self.environment}
        return Program(
            "simulator", command, environment, self.settings.root, is_ready=lambda: not is_free(port)
        )


def is_healthy(port: int) -> bool:
    """Whether the web server answers its health page with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": f"{DOMAIN}:{port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
