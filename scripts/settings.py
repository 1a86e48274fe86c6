"""What the environment says about the demo, checked before anything is started.

Invariant: the only place of the commands that reads the demo's settings from the environment.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scripts.binaries import Source
from scripts.processes import StartError
from scripts.roles import libpq_url

DOMAIN = "satuaduan.localhost"
PORT = 8000
SIMULATOR_PORT = 8090


@dataclass(frozen=True, slots=True)
class Settings:
    """The demo's settings.

    `database_url` is an administrator's URL unless `owner_url` and `relay_url` are given, too: then it is the
    app role's. Without it, and without `redis_url`, the engines are embedded. `simulator_port` is None unless
    set.
    """

    root: Path
    port: int
    data_dir: Path
    simulator_port: int | None
    database_url: str | None
    owner_url: str | None
    relay_url: str | None
    redis_url: str | None
    storage_url: str
    log_level: str
    source: Source

    @property
    def address(self) -> str:
        return f"http://{DOMAIN}:{self.port}/"


def read_settings(root: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment; an empty value counts as not given. StartError names the wrong one."""

    def given(name: str) -> str | None:
        return environ.get(name, "").strip() or None

    data_dir = (root / (given("DATA_DIR") or "data")).absolute()
    owner_url, relay_url = given("DATABASE_OWNER_URL"), given("DATABASE_RELAY_URL")
    settings = Settings(
        root=root,
        port=port_of("PORT", given("PORT")) or PORT,
        data_dir=data_dir,
        simulator_port=port_of("SIMULATOR_PORT", given("SIMULATOR_PORT")),
        database_url=given("DATABASE_URL"),
        owner_url=owner_url,
        relay_url=relay_url,
        redis_url=given("REDIS_URL"),
        storage_url=given("STORAGE_URL") or (data_dir / "storage").as_uri(),
        log_level=given("LOG_LEVEL") or "INFO",
        source="system" if given("ENGINE_SOURCE") == "system" else "any",
    )
    check_urls(settings)
    return settings


def port_of(name: str, value: str | None) -> int | None:
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or not 0 < int(value) < 65536:
        raise StartError(f"{name} harus berupa angka 1 sampai 65535, bukan {value!r}.")
    return int(value)


def check_urls(settings: Settings) -> None:
    for name, url in (
        ("DATABASE_URL", settings.database_url),
        ("DATABASE_OWNER_URL", settings.owner_url),
        ("DATABASE_RELAY_URL", settings.relay_url),
    ):
        if url is not None and not is_postgres(url):
            raise StartError(
                f"{name} bukan alamat PostgreSQL. Contoh: postgresql://pengguna:sandi@host:5432/basisdata"
            )
    if (settings.owner_url is None) != (settings.relay_url is None) or (
        settings.owner_url and not settings.database_url
    ):
        raise StartError(
            "Setel DATABASE_URL, DATABASE_OWNER_URL, dan DATABASE_RELAY_URL bersama, atau DATABASE_URL saja."
        )
    if settings.redis_url is not None and urlsplit(settings.redis_url).scheme not in {
        "redis",
        "rediss",
        "unix",
    }:
        raise StartError("REDIS_URL bukan alamat Redis. Contoh: redis://:sandi@host:6379/0")
    if urlsplit(settings.storage_url).scheme not in {"file", "s3"}:
        raise StartError(
            "STORAGE_URL bukan alamat penyimpanan. Contoh: file:///srv/satuaduan atau s3://wadah"
        )


def is_postgres(url: str) -> bool:
    try:
        libpq_url(url)
    except ValueError:
        return False
    return True
