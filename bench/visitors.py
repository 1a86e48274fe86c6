"""Browsers of the benchmark:

they keep cookies, fill forms, and hand out WSGI environs ready to be measured.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from bench.cities import PASSWORD, admin_email
from bench.deployment import BASE_DOMAIN
from bench.measuring import Environ, UnexpectedAnswer

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_requests = itertools.count(1)


def _address(number: int) -> str:
    """An address of its own for each request, as rate limits count by address."""
    return str(IPv4Address(0x0A000000 + number % 2**24))


class Visitor:
    """One browser on one tenant's host."""

    def __init__(self, app: Flask, slug: str) -> None:
        self.slug, self.host = slug, f"{slug}.{BASE_DOMAIN}"
        self.client: FlaskClient = app.test_client()
        self._token: str | None = None

    def environ(self, path: str, data: Mapping[str, Any] | None = None, *, keep: bool = True) -> Environ:
        """A request of this browser;

        with `data` a POST that carries the form token. `keep`: with its cookies.
        """
        query = path.partition("?")[2]
        builder = EnvironBuilder(
            path.partition("?")[0],
            base_url=f"http://{self.host}",
            query_string=query or None,
            method="GET" if data is None else "POST",
            data=None if data is None else {"csrf_token": self.token(), **data},
            headers=[("Accept-Encoding", "gzip"), ("X-Forwarded-For", _address(next(_requests)))],
        )
        environ = builder.get_environ()
        cookie = self.client.get_cookie("sesi", self.host)
        if keep and cookie is not None:
            environ["HTTP_COOKIE"] = f"sesi={cookie.value}"
        return environ

    def get(self, path: str) -> str:
        """The page, with its cookies kept."""
        answer = self.client.get(path, base_url=f"http://{self.host}")
        if answer.status_code != 200:
            raise UnexpectedAnswer(f"{self.host}{path}: {answer.status_code}")
        return answer.get_data(as_text=True)

    def post(self, path: str, data: Mapping[str, Any]) -> None:
        """Send a form and keep the cookies; anything but a redirect is a failure."""
        answer = self.client.open(self.environ(path, data))
        if answer.status_code != 303:
            raise UnexpectedAnswer(f"{self.host}{path}: {answer.status_code}")

    def token(self) -> str:
        """The session's form token."""
        if self._token is None:
            found = _TOKEN.search(self.get("/petugas/masuk"))
            if found is None:
                raise UnexpectedAnswer("the sign-in page has no form token")
            self._token = found[1]
        return self._token

    def use_token(self, token: str) -> None:
        """Send this form token, whatever the pages say."""
        self._token = token

    def sign_in(self) -> None:
        """As the tenant's administrator."""
        self.post("/petugas/masuk", {"email": admin_email(self.slug), "password": PASSWORD})
        found = _TOKEN.search(self.get("/petugas/" if self.slug.startswith("kota-") else "/provinsi/"))
        if found is None:
            raise UnexpectedAnswer("the first page has no form token")
        self._token = found[1]
