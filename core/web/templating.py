"""The template environment: strict, autoescaped, with Indonesian formats in the tenant's own time zone."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask.templating import Environment
from flask_login import current_user
from jinja2 import StrictUndefined

from core import clock, formats
from core.web import drawing
from core.web.assets import asset
from core.web.tenant import request_tenant

DEFAULT_ZONE = ZoneInfo("Asia/Jakarta")


def _zone() -> ZoneInfo:
    tenant = request_tenant()
    return tenant.zone if tenant else DEFAULT_ZONE


def _local(value: date | datetime) -> date:
    return value.astimezone(_zone()).date() if isinstance(value, datetime) else value


def _filters() -> dict[str, Callable[..., str]]:
    return {
        "tanggal": lambda value: formats.long_date(_local(value)),
        "tanggal_pendek": lambda value: formats.short_date(_local(value)),
        "waktu": lambda value: formats.long_datetime(value, _zone()),
        "waktu_pendek": lambda value: formats.short_datetime(value, _zone()),
        "angka": formats.number,
        "persen": formats.percent,
        "desimal": formats.decimal,
        "telepon": formats.phone,
        "ukuran": formats.file_size,
    }


def _remembered(macro: Callable[..., str]) -> Callable[..., str]:
    """A macro whose result follows from its arguments alone, drawn once for each of them.

    `typed`: a plain text and markup of the same letters are different arguments, for only one is escaped.
    """
    return lru_cache(maxsize=2048, typed=True)(macro)


def _identity(message: str, **values: Any) -> str:
    return message % values if values else message


def _plural(singular: str, plural: str, n: int, **values: Any) -> str:
    return (singular if n == 1 else plural) % {"num": n, **values}


class Templates(Environment):
    """Templates share one dictionary of globals, which is complete before the first one is drawn.

    Jinja's own chain of dictionaries is searched key by key at each import of a component.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own globals where a template brings none."""
        return self.globals if d is None else super().make_globals(d)


def install(app: Flask) -> None:
    """Configure Jinja. Indonesian is the source language: its messages are their own translations."""
    drawing.install()
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(_identity, _plural, newstyle=True)  # type: ignore[attr-defined] # by the extension
    env.filters.update(_filters())
    env.globals["asset"] = asset
    env.globals["remembered"] = _remembered

    @app.context_processor
    def _context() -> dict[str, Any]:
        from flask import g

        tenant = request_tenant()
        down = g.get("database_down", False)
        signed_in = not down and current_user and current_user.is_authenticated
        return {
            "tenant": tenant,
            "theme_url": f"/tema/{tenant.theme_hash}.css" if tenant else None,
            "current_officer": current_user if signed_in else None,
            "now": clock.now(),
        }
