"""Reads JSON values leniently: what the contract does not foresee stays as it was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar, cast

R = TypeVar("R")


def text(value: Any) -> Any:
    """Return a string; a number becomes one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value


def integer(value: Any) -> Any:
    """Return a whole number, also where it was sent as text or with a zero fraction."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}(\.0*)?", value):
        return int(value.partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def boolean(value: Any) -> Any:
    """Return true or false, also where it was sent as text."""
    return (
        {"true": True, "false": False}.get(value.lower(), value)
        if isinstance(value, str)
        else value
    )


def nested(read: Callable[[Mapping[str, Any]], R], value: Any) -> Any:
    """Return an object as its model."""
    return read(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def inner(value: Any, *names: str) -> Any:
    """Return what an object holds in an object that it holds, None where anything on the way is missing."""
    for name in names:
        value = getattr(value, name, None)
    return value


def moment(value: Any) -> datetime | None:
    """Return a point in time from Unix time in seconds, milli-, micro- or nanoseconds, or ISO 8601.

    The size of a number tells its unit: in seconds, 1e11 is the year 5138. Zero is a server's way
    to say "not yet".
    """
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e20:
        return None
    seconds = float(value)
    while seconds >= 1e11:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, timezone.utc)
