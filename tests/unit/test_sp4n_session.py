"""Words and families of failures, and paging, with answers given by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import pytest

from core.http import HttpResponse, OutboundClient, Refused, Unreachable
from sp4n.client import DoNotTry, Sp4nClient, TryLater

SECRET = "Bearer sangat-rahasia-123"
TOKEN = "{11111111-2222-3333-4444-555555555555}"


class ScriptedHttp(OutboundClient):
    """Gives the answers in turn and remembers the calls; sends nothing."""

    def __init__(self, answers: Iterable[HttpResponse | Exception]) -> None:
        self.answers = iter(answers)
        self.calls: list[dict[str, Any]] = []

    def request(self, method: str, url: str, **call: Any) -> HttpResponse:
        self.calls.append({"method": method, "url": url, **call})
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(status: int, body: object = None, **headers: str) -> HttpResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def client_with(*answers: HttpResponse | Exception) -> tuple[Sp4nClient, ScriptedHttp]:
    http = ScriptedHttp(answers)
    return Sp4nClient("https://contoh.invalid/lapor/3.0.0/", "Authorization", SECRET, TOKEN, http), http


def page(entries: list[dict[str, object]], following: str | None = None) -> HttpResponse:
    return answer(200, {"results": {"data": entries, "next_page_url": following}})


def test_the_call_goes_to_the_path_under_the_base_with_both_credentials() -> None:
    client, http = client_with(page([]))
    client.list_institutions()
    (call,) = http.calls
    assert call["url"] == "https://contoh.invalid/lapor/3.0.0/masters/institutions/external"
    assert call["headers"] == {"Authorization": SECRET, "token": TOKEN, "Accept": "application/json"}
    assert call["params"] == {"page": 1, "page_size": 1000}


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"etag": '"a1"'}, {"If-None-Match": '"a1"'}),
        ({"etag": 'W/"a1"', "last_modified": "Fri, 04 Dec 2026 07:20:00 GMT"}, {"If-None-Match": 'W/"a1"'}),
        (
            {"last_modified": "Fri, 04 Dec 2026 07:20:00 GMT"},
            {"If-Modified-Since": "Fri, 04 Dec 2026 07:20:00 GMT"},
        ),
        ({"etag": '"' + "a" * 300 + '"'}, {}),
        ({"etag": '"é"'}, {}),
        ({"etag": " "}, {}),
        ({}, {}),
    ],
)
def test_a_version_is_named_as_it_was_told(headers: dict[str, str], named: dict[str, str]) -> None:
    client, http = client_with(answer(200, {"results": {"data": {"id": 7}}}, **headers), answer(304, b""))
    detail, version = client.get_other_detail("7", None)
    assert detail is not None
    if version is None:
        assert named == {}
        return
    assert client.get_other_detail("7", version) == (None, version)
    own = {"Authorization": SECRET, "token": TOKEN, "Accept": "application/json"}
    assert http.calls[1]["headers"] == own | named


def test_unchanged_without_having_been_asked_is_no_answer() -> None:
    client, _ = client_with(answer(304, b""))
    with pytest.raises(DoNotTry) as caught:
        client.get_other_detail("7", None)
    assert caught.value.cause == "SP4N menjawab “tidak berubah” tanpa ditanya"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry_after": "120"}, 120.0),
        ({"retry_after": "99999999"}, 86_400.0),
        ({"retry_after": "Fri, 04 Dec 2026 07:21:30 GMT", "date": "Fri, 04 Dec 2026 07:20:00 GMT"}, 90.0),
        ({"retry_after": "Fri, 04 Dec 2026 07:00:00 GMT", "date": "Fri, 04 Dec 2026 07:20:00 GMT"}, 0.0),
        ({"retry_after": "Fri, 04 Dec 2026 07:21:30 GMT"}, None),
        ({"retry_after": "sebentar"}, None),
        ({"retry_after": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_asked_for_is_read(headers: dict[str, str], expected: float | None) -> None:
    client, _ = client_with(answer(429, **headers))
    with pytest.raises(TryLater) as caught:
        client.list_institutions()
    assert caught.value.retry_after == expected


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_statuses_that_pass(status: int) -> None:
    client, _ = client_with(answer(status, b"<html>"))
    with pytest.raises(TryLater) as caught:
        client.get_detail("6340753")
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (400, {"message": "Salah"}, "SP4N menolak isian: Salah"),
        (401, {"message": "Unauthorized"}, "SP4N menolak kredensial"),
        (403, b"<html>", "SP4N menolak kredensial"),
        (404, {"message": "x"}, "SP4N tidak mengenal laporan atau layanan ini"),
        (413, b"", "Lampiran terlalu besar bagi SP4N"),
        (418, {"error": "Teko"}, "SP4N menolak permintaan (418): Teko"),
        (422, {"message": ["bukan teks"]}, "SP4N menolak isian"),
        (301, b"", "SP4N mengalihkan ke alamat lain. Periksa alamat API"),
        (200, {"success": False, "message": "Tidak\n dapat"}, "SP4N menolak: Tidak dapat"),
        (200, {"results": {}}, "Jawaban SP4N tidak dikenali: results.data bukan objek"),
        (200, b"<html>", "Jawaban SP4N tidak dikenali: jawaban bukan JSON"),
    ],
)
def test_answers_that_stay_wrong(status: int, body: object, cause: str) -> None:
    client, _ = client_with(answer(status, body))
    with pytest.raises(DoNotTry) as caught:
        client.get_detail("6340753")
    assert caught.value.cause == cause


@pytest.mark.parametrize(
    "error", [Unreachable(cause) for cause in ("dns", "connect", "tls", "timeout", "dropped")]
)
def test_no_answer_is_tried_later(error: Unreachable) -> None:
    client, _ = client_with(error)
    with pytest.raises(TryLater):
        client.list_templates()


@pytest.mark.parametrize(
    "error", [Refused(rule, "why") for rule in ("address", "scheme", "header", "size", "encoding")]
)
def test_a_refused_call_is_not_tried_again(error: Refused) -> None:
    client, _ = client_with(error)
    with pytest.raises(DoNotTry):
        client.list_templates()


@pytest.mark.parametrize("echo", [SECRET, SECRET.removeprefix("Bearer "), TOKEN])
@pytest.mark.parametrize("status", [200, 422])
def test_an_echoed_credential_is_not_repeated(echo: str, status: int) -> None:
    client, _ = client_with(answer(status, {"success": False, "message": f"Akun {echo} " + "x" * 1000}))
    with pytest.raises(DoNotTry) as caught:
        client.list_templates()
    assert echo not in caught.value.cause
    assert "Akun ***" in caught.value.cause
    assert len(caught.value.cause) < 350


@pytest.mark.parametrize("echo", [SECRET, SECRET.removeprefix("Bearer "), TOKEN])
def test_nor_is_one_that_a_good_answer_echoes(echo: str) -> None:
    log = {"id": 1, "content": echo, "data": json.dumps({"note": echo}), "status_new": {"name": echo}}
    detail = {"results": {"data": {"status_name": f"Proses {echo}", "title": echo}, "data_logs": [log]}}
    thread = page([{"id": 1, "content": f"Untuk {echo}", "institution_from_name": echo}])
    client, _ = client_with(answer(200, detail, etag=f'"{echo}"'), thread)
    found, version = client.get_other_detail("6340753", None)
    assert found is not None
    (answered,) = client.list_followups("6340753")
    assert echo not in repr([asdict(found), asdict(answered), version])
    assert (found.status_name, answered.content, version) == ("Proses ***", "Untuk ***", None)


def test_credentials_are_not_in_representations() -> None:
    client, _ = client_with()
    assert repr(client) == "Sp4nClient('https://contoh.invalid/lapor/3.0.0')"


@pytest.mark.parametrize("external_id", ["", "abc", "../../masters", "1/reject", "1?x=1"])
def test_a_number_that_is_none_does_not_reach_the_path(external_id: str) -> None:
    client, http = client_with()
    for call in (client.get_detail, client.list_followups):
        with pytest.raises(DoNotTry, match="nomor laporan SP4N bukan nomor"):
            call(external_id)
    with pytest.raises(DoNotTry):
        client.forward_not_authority(external_id, 1, "Alasan")
    assert http.calls == []


def test_the_next_page_is_counted_and_its_address_not_followed() -> None:
    one = [{"id": number, "content": "a"} for number in range(1, 101)]
    two = [{"id": 100, "content": "a"}, {"id": 101, "content": "b"}]
    client, http = client_with(page(one, "https://asing.invalid/?page=2"), page(two))
    thread = client.list_followups("6340753")
    assert [followup.key for followup in thread] == [f"id:{number}" for number in range(1, 102)]
    assert [call["params"]["page"] for call in http.calls] == [1, 2]
    assert len({call["url"] for call in http.calls}) == 1


def test_a_server_that_repeats_its_page_is_not_asked_forever() -> None:
    same = page([{"id": 1, "content": "a"}], "https://contoh.invalid/?page=2")
    client, http = client_with(same, same)
    with pytest.raises(DoNotTry, match="mengulang halaman"):
        client.list_followups("6340753")
    assert len(http.calls) == 2


def test_an_endless_list_ends() -> None:
    client, http = client_with(*(page([{"id": number}], "x") for number in range(1, 300)))
    with pytest.raises(DoNotTry, match="terlalu panjang"):
        client.list_followups("6340753")
    assert len(http.calls) == 200


def test_an_empty_page_is_the_last() -> None:
    client, http = client_with(page([], "https://contoh.invalid/?page=2"))
    assert client.list_templates() == []
    assert len(http.calls) == 1


def test_a_server_that_ignores_the_tag_is_filtered_here() -> None:
    client, _ = client_with(
        page([{"id": 1, "tags_raw": "#lain"}, {"id": 2, "tags_raw": "#sa-7 #x"}, {"id": 3}])
    )
    assert [report.external_id for report in client.find_by_tag("#sa-7")] == ["2"]


def test_lost_files_are_noticed() -> None:
    client, _ = client_with(answer(200, {"results": {"images": [{"id": 1}], "docs": []}}))
    with pytest.raises(DoNotTry, match="tidak menerima semua lampiran"):
        client.upload([("a.png", b"1", "image/png"), ("b.png", b"2", "image/png")])
