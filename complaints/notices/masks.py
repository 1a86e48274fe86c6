"""Addresses as a hint: enough to recognise one's own, too little to be told whose. Pure."""

from __future__ import annotations

_DOTS = "••••"


def phone(e164: str) -> str:
    """ "0812••••7890" of +6281212347890."""
    national = "0" + e164.removeprefix("+62")
    return f"{national[:4]}{_DOTS}{national[-4:]}" if len(national) > 8 else _DOTS


def mail(address: str) -> str:
    """ "s••••@contoh.id" of siti@contoh.id."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}{_DOTS}@{domain}"
