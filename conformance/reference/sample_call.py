"""An example of a call, written for a shell and for people."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from shlex import quote as shell
from urllib.parse import quote

from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.samples import ordinary
from conformance.contract import Location, Operation, SecurityScheme

__all__ = ["sample_call"]


def sample_call(operation: Operation, url: str, token: str) -> str:
    """Return a command that makes the smallest valid call of an operation; whoever reads it names the files."""
    path, query, options = operation.path, "", []
    if operation.method not in ("GET", "POST"):
        options.append(f"-X {operation.method}")
    for location, name, value in (*_parameters(operation), *_credentials(operation, token)):
        if location == "path":
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif location == "query":
            query += f"{'&' if query else '?'}{quote(name, safe='')}={quote(value, safe='')}"
        elif location == "cookie":
            options.append(f"-b {shell(f'{name}={value}')}")
        else:
            options.append(f"-H {shell(f'{name}: {value}')}")
    return " \\\n  ".join([f"curl {shell(url + path + query)}", *options, *_body(operation)])


def _parameters(operation: Operation) -> Iterator[tuple[Location, str, str]]:
    for declared in operation.parameters:
        if declared.required:
            yield from ((declared.location, declared.name, part.value.decode()) for part in ordinary(declared, None))


def _credentials(operation: Operation, token: str) -> Iterator[tuple[Location, str, str]]:
    for scheme in operation.security[0] if operation.security else ():
        yield scheme.location, scheme.parameter, _credential(scheme, token)


def _credential(scheme: SecurityScheme, token: str) -> str:
    value = base64.b64encode(token.encode()).decode() if scheme.kind == "basic" else token
    return f"{scheme.word} {value}".strip()


def _body(operation: Operation) -> Iterator[str]:
    media = operation.media
    if media is None:
        return
    parts = [part for declared in media.inputs if declared.required for part in ordinary(declared, media.kind)]
    if media.kind == "multipart":
        yield from (_form_part(part) for part in parts)
        return
    yield f"-H {shell(f'Content-Type: {codec(media).content_type(media, Framing())}')}"
    if media.kind == "octets":
        yield "--data-binary @FILE"
    else:
        yield f"--data-raw {shell(codec(media).encode(media, parts, Framing()).decode())}"


def _form_part(part: Part) -> str:
    if part.filename is not None:
        return f"-F {part.name}=@FILE"
    text = f"{part.name}={part.value.decode()}"
    return f"-F {shell(f'{text};type={part.content_type}')}" if part.content_type else f"--form-string {shell(text)}"
