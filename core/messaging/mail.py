"""Mail over SMTP: composed so that no stored text can add a header or a recipient; one connection a batch.

Invariant: a password or an address of a person is in no error and no log.
"""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qs, unquote, urlsplit

from core import clock
from core.messaging.message import ChannelDown, Delayed, MailMessage, Refused, header_text, is_mail_address

TIMEOUT_SECONDS = 15.0
_PORTS = {"smtp": 25, "smtps": 465}
DOWN = "Server surel tidak dapat dihubungi"


class Mailer(Protocol):
    """A batch of mails: entered once, used for many."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def send(self, message: MailMessage) -> None:
        """Raises Refused, Delayed, ChannelDown."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes out."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    starttls: bool = False


def server_of(url: str) -> SmtpServer:
    """Of `smtp://user:password@host:port?starttls=1` or `smtps://…`. Raises ValueError without its value."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("the address of the mail server must be smtp://host:port or smtps://host:port")
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        is_tls=parts.scheme == "smtps",
        starttls=parse_qs(parts.query).get("starttls") == ["1"],
    )


def compose(message: MailMessage) -> EmailMessage:
    """The mail as it is sent: plain text and HTML. Raises Refused where an address is none."""
    for address in (message.to, message.from_address, *filter(None, [message.reply_to])):
        if not is_mail_address(address):
            raise Refused("Alamat surel tidak dapat dipakai")
    mail = EmailMessage(policy=SMTP)
    try:
        sender = Address(header_text(message.from_name, 80), addr_spec=message.from_address)
        mail["From"], mail["To"] = sender, Address(addr_spec=message.to)
        if message.reply_to:
            mail["Reply-To"] = Address(addr_spec=message.reply_to)
    except (HeaderParseError, ValueError) as error:
        raise Refused("Alamat surel tidak dapat dipakai") from error
    mail["Subject"] = header_text(message.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message.key}@{message.from_address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return mail


class SmtpMailer:
    """Mails over one connection, opened with the first and closed with the batch."""

    def __init__(self, server: SmtpServer, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server, self._timeout = server, timeout
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, message: MailMessage) -> None:
        """Hand one mail to the server. Raises Refused, Delayed, ChannelDown."""
        mail = compose(message)
        connection = self._connection or self._open()
        try:
            connection.send_message(mail, message.from_address, [message.to])
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise self._answer(code, "Server surel menolak alamat penerima") from None
        except smtplib.SMTPSenderRefused as error:
            raise self._answer(error.smtp_code, "Server surel menolak alamat pengirim") from None
        except smtplib.SMTPDataError as error:
            raise self._answer(error.smtp_code, "Server surel menolak isi pesan") from None
        except smtplib.SMTPNotSupportedError:
            raise Refused("Server surel tidak menerima alamat seperti ini") from None
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise ChannelDown(DOWN) from error

    def _answer(self, code: int, cause: str) -> Exception:
        if code == 421:  # the server is closing: the connection is gone
            self._hang_up()
            return ChannelDown("Server surel sedang menutup layanan")
        return (
            Delayed(f"{cause} untuk sementara (kode {code})")
            if code < 500
            else Refused(f"{cause} (kode {code})")
        )

    def _open(self) -> smtplib.SMTP:
        server = self._server
        try:
            connection: smtplib.SMTP
            if server.is_tls:
                secure = ssl.create_default_context()
                connection = smtplib.SMTP_SSL(server.host, server.port, timeout=self._timeout, context=secure)
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelDown(DOWN) from error
        self._connection = connection
        try:
            if server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except smtplib.SMTPAuthenticationError:
            self._hang_up()
            raise ChannelDown("Server surel menolak akun pengirim") from None
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            raise ChannelDown(DOWN) from error
        return connection

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()
