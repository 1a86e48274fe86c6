"""The S3 object store of larger deployments: the same three verbs as the local disk.

`s3://bucket/prefix?endpoint=https://host&region=…`; the key pair stands in S3_ACCESS_KEY and S3_SECRET_KEY.
Writes are all or nothing by the protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Client

from core.storage import StorageError, StorageMissing, check_key


@dataclass(frozen=True, slots=True)
class Credentials:
    """The store's key pair."""

    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class S3Store:
    """Objects of one bucket, below one prefix."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def from_url(cls, url: str, credentials: Credentials | None) -> S3Store:
        """Raises StorageError where the address or the key pair cannot be right."""
        parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
        if not parts.netloc or credentials is None:
            raise StorageError("STORAGE_URL s3://bucket memerlukan S3_ACCESS_KEY dan S3_SECRET_KEY")
        endpoint = query.get("endpoint", [None])[0]
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        client = Client(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            access_key_id=credentials.access_key,
            secret_access_key=credentials.secret_key,
            region=query.get("region", ["us-east-1"])[0],
            client_options={
                "allow_http": bool(endpoint and endpoint.startswith("http://")),
                "connect_timeout": "5s",
                "timeout": "30s",
            },
            **options,
        )
        return cls(client)

    def put(self, key: str, data: bytes) -> None:
        """Store a whole object. Raises StorageError."""
        try:
            obstore.put(self._client, check_key(key), data)
        except BaseError as error:
            raise StorageError("berkas tidak dapat disimpan") from error

    def get(self, key: str) -> bytes:
        """The whole object. Raises StorageError."""
        try:
            return bytes(obstore.get(self._client, check_key(key)).bytes())
        except FileNotFoundError as error:
            raise StorageMissing("berkas tidak ditemukan") from error
        except BaseError as error:
            raise StorageError("berkas tidak dapat dibaca") from error

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is no error."""
        try:
            obstore.delete(self._client, check_key(key))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise StorageError("berkas tidak dapat dihapus") from error
