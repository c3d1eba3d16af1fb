"""Writes a request as one shell command, with the token in its variable."""

from __future__ import annotations

import shlex
from urllib.parse import quote

from conformance.engine.exchange import Exchange
from conformance.engine.probe import Credentials, Place, PreparedRequest
from conformance.engine.target import Target

__all__ = ["LONGEST_BODY", "curl"]

LONGEST_BODY = 24_000  # in octal four times that, which is what one argument of a shell may hold


def curl(target: Target, exchange: Exchange, longest: int = LONGEST_BODY) -> str:
    """Return one shell command that sends the request again; the token stays in its variable.

    A body of more than `longest` bytes is made by the command `body`.
    """
    request = exchange.probe.request
    words = ["curl", "-sS", "-i"]
    if any(char in request.path for char in "[]{}"):
        words.append("--globoff")
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET" or request.body:
        words += ["-X", request.method]
    for name, value in request.headers:
        words += ["-H", shlex.quote(f"{name}: {value}")]
    words += [f"-H {name}:" for name in _omitted(request)]
    if request.chunked:
        words += ["-H", shlex.quote("Transfer-Encoding: chunked")]
    address, option = _with_credentials(target, request.path, request.credentials)
    command = " ".join(words) + option
    if request.body:
        command += " --data-binary @-"
    command += f" {address}"
    if not request.body:
        return command
    body = f"printf -- '{_octal(request.body)}'"
    if len(request.body) > longest:
        body = f"videos-conformance body {shlex.quote(exchange.probe.id)}"
    if request.filler:
        body = f"{{ {body}; head -c {request.filler} /dev/zero | tr '\\0' a; }}"
    return f"{body} | {command}"


def _omitted(request: PreparedRequest) -> tuple[str, ...]:
    """Return the header fields that curl would send of its own accord and the request does not."""
    typed = any(name.lower() == "content-type" for name, _ in request.headers)
    return request.omits if typed or not request.body else (*request.omits, "Content-Type")


def _with_credentials(target: Target, path: str, credentials: Credentials) -> tuple[str, str]:
    """Return the address, and the options that carry the credentials where the address does not."""
    address, options = shlex.quote(target.address(path)), ""
    places = [(place, place.template, "as-is") for place in credentials.elsewhere]
    scheme = credentials.scheme
    if scheme is not None and credentials.template is not None:
        own = Place(scheme.location, scheme.parameter)
        places.append((own, credentials.template, credentials.transform))
    cookies = []
    for place, template, transform in places:
        token = _token(target.token_env, transform)
        basic = f"$(printf %s {token} | base64 | tr -d '\\n')"
        value = _quoted(template).replace("{basic}", basic).replace("{token}", token)
        if place.location == "query":
            joint = "&" if "?" in address else "?"
            address += f'{shlex.quote(f"{joint}{quote(place.name)}=")}"{value}"'
        elif place.location == "cookie":
            cookies.append(f"{place.name}={value}")
        else:
            options += f' -H "{place.name}: {value}"'
    return address, options + (f' -H "Cookie: {"; ".join(cookies)}"' if cookies else "")


def _quoted(template: str) -> str:
    """Write a template, whose characters are bytes, as it stands within double quotes of a shell."""
    text = template.encode("latin-1").decode("utf-8", "surrogateescape")
    return "".join(f"\\{char}" if char in '"\\$`' else char for char in text)


def _token(name: str, transform: str) -> str:
    """Return what a shell puts in place of the token, or of what is made of it."""
    return {
        "cut": f"${{{name}%?}}",
        "extended": f"${{{name}}}x",
        "first-half": f"${{{name}:0:$((${{#{name}}}/2))}}",
        "other-case": f"${{{name}~~}}",
        "last-changed": f"${{{name}%?}}x",
        "spaced": f"${{{name}:0:$((${{#{name}}}/2))}} ${{{name}:$((${{#{name}}}/2))}}",
    }.get(transform, f"${name}")


def _octal(data: bytes) -> str:
    """Write bytes for printf: what is safe as itself, the rest in octal."""
    return "".join(
        {13: "\\r", 10: "\\n"}.get(byte) or (chr(byte) if 32 <= byte < 127 and byte not in b"%\\'" else f"\\{byte:03o}")
        for byte in data
    )
