"""The one way out to other systems: bounded in time and size, no redirects, no private addresses.

An administrator chooses the address, so it is not trusted: the host is resolved here, every address found is
checked, and the connection goes to a checked one (a second look-up could differ). Headers are never logged.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import Literal, Self

import httpx

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
MAX_RESPONSE_BYTES = 1_000_000

Cause = Literal["dns", "connect", "tls", "timeout", "dropped"]
Rule = Literal["address", "scheme", "header", "size", "encoding"]
FilePart = tuple[str, tuple[str | None, bytes, str | None]]

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNICAST = ipaddress.IPv6Network("2000::/3")
# Networks that carry an IPv4 address inside an IPv6 one, and so can point at a private host.
_TRANSLATED = tuple(ipaddress.IPv6Network(each) for each in ("2002::/16", "2001::/32"))


class Unreachable(Exception):
    """No complete answer came. Trying later may help; whether the other side acted is not known."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause: Cause = cause


class _NotConnected(Unreachable):
    """Nothing was sent, so another address of the same host may be tried."""


class Refused(Exception):
    """The call breaks a rule of this module: trying again changes nothing. Tells no header value."""

    def __init__(self, rule: Rule, message: str) -> None:
        super().__init__(message)
        self.rule: Rule = rule


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete answer; `headers` has lower-case names, `body` is within the limit that was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OutboundClient:
    """Calls other systems. Keeps no connection between calls, so it may be made before a fork. Thread-safe.

    `allow_loopback` permits loopback addresses, and only for them plain http: development and tests.
    """

    def __init__(self, *, allow_loopback: bool = False) -> None:
        self._allow_loopback = allow_loopback
        # A kept connection is chosen by address alone: it could serve another host's call.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.Client(trust_env=False, follow_redirects=False, limits=limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        files: Sequence[FilePart] | None = None,
        read_seconds: float = READ_SECONDS,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> HttpResponse:
        """One call, one complete answer of any status (3xx too). Raises Unreachable or Refused.

        `files` makes a multipart body; a part without a file name is a plain field. `read_seconds` is the
        longest silence; the body may take twice that.
        """
        target = self._checked_url(url)
        _check_headers(headers)
        timeout = httpx.Timeout(read_seconds, connect=CONNECT_SECONDS)
        sent = {**headers, "Accept-Encoding": "identity", "Host": target.netloc.decode("ascii")}
        failure: Unreachable = Unreachable("dns")
        for address in self._addresses(target):
            request = self._client.build_request(
                method,
                target.copy_with(host=str(address)),
                headers=sent,
                params=params,
                json=json,
                files=list(files) if files else None,
                timeout=timeout,
                extensions={"sni_hostname": target.raw_host.decode("ascii")},
            )
            try:
                return self._exchange(request, max_bytes=max_bytes, body_seconds=2 * read_seconds)
            except _NotConnected as error:
                failure = error
        raise failure

    def _exchange(self, request: httpx.Request, *, max_bytes: int, body_seconds: float) -> HttpResponse:
        try:
            response = self._client.send(request, stream=True)
            try:
                body = _bounded_body(response, max_bytes, body_seconds)
            finally:
                response.close()
        except httpx.ConnectTimeout as error:
            raise _NotConnected("timeout") from error
        except httpx.ConnectError as error:
            raise _NotConnected("tls" if _is_tls(error) else "connect") from error
        except httpx.TimeoutException as error:
            raise Unreachable("timeout") from error
        except httpx.TransportError as error:
            raise Unreachable("dropped") from error
        return HttpResponse(response.status_code, dict(response.headers), body)

    def _checked_url(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise Refused("address", "the address cannot be read") from error
        if target.scheme not in ("http", "https"):
            raise Refused("scheme", "only http and https are allowed")
        if not target.host or target.userinfo:
            raise Refused("address", "the address needs a host and must hold no user name")
        return target

    def _addresses(self, target: httpx.URL) -> Iterator[IPv4Address | IPv6Address]:
        """The checked addresses of the host. One forbidden address among them refuses the host altogether."""
        port = target.port or (443 if target.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(target.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise Unreachable("dns") from error
        addresses = list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in found))
        for address in addresses:
            is_loopback = self._allow_loopback and address.is_loopback
            if not is_loopback and not _is_public(address):
                raise Refused("address", "the address belongs to a private or reserved network")
            if not is_loopback and target.scheme != "https":
                raise Refused("scheme", "plain http is allowed for loopback only")
        yield from addresses


def _bounded_body(response: httpx.Response, max_bytes: int, seconds: float) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Refused("encoding", "the answer is compressed although that was not asked for")
    deadline = time.monotonic() + seconds
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > max_bytes:
            raise Refused("size", f"the answer is larger than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise Unreachable("timeout")
    return bytes(body)


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address not in _UNICAST or any(address in net for net in _TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _check_headers(headers: Mapping[str, str]) -> None:
    """The HTTP library quotes an unfit header value in its error: such a value must not get that far."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Refused("header", "a header has a name that cannot be sent")
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise Refused("header", f"the value of header {name} holds letters that cannot be sent")
