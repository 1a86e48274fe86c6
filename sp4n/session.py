"""How the national API is called: credentials, paging, and every failure as try later or do not try.

Causes are Indonesian, for officers. Invariant: neither a cause nor an answer that leaves here holds a
credential, even where the other side echoes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar

from core.http import Cause, FilePart, HttpResponse, OutboundClient, Refused, Rule, Unreachable
from sp4n import contract
from sp4n.contract import ContractError
from sp4n.masking import Mask

T = TypeVar("T")

READ_SECONDS = 30.0
SUBMIT_SECONDS = 90.0
READ_BYTES = 4_000_000
PAGE_SIZE = 100
MAX_PAGES = 200
MAX_RETRY_AFTER_SECONDS = 86_400.0

_MAX_MESSAGE = 300
_TRY_LATER_STATUSES = (408, 425, 429)
_LONGEST_VERSION = 200
_UNREACHABLE: Mapping[Cause, str] = {
    "dns": "Alamat SP4N tidak ditemukan",
    "connect": "SP4N tidak dapat dihubungi",
    "tls": "Sertifikat SP4N tidak dapat diperiksa",
    "timeout": "SP4N tidak menjawab pada waktunya",
    "dropped": "Sambungan ke SP4N terputus",
}
_REFUSED: Mapping[Rule, str] = {
    "address": "Alamat API SP4N tidak boleh dipakai",
    "scheme": "Alamat API SP4N harus memakai https",
    "header": "Kredensial SP4N memuat huruf yang tidak dapat dikirim",
    "size": "Jawaban SP4N terlalu besar",
    "encoding": "Jawaban SP4N tidak dapat dibaca",
}
_STATUS_WORDS: Mapping[int, str] = {
    304: "SP4N menjawab “tidak berubah” tanpa ditanya",
    400: "SP4N menolak isian",
    401: "SP4N menolak kredensial",
    403: "SP4N menolak kredensial",
    404: "SP4N tidak mengenal laporan atau layanan ini",
    413: "Lampiran terlalu besar bagi SP4N",
    422: "SP4N menolak isian",
}


class Sp4nError(Exception):
    """A call that brought nothing. `cause` may be shown; `status` is the HTTP status where one came."""

    def __init__(self, cause: str, *, status: int | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.status = status


class TryLater(Sp4nError):
    """The other side is away or busy. `retry_after` is the wait it asked for, in seconds, at most a day."""

    def __init__(self, cause: str, retry_after: float | None = None, *, status: int | None = None) -> None:
        super().__init__(cause, status=status)
        self.retry_after = retry_after


class DoNotTry(Sp4nError):
    """The same call would fail again: a person has to change something first."""


class Version(NamedTuple):
    """What the other side calls the state it told: the header that asks for another one, and its value."""

    header: str
    value: str


class ApiSession:
    """The calls of one account. `auth_format` is the header's value with `{secret}` in it.

    `before_call` is told of each call that begins.
    """

    def __init__(
        self,
        base_url: str,
        auth_header: str,
        auth_secret: str,
        token: str,
        http: OutboundClient,
        *,
        auth_format: str = "{secret}",
        token_header: str = "token",  # noqa: S107 - the name of a header
        read_seconds: float = READ_SECONDS,
        submit_seconds: float = SUBMIT_SECONDS,
        before_call: Callable[[], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        value = auth_format.replace("{secret}", auth_secret)
        self._headers = {auth_header: value, token_header: token, "Accept": "application/json"}
        self._mask = Mask((auth_secret, token))
        self._http = http
        self._read_seconds = read_seconds
        self._submit_seconds = submit_seconds
        self._before_call = before_call

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def read(self, path: str, params: Mapping[str, str | int] | None = None) -> Any:
        return self._call("GET", path, params=params, read_seconds=self._read_seconds)

    def read_other(self, path: str, known: Version | None) -> tuple[Any, Version | None]:
        """(the JSON, its version), or (None, `known`) where the other side has no other one than that."""
        more = {known.header: known.value} if known is not None else {}
        response = self._answer("GET", path, more=more, read_seconds=self._read_seconds)
        if known is not None and response.status == 304:
            return None, known
        return self._json(response), self._version(response)

    def send(self, call: contract.OutgoingCall) -> Any:
        parts: list[FilePart] = [(name, (None, value.encode(), None)) for name, value in call.fields]
        parts += call.files
        return self._call(
            call.method, call.path, json=call.json, files=parts or None, read_seconds=self._submit_seconds
        )

    def pages(
        self,
        path: str,
        params: dict[str, str | int],
        parse: Callable[[object], contract.Page[T]],
        key: Callable[[T], object],
        size: int = PAGE_SIZE,
    ) -> contract.Page[T]:
        """Every page, each entry once. `next_page_url` only says that there is more: it is not followed."""
        found: dict[object, T] = {}
        skipped: list[str] = []
        for number in range(1, MAX_PAGES + 1):
            page = parsed(parse, self.read(path, {**params, "page": number, "page_size": size}))
            known = len(found)
            for item in page.items:
                found.setdefault(key(item), item)
            skipped += page.skipped
            if not page.has_next or not (page.items or page.skipped):
                return contract.Page(tuple(found.values()), False, tuple(skipped))
            if len(found) == known and page.items:
                raise DoNotTry("SP4N mengulang halaman yang sama")
        raise DoNotTry("Daftar dari SP4N terlalu panjang")

    def _call(self, method: str, path: str, **call: Any) -> Any:
        """The JSON of a successful answer."""
        return self._json(self._answer(method, path, **call))

    def _answer(
        self, method: str, path: str, *, more: Mapping[str, str] | None = None, **call: Any
    ) -> HttpResponse:
        """An answer of a side that is there. `more` headers go along."""
        if self._before_call is not None:
            self._before_call()
        try:
            response = self._http.request(
                method,
                self.base_url + path,
                headers={**self._headers, **(more or {})},
                max_bytes=READ_BYTES,
                **call,
            )
        except Unreachable as error:
            raise TryLater(_UNREACHABLE[error.cause]) from error
        except Refused as error:
            raise DoNotTry(_REFUSED[error.rule]) from error
        if response.status >= 500 or response.status in _TRY_LATER_STATUSES:
            busy = response.status == 429
            cause = (
                "SP4N membatasi jumlah permintaan" if busy else f"SP4N sedang bermasalah ({response.status})"
            )
            raise TryLater(cause, _retry_after(response), status=response.status)
        return response

    def _json(self, response: HttpResponse) -> Any:
        if not 200 <= response.status < 300:
            raise DoNotTry(self._refusal_words(response), status=response.status)
        payload = self._mask.data(parsed(contract.parse_json, response.body))
        if (said := contract.refusal(payload)) is not None:
            raise DoNotTry(f"SP4N menolak: {self._harmless(said)}", status=response.status)
        return payload

    def _refusal_words(self, response: HttpResponse) -> str:
        if 300 <= response.status < 400 and response.status not in _STATUS_WORDS:
            return "SP4N mengalihkan ke alamat lain. Periksa alamat API"
        words = _STATUS_WORDS.get(response.status, f"SP4N menolak permintaan ({response.status})")
        if response.status in (304, 401, 403, 404):
            return words
        try:
            said = contract.message_of(contract.parse_json(response.body))
        except ContractError:
            said = None
        return f"{words}: {self._harmless(said)}" if said else words

    def _harmless(self, message: str) -> str:
        """A message of the other side, cut, on one line, and without our credentials should it echo them."""
        return " ".join(self._mask.words(message).split())[:_MAX_MESSAGE]

    def _version(self, response: HttpResponse) -> Version | None:
        """What the answer calls its state, unless a credential is in it: it would be kept."""
        version = _version(response)
        return version if version is None or self._mask.data(version.value) == version.value else None


def parsed(parse: Callable[[Any], T], value: object) -> T:
    """What `parse` reads in an answer. DoNotTry when the answer breaks the contract."""
    try:
        return parse(value)
    except ContractError as error:
        raise DoNotTry(f"Jawaban SP4N tidak dikenali: {error}") from error


def written(write: Callable[[], T]) -> T:
    """What `write` makes of our data. DoNotTry when the data is not fit to be sent."""
    try:
        return write()
    except ContractError as error:
        raise DoNotTry(f"Data untuk SP4N belum lengkap: {error}") from error


def _version(response: HttpResponse) -> Version | None:
    """The entity tag, else the date of the last change; None where neither was told or can be sent back."""
    for name, header in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
        value = response.headers.get(name, "")
        if value.strip() and value.isascii() and value.isprintable() and len(value) <= _LONGEST_VERSION:
            return Version(header, value.strip())
    return None


def _retry_after(response: HttpResponse) -> float | None:
    """Seconds, or a date measured against the answer's own Date: the two clocks need not agree."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_RETRY_AFTER_SECONDS)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait.total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)
