"""The national system's clock and its way of writing dates: `d-m-Y H:i:s` in WIB, without a zone."""

from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")
WIRE_FORMAT = "%d-%m-%Y %H:%M:%S"


def stamp() -> str:
    """This instant as kept in the data file: ISO 8601, UTC, microseconds; text order is time order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_wire(stored: str) -> str:
    return datetime.fromisoformat(stored).astimezone(WIB).strftime(WIRE_FORMAT)


def from_wire(text: str) -> str:
    """A `d-m-Y H:i:s` of a request as a stored instant. ValueError when it is written otherwise."""
    moment = datetime.strptime(text, WIRE_FORMAT).replace(tzinfo=WIB)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
