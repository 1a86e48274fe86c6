"""Stored secrets: round trip, rotation, tampering; keys per purpose."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import Secrets, SecretUnreadable, derive_key

OLD, NEW = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(text=TEXTS)
def test_what_is_encrypted_can_be_read_again(text: str) -> None:
    secrets = Secrets([NEW])
    token = secrets.encrypt(text)
    assert secrets.decrypt(token) == text
    assert token.isascii()


def test_the_same_text_never_looks_the_same() -> None:
    secrets = Secrets([NEW])
    assert secrets.encrypt("kata sandi") != secrets.encrypt("kata sandi")


def test_a_new_first_key_still_reads_the_old() -> None:
    token = Secrets([OLD]).encrypt("kata sandi")
    assert Secrets([NEW, OLD]).decrypt(token) == "kata sandi"


def test_rotation_ends_the_need_for_the_old_key() -> None:
    token = Secrets([OLD]).encrypt("kata sandi")
    assert not Secrets([NEW, OLD]).is_newest(token)
    rotated = Secrets([NEW, OLD]).rotate(token)
    assert Secrets([NEW, OLD]).is_newest(rotated)
    assert Secrets([NEW]).decrypt(rotated) == "kata sandi"
    with pytest.raises(SecretUnreadable):
        Secrets([NEW]).decrypt(token)
    with pytest.raises(SecretUnreadable):
        Secrets([NEW]).rotate(token)


@pytest.mark.parametrize("token", ["", "bukan-token", "é", "gAAAAA=="])
def test_a_malformed_token_is_unreadable(token: str) -> None:
    with pytest.raises(SecretUnreadable):
        Secrets([NEW]).decrypt(token)


def test_a_changed_token_is_unreadable() -> None:
    token = Secrets([NEW]).encrypt("kata sandi")
    changed = token[:30] + ("A" if token[30] != "A" else "B") + token[31:]
    with pytest.raises(SecretUnreadable):
        Secrets([NEW]).decrypt(changed)


def test_no_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Secrets([])


def test_masters_rotate_as_keys_do() -> None:
    token = Secrets.from_masters(["lama" * 8]).encrypt("kata sandi")
    assert Secrets.from_masters(["baru" * 8, "lama" * 8]).decrypt(token) == "kata sandi"
    with pytest.raises(SecretUnreadable):
        Secrets.from_masters(["baru" * 8]).decrypt(token)


def test_a_derived_key_is_stable_and_bound_to_its_purpose() -> None:
    assert derive_key("induk", "pin") == derive_key("induk", "pin")
    assert derive_key("induk", "pin") != derive_key("induk", "tautan")
    assert derive_key("induk", "pin") != derive_key("induk2", "pin")
    assert len(derive_key("induk", "pin")) == 32


def test_a_derived_key_equals_hkdf_written_out() -> None:
    import hashlib
    import hmac

    pseudorandom = hmac.new(bytes(32), b"induk", hashlib.sha256).digest()
    expected = hmac.new(pseudorandom, b"pin\x01", hashlib.sha256).digest()
    assert derive_key("induk", "pin") == expected


@pytest.mark.parametrize(("master", "purpose"), [("", "pin"), ("induk", "")])
def test_an_empty_part_is_refused(master: str, purpose: str) -> None:
    with pytest.raises(ValueError, match="master key"):
        derive_key(master, purpose)
