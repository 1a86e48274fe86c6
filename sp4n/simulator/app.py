"""Puts the simulator together: national API, control calls and pages over one data file."""

from pathlib import Path

from flask import Flask, Response, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException

from . import gate, shapes
from .api import api
from .control import control
from .pages import pages
from .reports import UnknownReportError
from .store import Store
from .tools import tools

API_PREFIXES = ("/complaints", "/masters", "/simulator/")


def create_simulator(data_file: str | Path) -> Flask:
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 32 * 1024 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask types the provider as its base class
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["simulator_store"] = Store(data_file)
    for blueprint in (api, control, pages, tools):
        app.register_blueprint(blueprint)
    gate.install(app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(UnknownReportError, _missing)
    return app


def _http_error(error: HTTPException) -> Response | tuple[str, int]:
    status = error.code or 500
    if request.path.startswith(API_PREFIXES):
        return shapes.failure(status, error.name)
    return render_template("error.html", status=status), status


def _missing(_error: UnknownReportError) -> Response | tuple[str, int]:
    if request.path.startswith(API_PREFIXES):
        return shapes.failure(404, "Tidak ditemukan")
    return render_template("error.html", status=404), 404
