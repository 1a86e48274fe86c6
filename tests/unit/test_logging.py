"""Log lines: JSON, with ids, and without values whose key names a secret or a person."""

from __future__ import annotations

import json
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from core.logging import _drop_secrets, bound_log, configure

HIDDEN = "[tidak dicatat]"


@pytest.mark.parametrize(
    "key", ["password", "auth_secret", "token_secret", "X-Token", "pin", "reporter_email", "phone"]
)
def test_secrets_are_never_written(key: str) -> None:
    assert _drop_secrets(None, "info", {"event": "x", key: "isi"}) == {"event": "x", key: HIDDEN}


@pytest.mark.parametrize("key", ["mapping", "shipping", "technik", "event", "tenant_id", "cause"])
def test_other_keys_stay(key: str) -> None:
    assert _drop_secrets(None, "info", {key: "isi"}) == {key: "isi"}


@given(value=st.text())
def test_any_text_is_one_json_line(value: str) -> None:
    lines: list[str] = []

    class Sink:
        def msg(self, message: str) -> None:
            lines.append(message)

        info = msg

    configure("INFO")
    structlog.configure(logger_factory=lambda *_args: Sink())
    try:
        with bound_log(tenant_id=7):
            structlog.get_logger("uji").info("kejadian", text=value)
    finally:
        structlog.reset_defaults()
    written: dict[str, Any] = json.loads(lines[0])
    assert "\n" not in lines[0]
    assert (written["text"], written["tenant_id"], written["event"]) == (value, 7, "kejadian")
