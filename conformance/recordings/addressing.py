"""Finds the operation that a recorded request called: below a base URL that is given, or found in the recording."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from attrs import define, field, frozen

from conformance.contract import Contract, Operation

__all__ = ["Addresses", "RecordedCall", "origin_of"]

OTHER_SERVER = "is of another server than this one: --url judges that one"
OTHER_PATH = "has no path of the contract"
OTHER_METHOD = "has a path of the contract, and a method that is not in it"
NO_ADDRESS = "has no address of HTTP"


@frozen
class RecordedCall:
    """An operation that was called, and path and query below the base URL."""

    operation: Operation
    target: str = field(repr=False)


@define
class Addresses:
    """Knows the base URL of the server: what is given, or what stands in front of the first path of the contract.

    Attributes:
        origin: scheme, host and port; None until it is known.
        base: what stands in front of every path; None until it is known.
    """

    contract: Contract
    origin: str | None = None
    base: str | None = None
    _paths: tuple[tuple[re.Pattern[str], Operation], ...] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._paths = tuple((_pattern(operation.path), operation) for operation in self.contract.operations)

    @property
    def url(self) -> str:
        """The base URL, as far as it is known."""
        return f"{self.origin or 'http://unknown.invalid'}{self.base or ''}"

    def call(self, method: str, url: str) -> RecordedCall | str:
        """Return what a request called, or why that is nothing of the contract."""
        origin = origin_of(url)
        if origin is None:
            return NO_ADDRESS
        parts = urlsplit(url)
        matched = ((pattern.fullmatch(parts.path), operation) for pattern, operation in self._paths)
        found = [(match["base"], match["path"], operation) for match, operation in matched if match is not None]
        if self.base is not None:
            found = [one for one in found if one[0] == self.base]
        if not found:
            return OTHER_PATH
        if self.origin not in (None, origin):
            return OTHER_SERVER
        own = [one for one in found if one[2].method == method]
        if not own:
            return OTHER_METHOD
        base, path, operation = min(own, key=lambda one: (len(one[0]), "{" in one[2].path))
        self.origin, self.base = origin, base
        return RecordedCall(operation, path + (f"?{parts.query}" if parts.query else ""))


def origin_of(url: str) -> str | None:
    """Return scheme, host and port of a URL, written in one way; None where it has none of HTTP."""
    try:
        parts = urlsplit(url)
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port == usual else f":{port}")


def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches an address of a path, and whatever stands in front of it."""
    address = re.sub(r"\\\{[^/{}]+\\\}", "[^/]+", re.escape(path))
    return re.compile(f"(?P<base>(?:/[^/]+)*?)(?P<path>{address})")
