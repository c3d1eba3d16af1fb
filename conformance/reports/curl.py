"""Writes a request as one command for a POSIX shell, with the token in its variable."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from attrs import evolve

from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.requests import content_type_of, read_body
from conformance.bodies.troubles import MalformedBody
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Credentials, Place, PreparedRequest, Probe
from conformance.engine.sender import needs_http1
from conformance.engine.target import Target
from conformance.reports.shell import address_of, credential, named, network_options, octal, quoted

__all__ = ["HANDY", "LONGEST_BODY", "curl"]

HANDY = 500  # characters of a command that somebody still reads
_PERHAPS_HANDY = 4_000  # bytes of a form, most of which is what stands between its parts
LONGEST_BODY = 24_000  # in octal four times that, which is what one argument of a shell may hold
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]+")


def curl(target: Target, exchange: Exchange, writes: Callable[[Probe], bool], body_command: str) -> str:
    """Return the smallest command that sends the request again; the token stays in its variable.

    Args:
        target: that it was sent to.
        exchange: whose request is meant.
        writes: tells whether the command `body` can write the body of a probe.
        body_command: that command, but for the id.
    """
    probe = exchange.probe
    size = len(probe.request.body)
    handy = (form for form in _forms(target, probe) if len(form) <= HANDY) if size <= _PERHAPS_HANDY else iter(())
    shortest = next(handy, None)
    if shortest is not None:
        return shortest
    if size <= LONGEST_BODY and not writes(probe):
        return min(_forms(target, probe), key=len)
    written = f"{body_command} {quoted(probe.id)}"
    if probe.request.filler:
        return _filled(target, probe.request, written)
    return f"{written} > body && {_command(target, probe.request, '--data-binary @body')}"


def _filled(target: Target, request: PreparedRequest, body: str) -> str:
    """Return the command that sends what writes a body, and a filler behind it."""
    filler = f"head -c {request.filler} /dev/zero | tr '\\0' a"
    return f"{{ {body}; {filler}; }} | {_command(target, request, '--data-binary @-')}"


def _forms(target: Target, probe: Probe) -> Iterator[str]:
    """Yield the ways to write the command with the body in it, those first that are read best."""
    request = probe.request
    if not request.body:
        # Announced in chunks and without a body option, curl would never send the last chunk, and wait.
        yield _command(target, request, "--data-binary ''" if request.chunked else "")
        return
    if request.filler:
        yield _filled(target, request, f"printf {octal(request.body)}")
        return
    form = _form(probe)
    if form is not None:
        plain = tuple((name, value) for name, value in request.headers if name.lower() != "content-type")
        yield _command(target, evolve(request, headers=plain), form, typed=True)
    if _is_readable(request.body):
        yield _command(target, request, f"--data-raw {quoted(request.body.decode())}")
    yield f"printf {octal(request.body)} | {_command(target, request, '--data-binary @-')}"


def _form(probe: Probe) -> str | None:
    """Return curl's options for an ordinary form of short texts; None where the way it is written may matter."""
    request, operation = probe.request, probe.operation
    given = content_type_of(request.headers)
    try:
        media, parts = read_body(operation, given, request.body)
    except MalformedBody:
        return None
    plain = [evolve(part, headers=()) for part in parts]
    ordinary = codec(media)
    if media.kind != "multipart" or request.chunked or not all(_is_short_text(part) for part in plain):
        return None
    if given != ordinary.content_type(media, Framing()) or ordinary.encode(media, plain, Framing()) != request.body:
        return None
    return " ".join(f"--form-string {quoted(f'{part.name}={part.value.decode()}')}" for part in plain)


def _is_short_text(part: Part) -> bool:
    bare = part.filename is None and part.content_type is None and part.charset is None
    return bare and _NAME.fullmatch(part.name or "") is not None and (not part.value or _is_readable(part.value))


def _is_readable(data: bytes) -> bool:
    """Whether bytes can stand in a command as they are: one line of text."""
    return data.isascii() and data.decode().isprintable()


def _command(target: Target, request: PreparedRequest, body: str, *, typed: bool = False) -> str:
    """Return the command without what makes its input; `typed`: curl announces the body by itself, and rightly."""
    http2 = target.network.http2 and not needs_http1(request)
    words = ["curl -sS -i", *network_options(target, http2=http2)]
    if any(char in request.path for char in "[]{}"):
        words.append("--globoff")
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if body else "GET"):
        words.append(f"-X {quoted(request.method)}")
    address, option, headers = _with_credentials(target, request)
    words += [f"-H {_field(name, value)}" for name, value in headers]
    words += [f"-H {name}:" for name in request.omits]
    if body and not typed and content_type_of(request.headers) is None:
        words.append("-H Content-Type:")
    if request.chunked:
        words.append("-H 'Transfer-Encoding: chunked'")
    return " ".join([*words, *option, *([body] if body else []), address])


def _field(name: str, value: str) -> str:
    """Return a header field as one word of a shell; what is no ASCII stands as the octets that go over the wire."""
    written = f"{name}: {value}" if value else f"{name};"
    return quoted(written) if written.isascii() else f'"$(printf {octal(written.encode("latin-1", "replace"))})"'


Headers = tuple[tuple[str, str], ...]


def _with_credentials(target: Target, request: PreparedRequest) -> tuple[str, list[str], Headers]:
    """Return the address, the options that carry the credentials, and the headers that are left beside them."""
    address, options, headers = quoted(address_of(target, request.path)), [], request.headers
    joint = "&" if "?" in request.path else "?"
    cookies: list[str] = []
    taken = {name.lower() for name in request.omits} | {name.lower() for name, _ in request.headers}
    taken |= {place.name.lower() for place, _ in _places(request.credentials) if place.location == "header"}
    for user in target.network.headers:
        if user.name.lower() == "cookie":
            cookies.append(named(user.variable))
        elif user.name.lower() not in taken:
            options.append(f"-H {named(user.variable, f'{user.name}: ')}")
    for place, credentials in _places(request.credentials):
        if place.location == "query":
            address += credential(target, credentials, f"{joint}{quote(place.name)}=")
            joint = "&"
        elif place.location == "cookie":
            cookies.append(credential(target, credentials, f"{place.name}="))
        elif not credentials.template:
            options.append(f"-H {quoted(f'{place.name};')}")
        else:
            options.append(f"-H {credential(target, credentials, f'{place.name}: ')}")
    if cookies:
        cookies = [quoted(value) for name, value in headers if name.lower() == "cookie"] + cookies
        headers = tuple(header for header in headers if header[0].lower() != "cookie")
        options.append("-H 'Cookie: '" + "'; '".join(cookies))
    return address, options, headers


def _places(credentials: Credentials) -> Iterator[tuple[Place, Credentials]]:
    """Yield each place that credentials are written into, with what is written there."""
    for place in credentials.elsewhere:
        yield place, Credentials(None, place.template)
    scheme = credentials.scheme
    if scheme is not None and credentials.template is not None:
        yield Place(scheme.location, scheme.parameter), credentials
