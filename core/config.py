"""Settings of one deployment: the only reader of the environment.

A missing or malformed setting stops start-up with its name. Defaults are right in production and fit to
publish.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import Fernet


class SettingError(RuntimeError):
    """A setting is missing or malformed; the message names it and never shows its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Typed settings. Durations carry their unit; URLs are SQLAlchemy or Redis URLs."""

    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    storage_url: str
    base_domain: str
    database_owner_url: str | None = field(default=None, repr=False)
    database_relay_url: str | None = field(default=None, repr=False)
    s3_access_key: str | None = field(default=None, repr=False)
    s3_secret_key: str | None = field(default=None, repr=False)
    public_scheme: str = "https"
    public_port: int | None = None
    environment: str = "production"
    log_level: str = "INFO"
    allow_loopback_http: bool = False
    trusted_proxies: int = 0
    request_limit_mb: int = 64
    pool_size: int = 4
    sweep_seconds: int = 5
    undo_seconds: int = 60
    mail_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None
    operator_key: str | None = field(default=None, repr=False)

    @property
    def mail_sender(self) -> str:
        """The address mails come from where a city has none of its own."""
        return self.mail_from or f"aduan@{self.base_domain}"

    @property
    def public_suffix(self) -> str:
        """Host suffix with the port where it is not the scheme's own: `satuaduan.localhost:8000`."""
        default = {"http": 80, "https": 443}[self.public_scheme]
        port = self.public_port
        return self.base_domain if port in (None, default) else f"{self.base_domain}:{port}"

    def url_of(self, slug: str | None = None) -> str:
        """Address of the root host, or of the tenant with this slug."""
        host = f"{slug}.{self.public_suffix}" if slug else self.public_suffix
        return f"{self.public_scheme}://{host}"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Read and check the environment. Raises SettingError naming the first bad setting."""
        source = os.environ if env is None else env

        def required(name: str) -> str:
            value = source.get(name, "").strip()
            if not value:
                raise SettingError(f"{name} belum diisi")
            return value

        def optional(name: str) -> str | None:
            return source.get(name, "").strip() or None

        secret = required("SECRET_KEY")
        if len(secret) < 32:
            raise SettingError("SECRET_KEY harus paling sedikit 32 huruf")
        scheme = source.get("PUBLIC_SCHEME", "https")
        if scheme not in ("http", "https"):
            raise SettingError("PUBLIC_SCHEME harus http atau https")
        return cls(
            secret_key=secret,
            encryption_keys=_fernet_keys("ENCRYPTION_KEYS", required("ENCRYPTION_KEYS")),
            database_url=_postgres("DATABASE_URL", required("DATABASE_URL")),
            database_owner_url=_postgres_or_none("DATABASE_OWNER_URL", optional("DATABASE_OWNER_URL")),
            database_relay_url=_postgres_or_none("DATABASE_RELAY_URL", optional("DATABASE_RELAY_URL")),
            redis_url=required("REDIS_URL"),
            storage_url=required("STORAGE_URL"),
            s3_access_key=optional("S3_ACCESS_KEY"),
            s3_secret_key=optional("S3_SECRET_KEY"),
            base_domain=required("BASE_DOMAIN").lower().strip("."),
            public_scheme=scheme,
            public_port=_integer(source, "PUBLIC_PORT", None, 1, 65535),
            environment=source.get("ENVIRONMENT", "production"),
            log_level=source.get("LOG_LEVEL", "INFO").upper(),
            allow_loopback_http=source.get("ALLOW_LOOPBACK_HTTP", "0") == "1",
            trusted_proxies=_integer(source, "TRUSTED_PROXIES", 0, 0, 5) or 0,
            pool_size=_integer(source, "DATABASE_POOL_SIZE", 4, 1, 100) or 4,
            sweep_seconds=_integer(source, "SWEEP_SECONDS", 5, 1, 60) or 5,
            undo_seconds=_integer(source, "UNDO_SECONDS", 60, 0, 600) or 0,
            mail_url=_mail_url(optional("SMTP_URL")),
            mail_from=optional("MAIL_FROM"),
            operator_key=_operator_key(optional("OPERATOR_KEY")),
        )


def _integer(source: Mapping[str, str], name: str, default: int | None, low: int, high: int) -> int | None:
    text = source.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or not low <= int(text) <= high:
        raise SettingError(f"{name} harus angka {low} sampai {high}")
    return int(text)


def _fernet_keys(name: str, value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    for key in keys:
        try:
            Fernet(key)
        except ValueError as error:
            raise SettingError(f"{name} harus berisi kunci Fernet, dipisah koma") from error
    return keys


def _mail_url(url: str | None) -> str | None:
    """smtp:// or smtps:// of a server, or file:// of a folder that stands in for one."""
    if url is not None and not url.startswith(("smtp://", "smtps://", "file:///")):
        raise SettingError("SMTP_URL harus berupa alamat smtp://, smtps://, atau file:///")
    return url


def _operator_key(key: str | None) -> str | None:
    if key is not None and len(key) < 32:
        raise SettingError("OPERATOR_KEY harus paling sedikit 32 huruf")
    return key


def _postgres(name: str, url: str) -> str:
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    raise SettingError(f"{name} harus berupa alamat postgresql://")


def _postgres_or_none(name: str, url: str | None) -> str | None:
    return None if url is None else _postgres(name, url)
