"""Base of every form: CSRF is checked with the other fields, so that a page left open too long keeps what
was typed.
"""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm

STALE = "Halaman ini terbuka terlalu lama. Isian Anda masih ada, kirim sekali lagi."


class Form(FlaskForm):  # type: ignore[misc] # flask_wtf is untyped
    """A form whose own CSRF check replaces the global one; its view is exempted by `@own_csrf`."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields. An expired or missing token is one more problem, in words."""
        fine: bool = super().validate(extra_validators)
        if "csrf_token" in self and self.csrf_token.errors:
            self.csrf_token.errors = [STALE]
        return fine
