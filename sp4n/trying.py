"""Uji koneksi: the way to the national side tried step by step, each failure with what to do about it.

No transaction is open while a step calls out, and nothing of a secret is in what it says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core import clock
from core.crypto import SecretUnreadable
from core.errors import DomainError
from core.http import Refused, Unreachable
from sp4n import settings
from sp4n.client import Sp4nClient
from sp4n.composing import TEST_TAG
from sp4n.contract import CreateComplaint, NewUser
from sp4n.session import DoNotTry, Sp4nError, TryLater
from sp4n.settings import Connection

#: seconds a call of a test may take; five of them keep within what a person waits for
CALL_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step. `state`: passed, failed, skipped. `detail` says what was found, or what to do."""

    name: str
    state: str
    detail: str


def try_connection(*, with_report: bool = False) -> list[StepResult]:
    """Try the bound city's connection. The last step files a marked test report, so only when asked to.

    Raises DomainError where nothing is configured.
    """
    connection = settings.load()
    if connection is None:
        raise DomainError("Sambungan ke SP4N belum diisi.", code="not_connected")
    try:
        client = settings.client_for(connection, read_seconds=CALL_SECONDS, submit_seconds=2 * CALL_SECONDS)
    except SecretUnreadable:
        return _after_failure([], "Kredensial tersimpan tidak dapat dibaca. Isi kembali kedua kredensial.")
    return Trial(connection, client).run(with_report)


NAMES = (
    "Alamat terjangkau",
    "Masuk berhasil",
    "Instansi dikenal",
    "Templat terbaca",
    "Kirim laporan uji",
)


class Trial:
    """One run through the steps; the first failure ends it."""

    def __init__(self, connection: Connection, client: Sp4nClient) -> None:
        self._connection, self._client = connection, client

    def run(self, with_report: bool) -> list[StepResult]:
        """The five steps in order."""
        steps: list[Callable[[], str]] = [self._reached, self._signed_in, self._known, self._templates]
        if with_report:
            steps.append(self._filed)
        results: list[StepResult] = []
        for name, step in zip(NAMES, steps, strict=False):
            try:
                results.append(StepResult(name, "passed", step()))
            except Sp4nError as error:
                return _after_failure(results, _advice(error, self._connection))
            except _NotAsExpected as problem:
                return _after_failure(results, str(problem))
        if not with_report:
            results.append(StepResult(NAMES[-1], "skipped", "Tidak diminta."))
        return results

    def _reached(self) -> str:
        """Any answer at all will do, a refusal of the credentials included."""
        try:
            self._client.list_templates()
        except DoNotTry as error:
            if error.status is None:
                raise
        return urlsplit(self._connection.base_url).hostname or ""

    def _signed_in(self) -> str:
        self._client.list_templates()
        return "Kedua kredensial diterima."

    def _known(self) -> str:
        institutions = {each.id: each.name for each in self._client.list_institutions()}
        name = institutions.get(self._connection.institution_id)
        if name is None:
            raise _NotAsExpected(
                f"Instansi nomor {self._connection.institution_id} tidak ada dalam daftar SP4N"
                f" ({len(institutions)} instansi). Periksa nomor instansi."
            )
        return name

    def _templates(self) -> str:
        found = len(self._client.list_templates())
        if not found:
            raise _NotAsExpected("SP4N tidak memberi templat. Tanyakan hak akses akun kepada pengelola SP4N.")
        return f"{found} templat."

    def _filed(self) -> str:
        connection = self._connection
        at = clock.now().astimezone(connection.zone)
        number = self._client.create(
            CreateComplaint(
                title="Uji sambungan, mohon diabaikan",
                content=f"Laporan uji sambungan dari aplikasi daerah, {at:%d-%m-%Y %H.%M}. Mohon diarsipkan.",
                reporter=NewUser("Uji Sambungan"),
                channel=connection.channel_id,
                classification_id=connection.classification_id,
                category_id=connection.category_id,
                location_id=connection.location_id,
                disposition_id=connection.institution_id,
                tags=(TEST_TAG,),
                incident_on=at.date(),
                is_anonymous=True,
                is_secret=True,
            )
        )
        return f"Laporan uji nomor {number} ada di SP4N. Arsipkan di sana; laporan ini tidak masuk ke sini."


class _NotAsExpected(Exception):
    """An answer that is fine in form and wrong in content."""


def _after_failure(done: list[StepResult], what_to_do: str) -> list[StepResult]:
    failed = StepResult(NAMES[len(done)], "failed", what_to_do)
    rest = [StepResult(name, "skipped", "Belum diuji.") for name in NAMES[len(done) + 1 :]]
    return [*done, failed, *rest]


_WHAT_TO_DO = {
    401: "Kredensial ditolak SP4N. Periksa nama header, bentuk isinya, dan kedua kredensial, lalu uji lagi.",
    403: "Akun ini tidak berhak. Mintalah hak akses developer kepada pengelola SP4N, lalu uji lagi.",
    404: "Layanan tidak ada di alamat ini. Periksa alamat API, termasuk bagian jalurnya.",
    429: "SP4N membatasi permintaan. Tunggu beberapa menit, lalu uji lagi.",
}


def _advice(error: Sp4nError, connection: Connection) -> str:
    cause = error.__cause__
    if error.status in _WHAT_TO_DO:
        return _WHAT_TO_DO[error.status]
    if isinstance(cause, Refused) and cause.rule == "address":
        return "Alamat ini menunjuk ke jaringan dalam dan tidak boleh dipakai. Pakai alamat API yang resmi."
    if isinstance(cause, Unreachable):
        host = urlsplit(connection.base_url).hostname
        return f"{error.cause} ({host}). Periksa alamat API dan jaringan keluar server, lalu uji lagi."
    if isinstance(error, TryLater):
        return f"{error.cause}. Tunggu beberapa menit, lalu uji lagi."
    return f"{error.cause}. Tunjukkan pesan ini kepada pengelola SP4N."


def passed(results: list[StepResult]) -> bool:
    """Whether no step failed."""
    return all(each.state != "failed" for each in results)
