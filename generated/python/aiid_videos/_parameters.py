"""Writes parameters as OpenAPI says: percent-encoded, and lists repeated or joined."""

from __future__ import annotations

import json as _json
from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from ._form import plain
from .errors import InvalidRequestError


def segment(value: object) -> str:
    """Return a value as one segment of a path; the items of a list are joined by commas.

    Raises:
        InvalidRequestError: It is empty or a dot segment, and would name another resource.
    """
    text = ",".join(map(_quoted, _items(value)))
    if text in ("", ".", ".."):
        raise InvalidRequestError(f"{text!r} cannot stand in a path")
    return text


def _is_left_out(value: object) -> bool:
    return value is None


def _items(value: object) -> Sequence[object]:
    if _is_left_out(value):
        return ()
    return cast("Sequence[object]", value) if isinstance(value, (list, tuple)) else (value,)


def _dumped(value: object) -> str:
    try:
        return _json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise InvalidRequestError(str(error)) from None


def _written(value: object) -> str:
    return value if isinstance(value, str) else _dumped(value)


def _quoted(value: object) -> str:
    try:
        return quote(_written(value), safe="")
    except UnicodeEncodeError:
        raise InvalidRequestError("a parameter holds half a character (a lone surrogate)") from None
