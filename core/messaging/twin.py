"""The twin of every channel, for demonstrations: messages become files, and nothing leaves the machine."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from core.messaging.mail import compose
from core.messaging.message import ChannelDown, MailMessage, Refused, TextMessage, is_phone


class FolderTwin:
    """Takes mails and text messages; one file each, named by its key, so a message sent twice is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send(self, message: MailMessage) -> None:
        """Write the mail as it would have gone out."""
        self._write(f"{message.key}.eml", compose(message).as_bytes())

    def send_text(self, message: TextMessage) -> None:
        """Write the text message: recipient, blank line, text."""
        if not is_phone(message.to):
            raise Refused("Nomor ponsel tidak dapat dipakai")
        self._write(f"{message.key}.txt", f"{message.to}\n\n{message.text}\n".encode())

    def _write(self, name: str, content: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / name).write_bytes(content)
        except OSError as error:
            raise ChannelDown("Folder pesan tidak dapat ditulis") from error
