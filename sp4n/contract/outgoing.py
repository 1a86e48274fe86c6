"""What we write to the national API: the exact names and values its public clients send."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sp4n.contract import reading
from sp4n.contract.reading import ContractError

_TAG = re.compile(r"#[\w-]{1,60}", re.ASCII)


class UploadFile(NamedTuple):
    """A file to send along; any tuple of these three will do."""

    filename: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """A call as it leaves, but for address and credentials: JSON, or a form of plain fields and files."""

    path: str
    json: dict[str, object] | None = field(default=None, repr=False)
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    files: tuple[tuple[str, UploadFile], ...] = field(default=(), repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class KnownUser:
    """A reporter that has a national account."""

    user_id: int


@dataclass(frozen=True, slots=True)
class NewUser:
    """A reporter without one; the national side makes the account. Unknown contacts are empty text."""

    name: str = field(repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CreateComplaint:
    """`POST /complaints/complaint`. The ids come from the city's settings; their lists are not public.

    `tags` are written `#like-this`; one of them is our own reference, by which a lost answer is found again.
    """

    title: str
    content: str = field(repr=False)
    reporter: KnownUser | NewUser
    channel: int
    classification_id: int
    category_id: int
    location_id: int
    disposition_id: int | None
    tags: tuple[str, ...]
    incident_on: date | None = None
    is_anonymous: bool = False
    is_secret: bool = False
    is_priority: bool = False
    info_disposition: str = "-"
    attachment_ids: tuple[int, ...] = ()

    def payload(self) -> dict[str, object]:
        """The JSON object with exactly the names the API knows. ContractError when text is missing."""
        if not self.title.strip() or not self.content.strip():
            raise ContractError("judul dan isi laporan wajib diisi")
        if not all(_TAG.fullmatch(tag) for tag in self.tags):
            raise ContractError("tanda laporan tidak sesuai bentuk #tanda")
        attachments = f"[{','.join(map(str, self.attachment_ids))}]" if self.attachment_ids else False
        return {
            "title": self.title,
            "content": self.content,
            "channel": self.channel,
            **_user_fields(self.reporter),
            "is_inbox": True,
            "is_disposisi_slider": self.disposition_id is not None,
            "classification_id": self.classification_id,
            "disposition_id": self.disposition_id,
            "category_id": self.category_id,
            "priority_program_id": None,
            "location_id": self.location_id,
            "community_id": None,
            "date_of_incident": self.incident_on.isoformat() if self.incident_on else None,
            "copy_externals": None,
            "info_disposition": self.info_disposition,
            "info_attachments": attachments,
            "tags_raw": " ".join(self.tags),
            "is_approval": False,
            "is_anonymous": self.is_anonymous,
            "is_secret": self.is_secret,
            "is_priority": self.is_priority,
            "attachments": attachments,
        }

    def call(self) -> OutgoingCall:
        """The call that files it. ContractError as in `payload`."""
        return OutgoingCall("/complaints/complaint", json=self.payload())


@dataclass(frozen=True, slots=True)
class AddFollowup:
    """`POST /complaints/followup/add`, multipart. No `institution_to_id`: the answer goes to the reporter."""

    complaint_id: str
    institution_from_id: int
    content: str = field(repr=False)
    user_id: int | None = None
    institution_to_id: int | None = None
    template_code: str | None = None
    rating: int | None = None
    is_secret: bool = False
    info_disposition: str = ""
    attachments: tuple[UploadFile, ...] = field(default=(), repr=False)

    def fields(self) -> list[tuple[str, str]]:
        """The plain fields of the form, in the API's names; files are `attachment[i]` beside them."""
        if not self.content.strip():
            raise ContractError("isi tindak lanjut wajib diisi")
        values: dict[str, object] = {
            "user_id": self.user_id,
            "institution_from_id": self.institution_from_id,
            "institution_to_id": self.institution_to_id,
            "complaint_id": reading.identifier(self.complaint_id, "complaint_id"),
            "info_disposition": self.info_disposition,
            "template_code": self.template_code,
            "rating": self.rating,
            "is_secret": int(self.is_secret),
            "content": self.content,
        }
        return [(name, "" if value is None else str(value)) for name, value in values.items()]

    def call(self) -> OutgoingCall:
        """The call that adds it. ContractError as in `fields`."""
        files = tuple(
            (f"attachment[{position}]", UploadFile(*file)) for position, file in enumerate(self.attachments)
        )
        return OutgoingCall("/complaints/followup/add", fields=tuple(self.fields()), files=files)


def forward_payload(institution_id: int, description: str) -> dict[str, object]:
    """`POST /complaints/process/{id}/reject`: "bukan wewenang". `reason` is the other institution."""
    if not description.strip():
        raise ContractError("alasan penerusan wajib diisi")
    return {"is_request": 1, "reason": institution_id, "reason_description": description, "not_authority": 1}


def forward_call(external_id: str, institution_id: int, description: str) -> OutgoingCall:
    """The call that passes a report on. ContractError as in `forward_payload`."""
    number = reading.identifier(external_id, "nomor laporan SP4N")
    payload = forward_payload(institution_id, description)
    return OutgoingCall(f"/complaints/process/{number}/reject", json=payload)


def upload_call(files: Sequence[tuple[str, bytes, str]]) -> OutgoingCall:
    """`POST /complaints/complaint/file`: the files of a report, sent before it."""
    parts = tuple(("attachments[]", UploadFile(*file)) for file in files)
    return OutgoingCall("/complaints/complaint/file", files=parts)


def _user_fields(reporter: KnownUser | NewUser) -> dict[str, object]:
    if isinstance(reporter, KnownUser):
        return {"is_new_user_slider": False, "user_id": reporter.user_id}
    if not reporter.name.strip():
        raise ContractError("nama pelapor wajib diisi")
    return {
        "is_new_user_slider": True,
        "emailUser": reporter.email,
        "nameUser": reporter.name,
        "phoneUser": reporter.phone,
    }
