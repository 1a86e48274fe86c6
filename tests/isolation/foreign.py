"""Ids of another city and ids that never were, for every place of a request that takes one."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from complaints import numbering
from complaints.queries.paging import cursor_of
from complaints.views.offers import BY_SLUG as SLUGS
from core import clock
from tests.isolation.seeding import Rival


def foreign_numbers(theirs: Rival) -> list[str]:
    return [theirs.cases[status].number for status in ("received", "responded", "completed")]


def unknown_number() -> str:
    return numbering.tracking_number("QQQ", date(2026, 1, 1))


def path_values(endpoint: str, argument: str, theirs: Rival, token: str) -> list[str]:
    """Values of the other city for one argument of a path."""
    if argument == "digest":
        return [theirs.logo_hash if endpoint == "tenants.logo" else theirs.theme_hash]
    return {
        "number": foreign_numbers(theirs),
        "token": [token],
        "slug": list(SLUGS),
        "attachment_id": [str(theirs.photo_id), str(theirs.internal_photo_id), str(theirs.unsent_photo_id)],
        "delegation_id": [str(theirs.delegation_id)],
        "filter_id": [str(theirs.filter_id)],
        "import_id": [str(theirs.import_id)],
        "notice_id": [str(theirs.notice_id)],
        "secret": [theirs.notice_link],
    }[argument]


def unknown_value(argument: str) -> str:
    return {
        "number": unknown_number(),
        "token": "IkFCQyI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "attachment_id": str(uuid.uuid4()),
        "delegation_id": str(uuid.uuid4()),
        "filter_id": str(uuid.uuid4()),
        "import_id": str(uuid.uuid4()),
        "notice_id": str(uuid.uuid4()),
        "message_id": str(uuid.uuid4()),
        "secret": "0123456789abcdef",
        "digest": uuid.uuid4().hex[:12],
    }[argument]


def foreign_query(theirs: Rival) -> dict[str, str]:
    return {
        "number": theirs.responded.number,
        "nomor": theirs.responded.number,
        "q": theirs.responded.number,
        "ubah": str(theirs.category_id),
        "tindakan": theirs.responded.number,
        "id": str(theirs.responded.id),
        "tenant": f"{theirs.city.id:09d}",
        "tenant_id": f"{theirs.city.id:09d}",
        "city": theirs.city.slug,
        "department_id": str(theirs.city.departments["pupr"]),
        "unit": str(theirs.city.departments["pupr"]),
        "kategori": str(theirs.category_id),
        "kelurahan": str(theirs.village_id),
        "penangan": str(theirs.officer_id),
        "asal": f"tampilan=semua&unit={theirs.city.departments['pupr']}",
        "lewat": theirs.responded.number,
        "posisi": cursor_of(clock.now().replace(year=2001), theirs.received.id),
        "setelah": cursor_of(clock.now().replace(year=2001), theirs.received.id),
        "next": f"/petugas/laporan/{theirs.responded.number}",
    }


def unknown_query() -> dict[str, str]:
    number, unit = unknown_number(), str(uuid.uuid4())
    return {
        "number": number,
        "nomor": number,
        "q": number,
        "ubah": str(uuid.uuid4()),
        "tindakan": number,
        "id": str(uuid.uuid4()),
        "tenant": "000987654",
        "tenant_id": "000987654",
        "city": "kota-tidak-ada",
        "department_id": str(uuid.uuid4()),
        "unit": unit,
        "kategori": str(uuid.uuid4()),
        "kelurahan": str(uuid.uuid4()),
        "penangan": str(uuid.uuid4()),
        "asal": f"tampilan=semua&unit={unit}",
        "lewat": number,
        "posisi": cursor_of(clock.now().replace(year=2001), uuid.UUID(int=7)),
        "setelah": cursor_of(clock.now().replace(year=2001), uuid.UUID(int=7)),
        "next": f"/petugas/laporan/{number}",
    }


def foreign_body(theirs: Rival) -> dict[str, Any]:
    return {
        "number": theirs.responded.number,
        "main": theirs.received.number,
        "parent": theirs.received.number,
        "pin": theirs.responded.pin,
        "id": str(theirs.responded.id),
        "complaint_id": str(theirs.responded.id),
        "tenant_id": f"{theirs.city.id:09d}",
        "department": str(theirs.city.departments["pupr"]),
        "copies": str(theirs.city.departments["dlh"]),
        "handler": str(theirs.officer_id),
        "officer": str(theirs.officer_id),
        "substitute": str(theirs.event_id),
        "category": str(theirs.category_id),
        "district": str(theirs.district_id),
        "village": str(theirs.village_id),
        "form_key": str(theirs.unsent_form_key),
        "event": str(theirs.event_id),
        "mention": str(theirs.officer_id),
        "kept_uploads": [str(theirs.unsent_photo_id), str(theirs.photo_id)],
        "laporan": foreign_numbers(theirs),
        "tindakan": f"{theirs.received.number}:{theirs.event_id}",
        "email": theirs.city.officers["city_administrator"],
        "password": "kata sandi yang bukan miliknya",
        **FILLED,
    }


def unknown_body() -> dict[str, Any]:
    unknown = {
        key: str(uuid.uuid4())
        for key in (
            "id",
            "complaint_id",
            "department",
            "copies",
            "handler",
            "officer",
            "substitute",
            "category",
            "district",
            "village",
            "form_key",
            "event",
            "mention",
        )
    }
    return unknown | {
        "number": unknown_number(),
        "main": unknown_number(),
        "parent": unknown_number(),
        "pin": "000000",
        "tenant_id": "000987654",
        "kept_uploads": [str(uuid.uuid4()), str(uuid.uuid4())],
        "laporan": [unknown_number()] * 3,
        "tindakan": f"{unknown_number()}:{uuid.uuid4()}",
        "email": "tidak.ada@contoh.example",
        "password": "kata sandi yang bukan miliknya",
        **FILLED,
    }


FILLED = {
    "version": "1",
    "classification": "unsupervised",
    "urgency": "normal",
    "instructions": "act",
    "text": "Tulisan yang cukup panjang untuk setiap formulir yang meminta lima puluh huruf atau lebih.",
    "reason": "Alasan yang cukup panjang untuk setiap formulir.",
    "institution": "Instansi lain",
    "solved": "yes",
    "score": "5",
    "is_public": "y",
    "aksi": "disposisi",
    "langkah": "jalankan",
    "starts_on": "2030-02-01",
    "ends_on": "2030-02-08",
}
