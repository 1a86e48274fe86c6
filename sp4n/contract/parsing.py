"""Answers of the national API read into the values of remote.py. Tolerant: raises only ContractError."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, TypeVar

from sp4n.contract import reading
from sp4n.contract.dates import WIB, parse_date, parse_instant
from sp4n.contract.reading import ContractError
from sp4n.contract.remote import (
    Institution,
    Moment,
    Page,
    RemoteAttachment,
    RemoteComplaint,
    RemoteFollowup,
    RemoteLog,
    RemoteReporter,
    ReplyTemplate,
    StatusNote,
)

T = TypeVar("T")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_REFUSED = ("error", "failed", "fail", "false")


def refusal(payload: object) -> str | None:
    """The message of an answer that says "no" although its status is 200; None when it does not say so."""
    if not isinstance(payload, Mapping):
        return None
    outcome = reading.text(payload.get("status"))
    says_no = (
        payload.get("success") is False
        or payload.get("status") is False
        or (outcome is not None and outcome.lower() in _REFUSED)
        or bool(payload.get("error"))
        or bool(payload.get("errors"))
    )
    return message_of(payload) or "tanpa keterangan" if says_no else None


def message_of(payload: object) -> str | None:
    """The words an answer gives for what happened."""
    return reading.text(reading.at(payload, "message")) or reading.text(reading.at(payload, "error"))


def parse_created(payload: object) -> str:
    """The complaint id of a create: `complaint_id` at the root, or the places older answers had it."""
    for path in (
        ("complaint_id",),
        ("results", "complaint", "id"),
        ("results", "complaint_id"),
        ("data", "complaint_id"),
    ):
        value = reading.at(payload, *path)
        if value is not None:
            return reading.identifier(value, ".".join(path))
    raise ContractError("complaint_id tidak ada")


def parse_uploaded(payload: object) -> tuple[int, ...]:
    """The ids of uploaded files, images first. ContractError when there is none."""
    results = reading.mapping(reading.at(payload, "results"), "results")
    found = [
        int(reading.identifier(reading.at(entry, "id"), f"results.{kind}[].id"))
        for kind in ("images", "docs")
        for entry in reading.items(results.get(kind) or [], f"results.{kind}")
    ]
    if not found:
        raise ContractError("nomor berkas tidak ada")
    return tuple(found)


def check_done(payload: object) -> None:
    """An answer that only says that it was done. Its keys are not public, but an object it must be."""
    reading.mapping(payload, "jawaban")


def parse_added_followup(payload: object) -> str | None:
    """The id of a new answer where the other side tells it, in whatever shape; the thread tells the rest."""
    for path in (("results", "followup", "id"), ("results", "id"), ("followup_id",)):
        found = reading.number(reading.at(payload, *path))
        if found is not None:
            return str(found)
    return None


def parse_detail(external_id: str, payload: object, zone: tzinfo = WIB) -> RemoteComplaint:
    """`GET /complaints/{id}/complaint`. ContractError when it is a report of another number."""
    data = reading.mapping(reading.at(payload, "results", "data"), "results.data")
    named = reading.number(data.get("complaint_id")) or reading.number(data.get("id"))
    if named is not None and str(named) != external_id:
        raise ContractError("jawaban berisi laporan lain")
    logs = reading.at(payload, "results", "data_logs") or data.get("data_logs") or []
    return _complaint(
        external_id,
        data,
        zone,
        status_notes=tuple(_status_note(entry, zone) for entry in _objects(data.get("status_logs"))),
        logs=tuple(_log(entry, zone) for entry in _objects(logs)),
    )


def parse_followups(payload: object, zone: tzinfo = WIB) -> Page[RemoteFollowup]:
    """One page of `GET /complaints/{id}/followups`."""
    return _page(payload, lambda entry: _followup(entry, zone))


def parse_institutions(payload: object) -> Page[Institution]:
    """One page of `GET /masters/institutions/external`."""
    return _page(payload, _institution)


def parse_templates(payload: object) -> Page[ReplyTemplate]:
    """One page of `GET /masters/templates`. Where the text lies is not public: likely names are tried."""
    return _page(payload, _template)


def parse_incoming(payload: object, zone: tzinfo = WIB) -> Page[RemoteComplaint]:
    """One page of `GET /complaints`, an endpoint assumed here; entries have the fields of the detail."""
    return _page(payload, lambda entry: _listed(entry, zone))


def _page(payload: object, parse: Callable[[Mapping[str, Any]], T]) -> Page[T]:
    entries = reading.items(reading.at(payload, "results", "data"), "results.data")
    found, skipped = [], []
    for position, entry in enumerate(entries, start=1):
        try:
            found.append(parse(reading.mapping(entry, "entri")))
        except ContractError as error:
            skipped.append(f"entri {position}: {error}")
    return Page(tuple(found), bool(reading.at(payload, "results", "next_page_url")), tuple(skipped))


def _institution(entry: Mapping[str, Any]) -> Institution:
    name = reading.text(entry.get("name"))
    if name is None:
        raise ContractError("nama instansi kosong")
    return Institution(int(reading.identifier(entry.get("id"), "id")), name)


def _template(entry: Mapping[str, Any]) -> ReplyTemplate:
    code = reading.text(entry.get("template_code")) or reading.text(entry.get("code"))
    if code is None:
        raise ContractError("template_code kosong")
    words = (reading.text(entry.get(name)) for name in ("content", "template_content", "name"))
    return ReplyTemplate(code, next((each for each in words if each), ""))


def _listed(entry: Mapping[str, Any], zone: tzinfo) -> RemoteComplaint:
    value = entry.get("complaint_id") if entry.get("complaint_id") is not None else entry.get("id")
    number = reading.identifier(value, "id")
    _check_texts(entry, f"laporan {number}", "title", "content", "status_name")
    return _complaint(number, entry, zone)


def _check_texts(entry: Mapping[str, Any], place: str, *names: str) -> None:
    """What is no text is not read as none: the words would be lost for good."""
    for name in names:
        if isinstance(entry.get(name), list | dict | bool):
            raise ContractError(f"{name} {place} bukan teks")


def _complaint(
    external_id: str,
    data: Mapping[str, Any],
    zone: tzinfo,
    *,
    status_notes: tuple[StatusNote, ...] = (),
    logs: tuple[RemoteLog, ...] = (),
) -> RemoteComplaint:
    return RemoteComplaint(
        external_id=external_id,
        status_code=reading.text(data.get("status_code")),
        status_name=reading.text(data.get("status_name")),
        disposition_id=reading.number(data.get("disposition_id")),
        disposition_name=reading.text(data.get("disposition_name")),
        title=reading.text(data.get("title")),
        content=reading.text(data.get("content")),
        created=_moment(data.get("created_at"), zone),
        updated=_moment(data.get("updated_at"), zone),
        incident_on=parse_date(data.get("date_of_incident"), zone),
        channel=reading.number(data.get("channel")),
        classification_id=reading.number(data.get("classification_id")),
        category_id=reading.number(data.get("category_id")),
        location_id=reading.number(data.get("location_id")),
        is_anonymous=reading.flag(data.get("is_anonymous")),
        is_secret=reading.flag(data.get("is_secret")),
        tags=tuple((reading.text(data.get("tags_raw")) or "").split()),
        reporter=_reporter(data),
        attachments=_attachments(data.get("attachments")),
        status_notes=status_notes,
        logs=logs,
    )


def _reporter(data: Mapping[str, Any]) -> RemoteReporter | None:
    name, email, phone = (reading.text(data.get(key)) for key in ("nameUser", "emailUser", "phoneUser"))
    return RemoteReporter(name, email, phone) if name or email or phone else None


def _status_note(entry: Mapping[str, Any], zone: tzinfo) -> StatusNote:
    return StatusNote(reading.text(entry.get("note")) or "", _moment(entry.get("timestamp"), zone))


def _log(entry: Mapping[str, Any], zone: tzinfo) -> RemoteLog:
    names = {
        "institution_from": _name(entry, "institution_from"),
        "institution_to": _name(entry, "institution_to"),
        "status_old": _name(entry, "status_old"),
        "status_new": _name(entry, "status_new"),
    }
    words = reading.text(entry.get("content")) or ""
    data = _embedded(entry.get("data"))
    return RemoteLog(
        key=_key(entry),
        moment=_moment(entry.get("date"), zone),
        text=_PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]) or "-", words),
        from_name=names["institution_from"],
        to_id=reading.number(reading.at(entry, "institution_to", "id")),
        to_name=names["institution_to"],
        status_old=names["status_old"],
        status_new=names["status_new"],
        data=data,
        attachments=_attachments(entry.get("attachments") or data.get("attachments")),
    )


def _followup(entry: Mapping[str, Any], zone: tzinfo) -> RemoteFollowup:
    _check_texts(entry, "tindak lanjut", "content", "template_content")
    if "content" not in entry:
        raise ContractError("tindak lanjut tanpa isi")
    return RemoteFollowup(
        key=_key(entry),
        moment=_moment(entry.get("created_at"), zone),
        from_name=_name(entry, "institution_from"),
        to_name=_name(entry, "institution_to"),
        template_code=reading.text(entry.get("template_code")),
        template_content=reading.text(entry.get("template_content")),
        content=reading.text(entry.get("content")) or "",
        attachments=_attachments(entry.get("attachments")),
    )


def _name(entry: Mapping[str, Any], what: str) -> str | None:
    """Both spellings occur: `institution_to_name`, and `institution_to` with a `name`."""
    return reading.text(entry.get(f"{what}_name")) or reading.text(reading.at(entry, what, "name"))


def _key(entry: Mapping[str, Any]) -> str:
    found = reading.number(entry.get("id"))
    if found is not None:
        return f"id:{found}"
    said = json.dumps(entry, sort_keys=True, ensure_ascii=False, default=str)
    return "sha256:" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _moment(value: object, zone: tzinfo) -> Moment:
    return Moment(reading.text(value), parse_instant(value, zone))


def _embedded(value: object) -> Mapping[str, Any]:
    """The object that `data` holds as JSON text; empty when it holds none."""
    if isinstance(value, str):
        try:
            value = reading.parse_json(value)
        except ContractError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    entries = reading.items(value or [], "riwayat")
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _attachments(value: object) -> tuple[RemoteAttachment, ...]:
    """Files of a list or of an object; other keys beside the files (`docs` is seen) are no files."""
    entries = value if isinstance(value, list) else list(value.values()) if isinstance(value, Mapping) else []
    found = []
    for entry in entries:
        path = reading.text(reading.at(entry, "path"))
        if path is not None:
            name, extension = reading.text(entry.get("file_name")), reading.text(entry.get("extension"))
            found.append(RemoteAttachment(path, name, extension))
    return tuple(found)
