"""Holds a request against what a vector expects of it, and every request against what no client may do with a token."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

from attrs import field, frozen

from conformance.clients.flaw import ClientFlaw
from conformance.clients.forms_judged import body_flaws, pair_flaws, shown
from conformance.clients.received import Received
from conformance.engine.target import Target

__all__ = ["MadeUpToken", "request_flaws"]

_ILLEGAL = re.compile(rb"[^A-Za-z0-9._~!$&'()*+,;=:@/?%-]|%(?![0-9A-Fa-f]{2})")
_SCHEMES = ("bearer", "basic")


@frozen
class MadeUpToken:
    """The token of a run, made up by the judge; kept out of every representation."""

    token: str = field(repr=False)
    _target: Target = field(repr=False)

    @classmethod
    def of(cls, token: str) -> MadeUpToken:
        """Return the credential that a token is."""
        return cls(token, Target("", token))

    def filled(self, text: str) -> str:
        """Write the token into a text in the place of the words that stand for it."""
        encoded = base64.b64encode(self.token.encode()).decode()
        return text.replace("{token}", self.token).replace("{basic}", encoded)

    def is_in(self, text: str) -> bool:
        """Tell whether a text shows the token, in whatever coding."""
        return self._target.leaks(text)

    def redact(self, text: str) -> str:
        """Take the token out of a text."""
        return self._target.redact(text)


def request_flaws(expected: Mapping[str, Any], request: Received, credential: MadeUpToken) -> Iterator[ClientFlaw]:
    """Yield what is wrong with a request."""
    if request.trouble:
        yield ClientFlaw("wire", f"the request {request.trouble}")
        return
    if request.method != expected["method"]:
        yield ClientFlaw("method", f"the method is {request.method}, and should be {expected['method']}")
    yield from _path(str(expected["path"]), request.path)
    yield from _query(expected, request, credential)
    for name, value in expected.get("headers", {}).items():
        yield from _header(name, credential.filled(str(value)), request, credential)
    yield from _cookies(expected.get("cookies", {}), request, credential)
    yield from _shown_elsewhere(expected, request, credential)
    yield from body_flaws(expected.get("body"), request)


def _path(expected: str, found: bytes) -> Iterator[ClientFlaw]:
    if (illegal := _ILLEGAL.search(found)) is not None:
        yield ClientFlaw("path", f"the path {shown(found)} has {shown(illegal[0])}, which no URL may have as it is")
        return
    if [unquote_to_bytes(one) for one in expected.split("/")] != [unquote_to_bytes(one) for one in found.split(b"/")]:
        yield ClientFlaw("path", f"the path is {shown(found)}, and should be {shown(expected)}")


def _query(expected: Mapping[str, Any], request: Received, credential: MadeUpToken) -> Iterator[ClientFlaw]:
    wanted = [
        (name, credential.filled(value) if isinstance(value, str) else value)
        for name, value in expected.get("query", ())
    ]
    text = request.query.decode("latin-1")
    if (illegal := _ILLEGAL.search(request.query)) is not None:
        yield ClientFlaw("query", f"the query {shown(text)} has {shown(illegal[0])}, which no URL may have as it is")
        return
    found = parse_qsl(text, keep_blank_values=True)
    if credential.is_in(unquote(text)) and not any(credential.is_in(str(value)) for _, value in wanted):
        yield ClientFlaw("token-in-query", "the token stands in the query, which logs and proxies keep")
        found = [(name, value) for name, value in found if not credential.is_in(value)]
    yield from pair_flaws("query", wanted, found)


def _header(name: str, wanted: str, request: Received, credential: MadeUpToken) -> Iterator[ClientFlaw]:
    values = request.values(name)
    kind = "credentials" if credential.is_in(wanted) else "header"
    if len(values) > 1 and kind == "credentials":
        yield ClientFlaw(kind, f"`{name}` was sent {len(values)} times")
    elif not values:
        yield ClientFlaw(kind, f"`{name}` is missing, and should be {shown(credential.redact(wanted))}")
    elif not _is_same(", ".join(values), wanted):
        found, said = credential.redact(", ".join(values)), credential.redact(wanted)
        yield ClientFlaw(kind, f"`{name}` is {shown(found)}, and should be {shown(said)}")


def _is_same(found: str, wanted: str) -> bool:
    """Tell whether header values are the same; the name of a scheme has no case, and UTF-8 was read as Latin-1."""
    scheme, _, rest = wanted.partition(" ")
    if scheme.lower() in _SCHEMES and rest:
        given, _, value = found.partition(" ")
        return given.lower() == scheme.lower() and value.strip() == rest
    return wanted in (found, found.encode("latin-1").decode("utf-8", "replace"))


def _cookies(wanted: Mapping[str, Any], request: Received, credential: MadeUpToken) -> Iterator[ClientFlaw]:
    found = dict(_pair(pair) for value in request.values("cookie") for pair in value.split(";") if pair.strip())
    for name, value in wanted.items():
        filled = credential.filled(str(value))
        if found.get(name) not in (filled, *([f'"{filled}"'] if filled else [])):
            given = "missing" if name not in found else shown(credential.redact(found[name]))
            yield ClientFlaw(
                "cookie", f"the cookie `{name}` is {given}, and should be {shown(credential.redact(filled))}"
            )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


def _shown_elsewhere(expected: Mapping[str, Any], request: Received, credential: MadeUpToken) -> Iterator[ClientFlaw]:
    """Yield where the token stands though it has no business there; the query is looked at by itself."""
    places = {name for name, value in expected.get("headers", {}).items() if "{" in str(value)}
    places |= {"cookie"} if any("{" in str(value) for value in expected.get("cookies", {}).values()) else set()
    for name, value in request.headers:
        if name not in places and credential.is_in(value):
            yield ClientFlaw("token-in-header", f"the token stands in the header field `{name}`")
    if credential.is_in(unquote(request.path.decode("latin-1"))):
        yield ClientFlaw("token-in-query", "the token stands in the path, which logs and proxies keep")
    if credential.token.encode() in request.body:
        yield ClientFlaw("token-in-body", "the token stands in the body")
