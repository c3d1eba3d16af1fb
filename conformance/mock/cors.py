"""Lets pages of other origins call the server, where that is asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.errors import UsageError

__all__ = ["checked_origin", "cors"]

_ORIGIN = re.compile(
    r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?|[a-z][a-z0-9+.-]*://[\w.-]+"
)


def checked_origin(text: str) -> str:
    """Return an origin as browsers write it.

    Raises:
        UsageError: it is none.
    """
    if text in ("*", "null") or _ORIGIN.fullmatch(text):
        return text.lower()
    shown = text.rstrip("/")
    hint = f"; did you mean {shown}?" if shown != text and _ORIGIN.fullmatch(shown) else ""
    form = "write scheme, host and port, as http://localhost:5173, or *"
    raise UsageError(f"--cors {text!r}: is no origin: {form}{hint}")


def cors(inner: ASGIApp, contract: Contract, origins: Sequence[str]) -> ASGIApp:
    """Return an application that lets pages of some origins call another, and read what the contract answers."""
    methods = {operation.method for operation in contract.operations}
    return CORSMiddleware(
        inner,
        allow_origins=tuple(origins),
        allow_methods=sorted(methods | ({"HEAD"} if "GET" in methods else set())),
        allow_headers=("*",),
        allow_private_network=True,
        expose_headers=("*",),  # all, where a page sends no cookies, and here none could be of use
    )
