"""Writes a request as one shell command, with the token in its variable."""

from __future__ import annotations

import shlex
from urllib.parse import quote

from conformance.engine.exchange import Exchange
from conformance.engine.probe import Credentials
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
    elif request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers:
        words += ["-H", shlex.quote(f"{name}: {value}")]
    if request.chunked:
        words += ["-H", shlex.quote("Transfer-Encoding: chunked")]
    address, option = _with_credentials(target, request.path, request.credentials)
    command = " ".join(words) + option
    if request.body:
        command += " --data-binary @-"
    command += f" {address}"
    if not request.body:
        return command
    if len(request.body) > longest:
        return f"videos-conformance body {shlex.quote(exchange.probe.id)} | {command}"
    return f"printf -- '{_octal(request.body)}' | {command}"


def _with_credentials(target: Target, path: str, credentials: Credentials) -> tuple[str, str]:
    """Return the address, and the option that carries the credentials where the address does not."""
    address, scheme = target.address(path), credentials.scheme
    if scheme is None or credentials.template is None:
        return shlex.quote(address), ""
    token = _token(target.token_env, credentials.transform)
    basic = f"$(printf %s {token} | base64 | tr -d '\\n')"
    value = credentials.template.replace("{basic}", basic).replace("{token}", token)
    if scheme.location == "query":
        joint = "&" if "?" in path else "?"
        return f'{shlex.quote(f"{address}{joint}{quote(scheme.parameter)}=")}"{value}"', ""
    if scheme.location == "cookie":
        return shlex.quote(address), f' -H "Cookie: {scheme.parameter}={value}"'
    return shlex.quote(address), f' -H "{scheme.parameter}: {value}"'


def _token(name: str, transform: str) -> str:
    """Return what a shell puts in place of the token, or of what is made of it."""
    return {
        "cut": f"${{{name}%?}}",
        "extended": f"${{{name}}}x",
        "first-half": f"${{{name}:0:$((${{#{name}}}/2))}}",
        "other-case": f"${{{name}~~}}",
        "last-changed": f"${{{name}%?}}x",
    }.get(transform, f"${name}")


def _octal(data: bytes) -> str:
    """Write bytes for printf: what is safe as itself, the rest in octal."""
    return "".join(
        {13: "\\r", 10: "\\n"}.get(byte) or (chr(byte) if 32 <= byte < 127 and byte not in b"%\\'" else f"\\{byte:03o}")
        for byte in data
    )
