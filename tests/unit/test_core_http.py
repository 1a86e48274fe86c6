"""The way out: which addresses it refuses, that it connects to the checked one, and that it is bounded."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.http import OutboundClient, Refused, Unreachable

ANY = str(IPv4Address(0))


class Handler(BaseHTTPRequestHandler):
    seen: list[dict[str, str]] = []  # noqa: RUF012  # emptied by the fixture

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **dict(self.headers.items())})
        self.send_response(302 if self.path == "/pindah" else 200)
        if self.path == "/pindah":
            self.send_header("Location", "/tujuan")
        if self.path == "/padat":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            self.answer()

    def answer(self) -> None:
        if self.path == "/tetes":
            for _ in range(40):
                self.wfile.write(b".")
                self.wfile.flush()
                threading.Event().wait(0.1)
        elif self.path == "/besar":
            for _ in range(100):
                self.wfile.write(b"0" * 65_536)
        else:
            self.wfile.write(b"isi")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Content-Type"].encode() + b"\n" + body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen = []
    with serving() as running:
        yield f"http://127.0.0.1:{running.server_port}"


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    if context is not None:
        running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=True)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield running
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


@pytest.fixture
def outbound() -> Iterator[OutboundClient]:
    with OutboundClient(allow_loopback=True) as client:
        yield client


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Makes every host name resolve to the given addresses; returns the list of names asked for."""

    def install(*addresses: str) -> list[str]:
        asked: list[str] = []
        genuine = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *values: Any, **options: Any) -> list[tuple[Any, ...]]:
            if host[0].isdigit():  # an address: the connection itself passes here too
                return genuine(host, port, *values, **options)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr("core.http.socket.getaddrinfo", getaddrinfo)
        return asked

    return install


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        ANY,
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[2001:db8::1]",
        "[fec0::1]",
    ],
)
def test_private_and_reserved_addresses_are_refused(host: str) -> None:
    with OutboundClient() as outbound, pytest.raises(Refused) as caught:
        outbound.request("GET", f"https://{host}/", headers={})
    assert caught.value.rule == "address"


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", ANY])
def test_allowing_loopback_allows_nothing_else(outbound: OutboundClient, host: str) -> None:
    with pytest.raises(Refused):
        outbound.request("GET", f"http://{host}/", headers={})


def test_one_private_address_among_public_ones_refuses_the_host(resolve: Callable[..., list[str]]) -> None:
    resolve("93.184.215.14", "10.0.0.1")
    with OutboundClient() as outbound, pytest.raises(Refused):
        outbound.request("GET", "https://contoh.invalid/", headers={})


def test_plain_http_is_for_loopback_only(outbound: OutboundClient, resolve: Callable[..., list[str]]) -> None:
    resolve("93.184.215.14")
    with pytest.raises(Refused) as caught:
        outbound.request("GET", "http://contoh.invalid/", headers={})
    assert caught.value.rule == "scheme"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://contoh.invalid/",
        "file:///etc/passwd",
        "https://",
        "/jalan",
        "https://a:b@contoh.invalid/",
        "https://[::1",
    ],
)
def test_other_addresses_are_refused(outbound: OutboundClient, url: str) -> None:
    with pytest.raises(Refused):
        outbound.request("GET", url, headers={})


def test_the_name_is_resolved_once_and_kept_as_host(
    server: str, outbound: OutboundClient, resolve: Callable[..., list[str]]
) -> None:
    asked = resolve("127.0.0.1")
    port = server.rpartition(":")[2]
    answer = outbound.request(
        "GET", f"http://contoh.invalid:{port}/a", headers={"token": "t"}, params={"page": 2}
    )
    assert (answer.status, answer.body) == (200, b"isi")
    assert asked == ["contoh.invalid"]
    (seen,) = Handler.seen
    assert (seen["path"], seen["Host"], seen["token"]) == ("/a?page=2", f"contoh.invalid:{port}", "t")


def test_the_next_address_is_tried_when_one_does_not_listen(
    server: str, outbound: OutboundClient, resolve: Callable[..., list[str]]
) -> None:
    resolve("127.0.0.2", "127.0.0.1")
    port = server.rpartition(":")[2]
    assert outbound.request("GET", f"http://contoh.invalid:{port}/", headers={}).status == 200


def test_redirects_are_answers(server: str, outbound: OutboundClient) -> None:
    answer = outbound.request("GET", f"{server}/pindah", headers={})
    assert (answer.status, answer.headers["location"]) == (302, "/tujuan")
    assert len(Handler.seen) == 1


def test_large_slow_and_compressed_answers_are_cut(server: str, outbound: OutboundClient) -> None:
    with pytest.raises(Refused) as caught:
        outbound.request("GET", f"{server}/besar", headers={})
    assert caught.value.rule == "size"
    with pytest.raises(Refused) as caught:
        outbound.request("GET", f"{server}/padat", headers={})
    assert caught.value.rule == "encoding"
    with pytest.raises(Unreachable) as unreachable:
        outbound.request("GET", f"{server}/tetes", headers={}, read_seconds=0.3)
    assert unreachable.value.cause == "timeout"


def test_fields_and_files_make_a_form(server: str, outbound: OutboundClient) -> None:
    answer = outbound.request("POST", server, headers={}, files=[("isi", (None, "é".encode(), None))])
    assert answer.body.startswith(b"multipart/form-data; boundary=")
    assert b'name="isi"\r\n\r\n\xc3\xa9\r\n' in answer.body


@pytest.mark.parametrize("value", ["a\r\nX: y", "ünlü", "rahasia ", "a\0b"])
def test_a_header_that_cannot_be_sent_is_refused_without_telling_it(
    server: str, outbound: OutboundClient, value: str
) -> None:
    with pytest.raises(Refused) as caught:
        outbound.request("GET", server, headers={"token": value})
    assert value not in str(caught.value)
    assert Handler.seen == []
    with pytest.raises(Refused):
        outbound.request("GET", server, headers={"dua kata": "x"})


def test_a_name_without_address(outbound: OutboundClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_values: object, **_options: object) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("core.http.socket.getaddrinfo", getaddrinfo)
    with pytest.raises(Unreachable) as caught:
        outbound.request("GET", "https://contoh.invalid/", headers={})
    assert caught.value.cause == "dns"


def test_certificates_are_checked_against_the_name(
    tmp_path: Path, outbound: OutboundClient, resolve: Callable[..., list[str]]
) -> None:
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    resolve("127.0.0.1")
    with serving(context) as running, pytest.raises(Unreachable) as caught:
        outbound.request("GET", f"https://contoh.invalid:{running.server_port}/", headers={"token": "t"})
    assert caught.value.cause == "tls"
    assert names == ["contoh.invalid"]


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "contoh.invalid")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("contoh.invalid")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    target = folder / "server.pem"
    target.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return target
