"""What stands before and behind every call of the national API: credentials, faults and the request log."""

import hashlib
import json
import os
import secrets

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from .faults import FAULTS, take
from .moments import stamp
from .shapes import failure
from .spoiling import reshaped
from .store import Row, insert, store

KEPT_REQUESTS = 50_000


def install(app: Flask) -> None:
    app.before_request(_before)
    app.after_request(_after)


def _endpoint() -> str | None:
    blueprint, _, name = (request.endpoint or "").partition(".")
    return name if blueprint == "api" else None


def _before() -> Response | None:
    endpoint = _endpoint()
    if endpoint is None:
        return None
    g.client = _client()
    body = _body()
    with store().write() as db:
        g.fault = take(db, endpoint, g.client["id"] if g.client else None)
        g.request_id = insert(
            db,
            "requests",
            at=stamp(),
            client_id=g.client["id"] if g.client else None,
            endpoint=endpoint,
            method=request.method,
            path=request.full_path.rstrip("?"),
            complaint_id=(request.view_args or {}).get("complaint_id"),
            fault=g.fault["kind"] if g.fault else None,
            body=body,
        )
        db.execute("DELETE FROM requests WHERE id <= ?", (g.request_id - KEPT_REQUESTS,))
    fault = FAULTS[g.fault["kind"]] if g.fault is not None else None
    if fault is not None and fault.act is not None and not fault.is_after_write:
        answer = fault.act(g.fault)
        if answer is not None:
            return answer
    if g.client is None:
        return failure(401, "Unauthorized")
    return None


def _after(response: Response) -> Response:
    """Record the answer, then spoil it if a fault says so. A refusal is not spoiled: nothing was written."""
    if _endpoint() is None or "request_id" not in g:
        return response
    _record(response.status_code)
    answer = _versioned(_spoiled(response))
    if answer.status_code == 304:
        _record(304)
    return answer


def _record(status: int) -> None:
    with store().write() as db:
        db.execute("UPDATE requests SET status = ? WHERE id = ?", (status, g.request_id))


def _spoiled(response: Response) -> Response:
    if g.fault is None or response.status_code >= 300:
        return response
    fault = FAULTS[g.fault["kind"]]
    if fault.reshape is not None:
        return reshaped(response, fault.reshape)
    if fault.act is not None and fault.is_after_write:
        return fault.act(g.fault) or response
    return response


def _versioned(response: Response) -> Response:
    """A report carries a tag of what is told of it; who names that tag is told no more than that (304)."""
    if "version" not in g or response.status_code != 200:
        return response
    response.set_etag(hashlib.sha256(response.get_data() + g.version.encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def _body() -> str | None:
    """What a call carried, as it is kept: JSON, plain fields, and files by part, name and size."""
    if request.method != "POST":
        return None
    try:
        sent = [(part, file) for part, file in request.files.items(multi=True)]
        fields = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        return None
    files = [(part, file.filename, file.stream.seek(0, os.SEEK_END)) for part, file in sent]
    for _, file in sent:
        file.stream.seek(0)
    return json.dumps({"json": request.get_json(silent=True), "fields": fields, "files": files})


def _client() -> Row | None:
    """The account of the two credentials; `Authorization` or, as in older clients, `auth`."""
    secret = request.headers.get("Authorization") or request.headers.get("auth") or ""
    token = request.headers.get("token") or ""
    with store().read() as db:
        rows = db.execute("SELECT * FROM clients WHERE token = ?", (token,)).fetchall()
    found: Row | None = next(
        (row for row in rows if secrets.compare_digest(row["secret"].encode(), secret.encode())), None
    )
    return found
