"""The national status words in the words of our workflow. What is not in the table is None, never guessed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

from sp4n.contract import Institution


class RemoteState(StrEnum):
    """What a national status says about the case; the values are our own status codes."""

    RECEIVED = "received"
    VERIFIED = "verified"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REPORTER_REPLIED = "reporter_replied"
    COMPLETED = "completed"
    ARCHIVED = "archived"
    DEFERRED = "deferred"


# Labels seen in public clients, exports and offices' reports. The meaning of the numeric codes is not public,
# so codes are mapped only where a city says so (`overrides`).
LABELS: Mapping[str, RemoteState] = {
    "belum terverifikasi": RemoteState.RECEIVED,
    "terverifikasi": RemoteState.VERIFIED,
    "sudah terverifikasi": RemoteState.VERIFIED,
    "belum ditindaklanjuti": RemoteState.ASSIGNED,
    "sedang proses": RemoteState.IN_PROGRESS,
    "ditanggapi oleh pelapor": RemoteState.REPORTER_REPLIED,
    "ditutup oleh admin": RemoteState.COMPLETED,
    "ditutup oleh sistem": RemoteState.COMPLETED,
    "diarsipkan oleh admin": RemoteState.ARCHIVED,
    "diarsipkan oleh sistem": RemoteState.ARCHIVED,
    "tertunda": RemoteState.DEFERRED,
}
_BY_SYSTEM = re.compile(r"\boleh sistem$")
_SHORT = {
    "kab": "kabupaten",
    "prov": "provinsi",
    "pemkot": "pemerintah kota",
    "pemkab": "pemerintah kabupaten",
    "pemprov": "pemerintah provinsi",
    "disdukcapil": "dinas kependudukan dan pencatatan sipil",
    "pupr": "pekerjaan umum dan penataan ruang",
    "satpol": "satuan polisi",
    "pp": "pamong praja",
}
_MIN_SIMILARITY = 0.6


def remote_state(
    status_name: str | None,
    status_code: str | None = None,
    *,
    overrides: Mapping[str, RemoteState] | None = None,
) -> RemoteState | None:
    """The state a raw label stands for, or None ("perlu pemetaan"). `overrides` adds labels and codes."""
    extra = {normalised(key): state for key, state in (overrides or {}).items()}
    for key in (normalised(status_name or ""), normalised(status_code or "")):
        if key in extra:
            return extra[key]
    return LABELS.get(normalised(status_name or ""))


def is_by_system(status_name: str | None) -> bool:
    """Whether the label says that the national system closed or archived the report by its own clock."""
    return _BY_SYSTEM.search(normalised(status_name or "")) is not None


def normalised(label: str) -> str:
    """Case and white space do not tell labels apart."""
    return " ".join(label.split()).casefold()


def suggest_institutions(name: str, institutions: Iterable[Institution], limit: int = 3) -> list[Institution]:
    """The institutions most like `name`, best first; a person confirms. Empty when nothing comes near."""
    wanted = _spelled_out(name)
    scored = [
        (difflib.SequenceMatcher(None, wanted, _spelled_out(each.name)).ratio(), each)
        for each in institutions
    ]
    near = [pair for pair in scored if pair[0] >= _MIN_SIMILARITY]
    near.sort(key=lambda pair: (-pair[0], pair[1].id))
    return [institution for _, institution in near[:limit]]


def _spelled_out(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return " ".join(_SHORT.get(word, word) for word in words)
