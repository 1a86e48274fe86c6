"""Rate limits per tenant and address.

When Redis is away each process counts for itself: citizens are not turned away.
"""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter

from core.web.tenant import request_tenant


def _key() -> str:
    tenant = request_tenant()
    return f"tenant:{tenant.id if tenant else 0}:{request.remote_addr}"


limiter = Limiter(
    key_func=_key,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    strategy="fixed-window",
    headers_enabled=False,
)
