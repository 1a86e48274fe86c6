"""Secrets of a city encrypted at rest, and keys derived for one purpose each.

Invariant: what was encrypted under an older key stays readable until that key is taken from the list.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class SecretUnreadable(ValueError):
    """The stored text was made under a key that is no longer listed, or was changed since."""


def derive_key(master: str, purpose: str) -> bytes:
    """32 bytes for one purpose, by HKDF-SHA256 (RFC 5869); different purposes give independent keys.

    `master` must be random already: HKDF does not strengthen a weak password. Raises ValueError when either
    is empty.
    """
    if not master or not purpose:
        raise ValueError("a derived key needs a master key and a purpose")
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(master.encode())


class Secrets:
    """Encrypts with the first key and reads with any (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: Sequence[Fernet]) -> None:
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._newest = keys[0]
        self._fernet = MultiFernet(keys)

    @classmethod
    def from_masters(cls, masters: Sequence[str]) -> Secrets:
        """Keys derived from the configured master keys, newest first."""
        return cls([Fernet(base64.urlsafe_b64encode(derive_key(each, "stored-secrets"))) for each in masters])

    def encrypt(self, text: str) -> str:
        """Ciphertext (ASCII) that also proves it was not changed."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text again. Raises SecretUnreadable."""
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken as problem:
            raise SecretUnreadable("a stored secret cannot be read with the configured keys") from problem

    def is_newest(self, token: str) -> bool:
        """Whether the first key made it."""
        try:
            self._newest.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def rotate(self, token: str) -> str:
        """The same secret under the newest key. Raises SecretUnreadable."""
        try:
            return self._fernet.rotate(token.encode()).decode("ascii")
        except InvalidToken as problem:
            raise SecretUnreadable("a stored secret cannot be read with the configured keys") from problem
