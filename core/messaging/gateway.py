"""SMS and WhatsApp through a city's gateway: one POST of JSON {to, text, id} each, over the guarded way out.

`id` stays the same when a message is tried again, so that a gateway may drop the second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from core import http
from core.messaging.message import ChannelDown, Delayed, Refused, TextMessage, is_phone

READ_SECONDS = 15.0
DOWN = "Gateway pesan tidak dapat dihubungi"


class TextSender(Protocol):
    """A way for text messages."""

    def send_text(self, message: TextMessage) -> None:
        """Raises Refused, Delayed, ChannelDown."""


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """Address and credential of a city's gateway. The secret is the whole value of the header."""

    url: str
    header: str
    secret: str = field(repr=False)


class HttpGateway:
    """Sends over the account. Needs no connection of its own."""

    def __init__(self, account: GatewayAccount, client: http.OutboundClient) -> None:
        self._account, self._client = account, client

    def send_text(self, message: TextMessage) -> None:
        """Hand one message to the gateway. Raises Refused, Delayed, ChannelDown."""
        if not is_phone(message.to):
            raise Refused("Nomor ponsel tidak dapat dipakai")
        try:
            response = self._client.request(
                "POST",
                self._account.url,
                headers={self._account.header: self._account.secret},
                json={"to": message.to, "text": message.text, "id": message.key},
                read_seconds=READ_SECONDS,
            )
        except http.Unreachable as error:
            raise ChannelDown(DOWN) from error
        except http.Refused as error:
            raise ChannelDown("Alamat gateway pesan tidak diizinkan") from error
        _judge(response.status)


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise ChannelDown(f"Gateway pesan menolak kredensial (kode {status})")
    if status in (408, 425, 429):
        raise Delayed(f"Gateway pesan meminta menunggu (kode {status})")
    if status >= 500 or 300 <= status < 400 or status in (404, 405):
        raise ChannelDown(f"Gateway pesan sedang bermasalah (kode {status})")
    raise Refused(f"Gateway pesan menolak pesan ini (kode {status})")
