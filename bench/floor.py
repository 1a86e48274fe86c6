"""The floor: what Flask, Jinja and one query cost for a page of the same size, in the same process and run.

The bare page is a table filled from values, escaped, a link a row, and packed like the product's. An act's
floor is a bare view that reads a form and sends as many statements as the act.
"""

from __future__ import annotations

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_compress import Compress
from sqlalchemy import Engine, text

_PAGE = """<!DOCTYPE html>
<html lang="id"><head><meta charset="utf-8"><title>{{ title }}</title></head><body><table>
{% for row in rows %}<tr class="baris">
<td><a href="{{ url_for('page', lines=row.number) }}">{{ row.title }}</a></td>
<td><span class="nomor">{{ row.number }}</span></td><td>{{ row.category }}</td><td>{{ row.village }}</td>
<td class="lencana"><svg class="ikon" viewBox="0 0 24 24" aria-hidden="true"><path d="{{ row.path }}" /></svg>
<span>{{ row.status }}</span></td></tr>
{% endfor %}</table></body></html>
"""
_LINE = {
    "title": "Saluran air tersumbat di depan kantor kelurahan RT 07",
    "category": "Lingkungan hidup dan kebersihan",
    "village": "Sukamaju Kidul",
    "status": "Diteruskan ke Dinas Lingkungan Hidup",
    "path": "M3 12a9 9 0 1 0 18 0a9 9 0 0 0 -18 0 M12 7v5l3 3",
}


def bare_app(engine: Engine) -> Flask:
    """An application of two views over the same database."""
    app = Flask("floor", static_folder=None)
    app.config.update(
        COMPRESS_MIMETYPES=["text/html"],
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_LEVEL=5,
        COMPRESS_STREAMS=False,
    )
    Compress(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    template = app.jinja_env.from_string(_PAGE)  # compiled once, as the product's own are

    @app.get("/<int:lines>", endpoint="page")
    def page(lines: int) -> str:
        with engine.connect() as connection:
            title = connection.scalar(text("SELECT 'Daftar laporan'"))
        return template.render(title=title, rows=[{**_LINE, "number": n} for n in range(lines)])

    @app.post("/<int:statements>", endpoint="act")
    def act(statements: int) -> ResponseReturnValue:
        with engine.begin() as connection:
            for _ in range(statements):
                connection.scalar(text("SELECT :given"), {"given": request.form.get("text", "")[:20]})
        return "", 303, {"Location": "/"}

    return app


def lines_for(unpacked: int) -> int:
    """How many rows make a page of about this many bytes."""
    return max(0, round((unpacked - 120) / 560))
