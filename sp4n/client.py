"""The national API's calls as methods of one city's account.

Nothing is idempotent at the other side: after TryLater the call may have taken effect. `find_by_tag` and
`list_followups` tell whether it did; ask them before sending again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from core.http import OutboundClient
from sp4n import contract
from sp4n.session import (
    READ_SECONDS,
    SUBMIT_SECONDS,
    ApiSession,
    DoNotTry,
    TryLater,
    Version,
    parsed,
    written,
)

__all__ = ["DoNotTry", "Sp4nClient", "TryLater"]

MASTER_PAGE_SIZE = 1000


class Sp4nClient:
    """Every method raises TryLater or DoNotTry, and nothing else. `auth_header` is `Authorization` or `auth`.

    `auth_format` is that header's value with `{secret}` where the secret stands, as in "Bearer {secret}".
    """

    def __init__(
        self,
        base_url: str,
        auth_header: str,
        auth_secret: str,
        token: str,
        http: OutboundClient,
        *,
        zone: tzinfo = contract.WIB,
        auth_format: str = "{secret}",
        token_header: str = "token",  # noqa: S107 - the name of a header
        read_seconds: float = READ_SECONDS,
        submit_seconds: float = SUBMIT_SECONDS,
        before_call: Callable[[], None] | None = None,
    ) -> None:
        self._session = ApiSession(
            base_url,
            auth_header,
            auth_secret,
            token,
            http,
            auth_format=auth_format,
            token_header=token_header,
            read_seconds=read_seconds,
            submit_seconds=submit_seconds,
            before_call=before_call,
        )
        self._zone = zone

    def __repr__(self) -> str:
        return f"Sp4nClient({self._session.base_url!r})"

    def create(self, complaint: contract.CreateComplaint) -> str:
        """File a report; returns its complaint id (digits)."""
        return parsed(contract.parse_created, self._session.send(written(complaint.call)))

    def upload(self, files: Sequence[tuple[str, bytes, str]]) -> tuple[int, ...]:
        """Send (file name, content, media type) of each file; returns their ids for `attachment_ids`."""
        if not files:
            return ()
        answer = self._session.send(contract.upload_call(files))
        ids = parsed(contract.parse_uploaded, answer)
        if len(ids) != len(files):
            raise DoNotTry("SP4N tidak menerima semua lampiran")
        return ids

    def forward_not_authority(self, external_id: str, institution_id: int, description: str) -> None:
        """Pass the report on to another institution: "bukan wewenang"."""
        call = written(lambda: contract.forward_call(external_id, institution_id, description))
        parsed(contract.check_done, self._session.send(call))

    def get_detail(self, external_id: str) -> contract.RemoteComplaint:
        number = _id(external_id)
        answer = self._session.read(f"/complaints/{number}/complaint")
        return parsed(lambda payload: contract.parse_detail(number, payload, self._zone), answer)

    def get_other_detail(
        self, external_id: str, known: Version | None
    ) -> tuple[contract.RemoteComplaint | None, Version | None]:
        """The report with its version; no report where it is the `known` version still."""
        number = _id(external_id)
        answer, version = self._session.read_other(f"/complaints/{number}/complaint", known)
        if answer is None:
            return None, version
        return parsed(lambda payload: contract.parse_detail(number, payload, self._zone), answer), version

    def list_followups(self, external_id: str) -> list[contract.RemoteFollowup]:
        """The whole thread in the order of the other side. An answer that cannot be read is a failure."""
        path = f"/complaints/{_id(external_id)}/followups"
        page = self._session.pages(
            path, {}, lambda answer: contract.parse_followups(answer, self._zone), lambda item: item.key
        )
        if page.skipped:
            raise DoNotTry(f"Jawaban SP4N tidak dikenali: {page.skipped[0]}")
        return list(page.items)

    def add_followup(self, followup: contract.AddFollowup) -> str | None:
        """Answer in the thread; returns the answer's id where the other side tells it."""
        answer = self._session.send(written(followup.call))
        return contract.parse_added_followup(answer)

    def list_institutions(self) -> list[contract.Institution]:
        page = self._session.pages(
            "/masters/institutions/external",
            {},
            contract.parse_institutions,
            lambda item: item.id,
            MASTER_PAGE_SIZE,
        )
        return list(page.items)

    def list_templates(self) -> list[contract.ReplyTemplate]:
        page = self._session.pages(
            "/masters/templates", {}, contract.parse_templates, lambda item: item.code, MASTER_PAGE_SIZE
        )
        return list(page.items)

    def find_by_tag(self, tag: str) -> list[contract.RemoteComplaint]:
        """Our reports that carry `tag`, oldest first: none, one, or the traces of a double sending.

        The endpoint is an assumption (see contract). A server that does not know `tag` is filtered here.
        """
        page = self._incoming({"tag": tag})
        found = [complaint for complaint in page.items if tag in complaint.tags]
        return sorted(found, key=lambda complaint: int(complaint.external_id))

    def list_incoming(
        self, updated_since: datetime | None, institution_id: int | None = None
    ) -> contract.Page[contract.RemoteComplaint]:
        """All reports of the institution (default: the account's own) changed since then (assumed endpoint).

        `skipped` names entries that could not be read: show them, they would otherwise be lost.
        """
        params: dict[str, str | int] = {}
        if updated_since is not None:
            params["updated_since"] = contract.write_instant(updated_since, self._zone)
        if institution_id is not None:
            params["institution_id"] = institution_id
        return self._incoming(params)

    def _incoming(self, params: dict[str, str | int]) -> contract.Page[contract.RemoteComplaint]:
        return self._session.pages(
            "/complaints",
            params,
            lambda answer: contract.parse_incoming(answer, self._zone),
            lambda item: item.external_id,
        )


def _id(external_id: str) -> str:
    return written(lambda: contract.identifier(external_id, "nomor laporan SP4N"))
