"""Reads how long a server asks to be left alone."""

from __future__ import annotations

import email.utils
import time

__all__ = ["seconds_of"]


def seconds_of(value: str, now: float | None = None) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3); a date counts from `now`, or else from this moment."""
    if value.isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - (time.time() if now is None else now))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
