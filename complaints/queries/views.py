"""The inbox's views: whose turn it is, in which order, and what each says when it is empty. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from complaints import workflow


class Order(Enum):
    """Along which index a view runs."""

    DUE = "due"  # the earliest deadline first
    CLOSED = "closed"  # the last one closed first
    RECEIVED = "received"  # the last one received first
    NEWEST = "newest"  # by id, which tells when the report came


@dataclass(frozen=True, slots=True)
class View:
    """One view. `statuses` are written into the statement; `for_` is whom it is offered to."""

    label: str
    order: Order
    statuses: tuple[str, ...] = ()
    for_: str = "all"  # all | desk | unit


#: what "my turn" means for officers of a department: what was passed to them
UNIT_TURN = tuple(
    status for status in workflow.OFFICER_TURN if status not in (workflow.RECEIVED, workflow.VERIFIED)
)
DEFAULT = "perlu"
VIEWS: dict[str, View] = {
    "perlu": View("Perlu tindakan saya", Order.DUE, workflow.OFFICER_TURN),
    "baru": View("Belum diverifikasi", Order.DUE, (workflow.RECEIVED,), "desk"),
    "disposisi": View("Menunggu disposisi", Order.DUE, (workflow.VERIFIED,), "desk"),
    "segera": View("Segera jatuh tempo", Order.DUE, workflow.OFFICER_TURN),
    "terlambat": View("Terlambat", Order.DUE, workflow.OFFICER_TURN),
    "eskalasi": View("Eskalasi", Order.DUE, workflow.OPEN_STATUSES),
    "pelapor": View("Menunggu pelapor", Order.DUE, (workflow.DEFERRED, workflow.RESPONDED)),
    "gagal": View("Gagal sinkron SP4N", Order.NEWEST),
    "tembusan": View("Tembusan", Order.NEWEST, for_="unit"),
    "selesai": View("Selesai", Order.CLOSED, (workflow.COMPLETED,)),
    "semua": View("Semua laporan", Order.RECEIVED),
}
#: views in which somebody is awaited: the first row is the one to begin with
URGENT = ("perlu", "baru", "disposisi", "segera", "terlambat", "eskalasi")


def offered(*, own_unit: bool, syncs: bool) -> list[str]:
    """The views of an officer of a department, or of the desk, in their order."""
    hidden = "desk" if own_unit else "unit"
    return [key for key, view in VIEWS.items() if view.for_ != hidden and (syncs or key != "gagal")]
