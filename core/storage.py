"""Attachment bytes, outside the database. Every key starts with the tenant's id and is checked against the
binding.

`file:///folder` keeps them on a local disk (the default); `s3://bucket?endpoint=…` is the object store of
larger deployments, through the same three verbs.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from flask import current_app

from core.config import Settings
from core.db.tenancy import TenantMismatch, bound_tenant_id

_KEY = re.compile(r"^t(?P<tenant>\d{1,9})/[a-z0-9][a-z0-9/_.-]{1,150}$")


class StorageError(RuntimeError):
    """The store cannot serve: wrong address, no space, nothing under this key."""


class StorageMissing(StorageError):
    """The store answers, and has nothing under this key."""


class Store(Protocol):
    """What a store does. Keys are of `key_for`; bytes are whole files of at most a few megabytes."""

    def put(self, key: str, data: bytes) -> None: ...
    def get(self, key: str) -> bytes: ...
    def delete(self, key: str) -> None: ...


def key_for(purpose: str, extension: str) -> str:
    """A new key of the bound tenant: `t7/laporan/3f…/9c….jpg`, unguessable and free of names."""
    unique = uuid.uuid4().hex
    return f"t{bound_tenant_id()}/{purpose}/{unique[:2]}/{unique[2:]}.{extension}"


def own_key(key: str) -> str:
    """Where the bound tenant keeps its copy of a file that lies under another tenant's key."""
    match = _KEY.match(key)
    if match is None:
        raise StorageError("kunci penyimpanan tidak dikenal")
    return f"t{bound_tenant_id()}/{key.partition('/')[2]}"


def check_key(key: str) -> str:
    """Return the key if it is well-formed and of the bound tenant. Raises TenantMismatch or StorageError."""
    match = _KEY.match(key)
    if match is None or ".." in key:
        raise StorageError("kunci penyimpanan tidak dikenal")
    if int(match["tenant"]) != bound_tenant_id():
        raise TenantMismatch("storage key of another tenant")
    return key


class LocalStore:
    """Files below one folder. Writes are atomic: a reader sees all of a file or none."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, key: str, data: bytes) -> None:
        path = self.root / check_key(key)
        partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with partial.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):  # what failed may fail again
                partial.unlink(missing_ok=True)
            raise StorageError("berkas tidak dapat disimpan") from error

    def get(self, key: str) -> bytes:
        try:
            return (self.root / check_key(key)).read_bytes()
        except FileNotFoundError as error:
            raise StorageMissing("berkas tidak ditemukan") from error
        except OSError as error:
            raise StorageError("berkas tidak dapat dibaca") from error

    def delete(self, key: str) -> None:
        try:
            (self.root / check_key(key)).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError("berkas tidak dapat dihapus") from error


def open_store(settings: Settings) -> Store:
    """The store named by STORAGE_URL. Raises StorageError for an address that cannot be one."""
    url = settings.storage_url
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        return LocalStore(Path(parts.path))
    if parts.scheme == "s3":
        # Imported here: a deployment on a local disk does not load the client.
        from core.object_store import Credentials, S3Store

        access, secret = settings.s3_access_key, settings.s3_secret_key
        return S3Store.from_url(url, Credentials(access, secret) if access and secret else None)
    raise StorageError("STORAGE_URL harus file:///folder atau s3://bucket")


def store() -> Store:
    """The store of the current application."""
    found: Store = current_app.extensions["store"]
    return found
