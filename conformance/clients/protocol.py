"""The adapter protocol, version 1: JSON texts, one a line, over the adapter's standard input and output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from attrs import field, frozen

from conformance.bodies.strict_json import StrictJsonError, strict_json

__all__ = [
    "BYE",
    "PROTOCOL",
    "AdapterCall",
    "ClientName",
    "NonsenseError",
    "Said",
    "StaleError",
    "hello",
    "read_hello",
    "read_said",
]

PROTOCOL = 1
BYE: Mapping[str, Any] = {"type": "bye"}

SaidOutcome = Literal["value", "error", "unsupported"]
_OUTCOMES: tuple[SaidOutcome, ...] = get_args(SaidOutcome)
_EXCERPT = 160


class NonsenseError(Exception):
    """An adapter wrote something that the protocol does not have."""


class StaleError(NonsenseError):
    """An adapter answered a call that it had answered before."""


@frozen
class ClientName:
    """Which client an adapter drives."""

    name: str
    version: str = ""
    language: str = ""

    def __str__(self) -> str:
        spoken = f" ({self.language})" if self.language else ""
        return f"{self.name} {self.version}".strip() + spoken


@frozen
class AdapterCall:
    """One call that an adapter is asked to make.

    Attributes:
        arguments: by their place (path, query, header, body), as the vector has them.
        timeout: seconds that the client itself may take.
    """

    id: int
    base_url: str
    token: str = field(repr=False)
    timeout: float
    operation: str
    helper: str | None
    arguments: Mapping[str, Any] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the message."""
        return {
            "type": "call",
            "id": self.id,
            "base_url": self.base_url,
            "token": self.token,
            "timeout": self.timeout,
            "operation": self.operation,
            "helper": self.helper,
            "arguments": self.arguments,
        }


@frozen
class Said:
    """What an adapter says that its client made of a call.

    Attributes:
        value: what the call returned, by the names of the wire.
        error: what was raised: `kind`, `status`, `code`, `message`, `request_id`, `ambiguous`, `repeats`.
        why: the client cannot make this call.
    """

    outcome: SaidOutcome
    value: Any = field(default=None, repr=False)
    error: Mapping[str, Any] = field(factory=dict, repr=False)
    request_id: str | None = None
    why: str = ""


def hello(title: str, version: str) -> dict[str, Any]:
    """Return the message that opens a conversation about a contract."""
    return {"type": "hello", "protocol": PROTOCOL, "contract": {"title": title, "version": version}}


def read_hello(line: bytes) -> ClientName:
    """Read the answer to the first message.

    Raises:
        NonsenseError: it is something else.
    """
    message = _message(line, "hello")
    if message.get("protocol") != PROTOCOL:
        raise NonsenseError(f"speaks protocol {json.dumps(message.get('protocol'))}, and this judge {PROTOCOL}")
    client = message.get("client")
    if not isinstance(client, dict) or not isinstance(client.get("name"), str) or not client["name"]:
        raise NonsenseError('named no client: `"client": {"name": …, "version": …, "language": …}`')
    return ClientName(*(str(client.get(name) or "") for name in ("name", "version", "language")))


def read_said(line: bytes, number: int) -> Said:
    """Read the answer to a call.

    Raises:
        StaleError: it answers an earlier call, once more.
        NonsenseError: it is something else.
    """
    message = _message(line, "result")
    found = message.get("id")
    if type(found) is int and 0 < found < number:
        raise StaleError(f"answered the call {found} twice")
    if type(found) is not int or found != number:
        raise NonsenseError(f"answered the call {json.dumps(found)}, and was asked {number}")
    outcome = next((known for known in _OUTCOMES if known == message.get("outcome")), None)
    if outcome is None:
        raise NonsenseError(f"gave the outcome {json.dumps(message.get('outcome'))}; there are {', '.join(_OUTCOMES)}")
    if outcome == "value" and "value" not in message:
        raise NonsenseError("gave a value without `value`")
    error = message.get("error") if outcome == "error" else {}
    if not isinstance(error, dict) or (outcome == "error" and not isinstance(error.get("kind"), str)):
        raise NonsenseError('gave an error without `"error": {"kind": …}`')
    request_id = message.get("request_id")
    if request_id is not None and not isinstance(request_id, str):
        raise NonsenseError("gave a `request_id` that is no text")
    return Said(outcome, message.get("value"), error, request_id, str(message.get("why") or ""))


def _message(line: bytes, kind: str) -> dict[str, Any]:
    try:
        message = strict_json(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise NonsenseError(f"wrote a line that is not UTF-8: {_shown(line)}") from None
    except StrictJsonError as error:
        raise NonsenseError(f"wrote a line that {error}: {_shown(line)}") from None
    if not isinstance(message, dict) or message.get("type") != kind:
        raise NonsenseError(f'wrote something else than `{{"type": "{kind}", …}}`: {_shown(line)}')
    return message


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace").strip()
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
