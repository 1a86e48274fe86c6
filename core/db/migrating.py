"""Flask-Migrate, loaded when it is first asked for.

Alembic is a seventh of the time and a tenth of the memory of a start, and neither web nor worker migrates.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from core.extensions import db

if TYPE_CHECKING:
    from flask import Flask

FOLDER = "migrations"


class LateMigrate:
    """Stands in `app.extensions["migrate"]` until a migration looks at it."""

    directory = FOLDER
    db = db

    def __init__(self, app: Flask) -> None:
        self._app = app
        app.extensions["migrate"] = self
        app.cli.add_command(DatabaseCommands("db", help="Migrasi basis data."))

    @cached_property
    def migrate(self) -> Any:
        """The extension itself; it takes this one's place."""
        from flask_migrate import Migrate

        return Migrate(self._app, db, directory=FOLDER)


class DatabaseCommands(click.Group):
    """`flask db`: the commands of Flask-Migrate, loaded when one of them is called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of Flask-Migrate's own group, which then runs in this one's place."""
        from flask_migrate.cli import db as commands

        made: click.Context = commands.make_context(info_name, args, parent, **extra)
        return made
