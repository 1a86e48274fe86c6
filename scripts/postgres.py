"""An embedded PostgreSQL: made once in the data folder, listening on the loopback address with passwords.

Invariant: the server never runs as root, and its files are open to its own account only.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scripts.binaries import Source, runnable_postgres
from scripts.datadir import Section, StateFile, disk_full, free_port
from scripts.processes import DISK_FULL, Account, Program, StartError, clear, working_in, wrapped

ALWAYS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "jit": "off",  # plans must not differ between builds with and without LLVM
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_wal_size": "256MB",
}
CLUSTER_SIZE = 64 * 1024 * 1024  # bytes; what initdb needs, with some room
# For data that is thrown away: a crash may lose it, so nothing waits for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}
# Places for the server's files when its account cannot pass through the data folder's parents.
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 (a new folder of our own is made inside)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A prepared server. `home` holds its data; `admin_url` is a superuser's libpq URL."""

    home: Path
    port: int
    admin_url: str
    program: Program


def server_account() -> Account | None:
    """The account the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def can_pass(folder: Path, account: Account) -> bool:
    """Whether the account may enter the folder through all its parents."""
    for part in (folder, *folder.resolve().parents):
        status = part.stat()
        allowed = 0o100 if status.st_uid == account.uid else 0o010 if status.st_gid == account.gid else 0o001
        if not status.st_mode & allowed:
            return False
    return True


def remembered_home(data_dir: Path, memory: Section) -> Path | None:
    """Where the server's files were put at the first start; None before it."""
    if "outside" in memory:
        return Path(str(memory["outside"]))
    return data_dir / "postgres" if "version" in memory else None


def choose_home(data_dir: Path, account: Account | None, fast: bool) -> Path:
    """Folder for the server's files: in the data folder where its account can reach it, otherwise outside."""
    if account is None or can_pass(data_dir, account):
        home = data_dir / "postgres"
        home.mkdir(exist_ok=True)
    else:
        parent = (
            Path(tempfile.gettempdir())
            if fast
            else next(path for path in OUTSIDE if os.access(path, os.W_OK))
        )
        home = Path(tempfile.mkdtemp(prefix="satuaduan-", dir=parent))
    home.chmod(0o711 if account else 0o700)
    return home


def environment() -> dict[str, str]:
    """What the server's programs see: nothing of ours, above all no PG* variable."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def prepare_postgres(
    data_dir: Path, state: StateFile, *, fast: bool = False, source: Source = "any"
) -> Postgres:
    """A server over the data in `data_dir`, made when there is none.

    StartError when the data is damaged or of a version that is not installed. Starts nothing.
    """
    account = server_account()
    memory = state.section("postgres")
    home = remembered_home(data_dir, memory) or choose_home(data_dir, account, fast)
    if home.parent != data_dir:
        state.remember("postgres", outside=str(home))
    data = home / "pgdata"
    version = version_of(data, memory)
    folder, major = runnable_postgres(source, account, home, version)
    password = str(memory.get("password") or secrets.token_urlsafe(24))
    if version is None:
        state.remember("postgres", password=password)
        make_cluster(folder, major, data, password, account)
    port = free_port(int(memory.get("port", 0)) or None)
    state.remember("postgres", version=major, port=port)
    admin_url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    settings = ALWAYS | (FAST if fast else {}) | {"port": str(port)}
    program = Program(
        name="postgres",
        argv=[
            str(folder / "postgres"),
            "-D",
            str(data),
            *(f"--{name}={value}" for name, value in settings.items()),
        ],
        env=environment(),
        cwd=Path("/"),
        stop_signal=signal.SIGINT,  # fast shutdown: open transactions are rolled back
        account=account,
        prepare=lambda: clear_leftovers(data),
        is_ready=lambda: answers(admin_url),
    )
    return Postgres(home, port, admin_url, program)


def version_of(data: Path, memory: Section) -> int | None:
    """Major version of the data; None when there is none yet. StartError when it is not as `memory` tells."""
    remedy = "Pulihkan dari cadangan, atau pindahkan folder data itu untuk memulai dari awal."
    if not data.exists():
        if "version" in memory:
            raise StartError(f"Folder data rusak: {data} hilang. {remedy}")
        return None
    if "password" not in memory:
        raise StartError(
            f"Folder data rusak: {data} ada, tetapi kata sandinya di engines.json tidak ada. {remedy}"
        )
    try:
        return int((data / "PG_VERSION").read_text().strip())
    except (OSError, ValueError):
        raise StartError(
            f"Folder data rusak: {data / 'PG_VERSION'} tidak ada atau tidak terbaca. {remedy}"
        ) from None


def make_cluster(folder: Path, major: int, data: Path, password: str, account: Account | None) -> None:
    """Run initdb beside the final place and move the result there: an interrupted run leaves no half."""
    partial = data.with_name("pgdata.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    word = data.with_name("password")
    word.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(word, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(password)
        if account:
            for path in (partial, word):
                os.chown(path, account.uid, account.gid)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] if major >= 17 else []
        )
        command = [
            str(folder / "initdb"), f"--pgdata={partial}", "--username=postgres", f"--pwfile={word}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions",
            *(locale or ["--locale=C.UTF-8"]),
        ]  # fmt: skip
        answer = subprocess.run(
            wrapped(command, signal.SIGTERM, account),
            cwd="/", env=environment(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if answer.returncode != 0:
            raise refusal(data, answer.stderr)
        partial.rename(data)
    finally:
        word.unlink(missing_ok=True)
        shutil.rmtree(partial, ignore_errors=True)


def refusal(data: Path, output: str) -> StartError:
    """Why initdb failed. It may die of a full disk without a word, so the room it left is looked at, too."""
    if DISK_FULL in output or shutil.disk_usage(data.parent).free < CLUSTER_SIZE:
        return StartError(disk_full(data))
    lines = output.strip().splitlines()
    telling = (
        [line for line in lines if "error:" in line or "FATAL:" in line] or lines or ["tanpa keterangan"]
    )
    return StartError(f"Folder data PostgreSQL {data} tidak dapat dibuat: {telling[0]}")


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StartError(
                "Folder data rusak: kata sandi PostgreSQL di engines.json tidak cocok."
            ) from error
        return False
    return True


def clear_leftovers(data: Path) -> None:
    """End a server and stray backends of an earlier, killed run, and drop a lock file that names nobody.

    Only for the holder of the data folder. Backends end by themselves once their postmaster is gone, save
    those in the middle of a long query; the new server refuses to start beside them.
    """
    clear(lambda: working_in(data), signal.SIGINT, grace=5.0)
    if Path("/proc").exists():  # after a restart of the machine its number may belong to anybody
        (data / "postmaster.pid").unlink(missing_ok=True)
