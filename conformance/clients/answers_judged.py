"""Holds what an adapter says that its client understood against what a vector expects."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.clients.flaw import ClientFlaw
from conformance.clients.likeness import differences, same_json
from conformance.clients.protocol import Said
from conformance.vectors import Expectation, Vector

__all__ = ["outcome_flaws", "said_shortly"]

_EXCERPT = 160
_NEARLY = 0.0015
_MILLISECONDS = 1000


def outcome_flaws(vector: Vector, said: Said, repeats: int) -> Iterator[ClientFlaw]:
    """Yield what is wrong with what a client reports; `repeats` is how often it has sent its request again."""
    expect = vector.expect
    if expect.outcome and said.outcome not in expect.outcome:
        wanted = " or ".join(expect.outcome)
        yield ClientFlaw(
            f"outcome-{expect.outcome[0]}", f"reported {said_shortly(said)}, and should report {_a(wanted)}"
        )
    elif said.outcome == "value":
        yield from _value(expect, said)
        yield from _times(vector, said)
        if expect.request_id is not None and said.request_id != expect.request_id:
            yield _other_request_id(said.request_id, expect.request_id)
    elif expect.error is not None:
        yield from _error(expect.error, said, repeats)


def said_shortly(said: Said) -> str:
    """Return what an adapter says in a few words."""
    if said.outcome == "unsupported":
        return f"that it cannot do this: {said.why}"
    if said.outcome == "value":
        return f"the value {_short(said.value)}"
    words = [f"{name} {_short(said.error[name])}" for name in ("status", "message") if said.error.get(name) is not None]
    return f"the error {', '.join([str(said.error.get('kind')), *words])}"


def _value(expect: Expectation, said: Said) -> Iterator[ClientFlaw]:
    wanted = expect.value
    if isinstance(wanted, Mapping) and "$file" in wanted:
        yield from _file(wanted["$file"], said.value)
        return
    if wanted is not None:
        for path, value, found in differences(wanted, said.value):
            name = f"`{path}`" if path else "the value"
            kind = "value-missing" if found is None and value is not None else "value"
            yield ClientFlaw(kind, f"{name} is reported as {_short(found)}, and should be {_short(value)}")
    for name in expect.absent:
        found = said.value.get(name) if isinstance(said.value, Mapping) else None
        if found is not None:
            yield ClientFlaw("absent", f"`{name}` is reported as {_short(found)}, and the answer has none")


def _file(wanted: Mapping[str, Any], value: Any) -> Iterator[ClientFlaw]:
    given = value.get("$file") if isinstance(value, Mapping) else None
    try:
        data = base64.b64decode(given["base64"], validate=True) if isinstance(given, Mapping) else None
    except (KeyError, TypeError, binascii.Error):
        data = None
    if data is None:
        yield ClientFlaw("file-result", f'reported {_short(value)}, and should report {{"$file": {{"base64": …}}}}')
    elif "base64" in wanted:
        if data != base64.b64decode(wanted["base64"]):
            yield ClientFlaw("file-result", f"the {len(data)} bytes are others than those that were sent")
    elif len(data) != wanted["size"] or hashlib.sha256(data).hexdigest() != wanted["sha256"]:
        yield ClientFlaw("file-result", f"got {len(data)} bytes, and {wanted['size']} others were sent")


def _times(vector: Vector, said: Said) -> Iterator[ClientFlaw]:
    for name, seconds in (vector.expect.times or {}).items():
        found = said.value.get(name) if isinstance(said.value, Mapping) else None
        if not _is_time(found, seconds) and not any(same_json(found, raw) for raw in _as_answered(vector, name)):
            yield ClientFlaw("time", f"`{name}` is reported as {_short(found)}, and is {_iso(seconds)}")


def _as_answered(vector: Vector, name: str) -> Iterator[Any]:
    """Yield a member as the answers of a vector have it, as far as they can be read."""
    for given in vector.given:
        body = given.body or {}
        data = str(body["text"]).encode() if "text" in body else base64.b64decode(body.get("base64", ""))
        try:
            value = body["json"] if "json" in body else json.loads(data.decode("utf-8-sig"))
        except ValueError:
            continue
        if isinstance(value, Mapping) and name in value:
            yield value[name]


def _is_time(found: Any, seconds: float) -> bool:
    if isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            return False
        return abs(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - seconds) < _NEARLY
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found - seconds) < _NEARLY


def _iso(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return f"{seconds} seconds after 1970"


def _error(wanted: Mapping[str, Any], said: Said, repeats: int) -> Iterator[ClientFlaw]:
    found = said.error
    kinds = wanted.get("kind")
    allowed = kinds if isinstance(kinds, list) else [kinds]
    if kinds is not None and found.get("kind") not in allowed:
        given = said_shortly(said)
        yield ClientFlaw("error-kind", f"reported {given}, and should report the kind {' or '.join(map(str, allowed))}")
        return
    for name in ("status", "code"):
        if wanted.get(name) is not None and found.get(name) != wanted[name]:
            yield ClientFlaw(
                f"error-{name}", f"the {name} is reported as {_short(found.get(name))}, and is {wanted[name]}"
            )
    if wanted.get("request_id") is not None and wanted["request_id"] not in (found.get("request_id"), said.request_id):
        yield _other_request_id(found.get("request_id"), wanted["request_id"])
    message = wanted.get("message")
    if message is not None and message not in str(found.get("message")):
        yield ClientFlaw("error-message", f"the message {_short(found.get('message'))} does not have {_short(message)}")
    if wanted.get("ambiguous") is not None and found.get("ambiguous") is not wanted["ambiguous"]:
        sure = "is unknown" if wanted["ambiguous"] else "is known"
        yield ClientFlaw(
            "ambiguous", f"`ambiguous` is {_short(found.get('ambiguous'))}; whether something was made {sure}"
        )
    if wanted.get("repeats") and (found.get("repeats") or 0) != repeats:
        yield ClientFlaw(
            "repeats", f"`repeats` is {_short(found.get('repeats'))}, and it was sent again {repeats} times"
        )


def _other_request_id(found: Any, wanted: str) -> ClientFlaw:
    return ClientFlaw("request-id", f"the request id is reported as {_short(found)}, and is {wanted}")


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
