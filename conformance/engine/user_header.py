"""Header fields that a user adds to every request; their values are secrets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from attrs import field, frozen

from conformance.contract import Contract
from conformance.engine.probe import OVERRIDES
from conformance.errors import UsageError

__all__ = ["UserHeader", "is_literal", "moved", "read_headers"]

_WRITTEN = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?::[ \t]*(.*)|=(env|file):(.+))", re.DOTALL)
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOW = "write 'Name: value', Name=env:VARIABLE or Name=file:PATH"
_FRAMES = "it says where a message goes or where it ends, which probes write themselves"
_REFUSED = {
    **dict.fromkeys(
        (
            "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
            "transfer-encoding", "upgrade",
        ),
        _FRAMES,
    ),
    **dict.fromkeys(("content-type", "content-encoding", "accept"), "probes say themselves what they carry and want"),
    **dict.fromkeys(OVERRIDES, "it would make another request of every probe"),
    "proxy-authorization": "credentials for a proxy stand in --proxy http://user:password@host:port",
}  # fmt: skip


@frozen
class UserHeader:
    """One header field of every request.

    Attributes:
        variable: the shell variable that commands in reports read its value from.
    """

    name: str
    value: str = field(repr=False)
    variable: str


def is_literal(text: str) -> bool:
    """Tell whether the value itself stands in what a user wrote."""
    found = _WRITTEN.fullmatch(text)
    return found is None or found[2] is not None


def moved(text: str, folder: Path) -> str:
    """Return what was written in a file of a folder, its path being relative to that."""
    name, kind, path = text.partition("=file:")
    return f"{name}{kind}{folder.absolute() / Path(path).expanduser()}" if kind else text


def read_headers(texts: Iterable[str], contract: Contract) -> tuple[UserHeader, ...]:
    """Read header fields as users write them.

    Raises:
        UsageError: one is no header field, its value cannot be had, or probes write it themselves.
    """
    refused = {**_REFUSED, **_named_by(contract)}
    made: dict[str, UserHeader] = {}
    for text in texts:
        header = _read(text)
        reason = refused.get(header.name.lower())
        if reason is not None:
            raise UsageError(f"-H {header.name}: this header field cannot be added: {reason}")
        if header.name.lower() in made:
            raise UsageError(f"-H {header.name}: it is given twice; one request has it once")
        made[header.name.lower()] = header
    return tuple(made.values())


def _named_by(contract: Contract) -> dict[str, str]:
    """Return the names that the contract gives a meaning, each with the reason why nobody adds them."""
    found: dict[str, str] = {}
    for operation in contract.operations:
        for declared in operation.inputs:
            if declared.location == "header":
                found[declared.name.lower()] = "the contract declares it, and probes vary it"
        for scheme in (scheme for alternative in operation.security for scheme in alternative):
            if scheme.location != "query":
                name = "cookie" if scheme.location == "cookie" else scheme.parameter.lower()
                found[name] = "the credentials of the contract stand there; the token is given by its own option"
    return found


def _read(text: str) -> UserHeader:
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        shown = re.split(r"[:=\s]", text.strip(), maxsplit=1)[0]
        raise UsageError(f"-H {shown}…: this is no header field: {_HOW}")
    name, literal, kind, place = found.groups()
    if literal is not None:
        value, variable = literal, _variable(name)
    elif kind == "env":
        if not _NAME.fullmatch(place):
            raise UsageError(f"-H {name}=env:{place}: this is no name of a variable: {_HOW}")
        value, variable = os.environ.get(place, ""), place
        if not value:
            raise UsageError(f"-H {name}=env:{place}: the environment variable {place} is not set, or empty")
    else:
        value, variable = _content(name, Path(place)), _variable(name)
    value = value.strip()
    if not _VALUE.fullmatch(value):
        raise UsageError(f"-H {name}: its value is empty or has characters that a header field cannot carry")
    return UserHeader(name, value, variable)


def _variable(name: str) -> str:
    return "HEADER_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def _content(name: str, path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"-H {name}=file:{path}: the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"-H {name}=file:{path}: the file holds no text") from None
