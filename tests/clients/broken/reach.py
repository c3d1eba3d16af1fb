"""What each broken client has to fail: the vectors that its one mistake shows in, and no other."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.bodies.strict_json import StrictJsonError, strict_json
from conformance.clients.boundaries import COLLISION
from conformance.contract import Contract
from conformance.vectors import GivenAnswer, Vector

__all__ = ["FAMILIES", "REACH"]

Reach = Callable[[Contract, Vector], bool]


def _body(vector: Vector) -> Mapping[str, Any]:
    given = vector.call.arguments.get("body")
    return given if isinstance(given, Mapping) and vector.expect.request is not None else {}


def _items(vector: Vector) -> Iterator[Any]:
    """Yield what parts are made of."""
    for value in _body(vector).values():
        yield from value if isinstance(value, list) else (value,)


def _texts(vector: Vector) -> Iterator[str]:
    """Yield the texts of a call, in whichever place."""
    if vector.expect.request is not None:
        places = (vector.call.arguments.get(name, {}) for name in ("path", "query", "header", "cookie"))
        yield from (value for place in places for value in place.values() if isinstance(value, str))
        yield from (item for item in _items(vector) if isinstance(item, str))


def _files(vector: Vector) -> Iterator[Mapping[str, Any]]:
    yield from (item["$file"] for item in _items(vector) if isinstance(item, dict) and "$file" in item)


def _objects(vector: Vector) -> Iterator[Any]:
    yield from (item for item in _items(vector) if isinstance(item, dict | list) and "$file" not in item)


def _lists(vector: Vector) -> Iterator[list[Any]]:
    yield from (value for value in _body(vector).values() if isinstance(value, list))


def _parts(vector: Vector) -> Iterator[Mapping[str, Any]]:
    """Yield the parts that are expected; of several ways to write a list, those of the first."""
    body = (vector.expect.request or {}).get("body") or {}
    for part in body.get("parts", ()):
        yield from part["any_of"][0] if "any_of" in part else (part,)


def _answer(vector: Vector) -> Any:
    """Return what the last answer says as JSON."""
    return (vector.given[-1].body or {}).get("json") if vector.given else None


def _is_value(vector: Vector) -> bool:
    return vector.expect.outcome == ("value",)


def _is_json(text: str) -> bool:
    try:
        strict_json(text)
    except StrictJsonError:
        return False
    return True


def _is_text(file: Mapping[str, Any]) -> bool:
    data = base64.b64decode(file["base64"])
    return data.decode("utf-8", "replace").encode() == data


def _is_form(vector: Vector) -> bool:
    return bool((vector.expect.request or {}).get("body"))


def _is_last_field(contract: Contract, vector: Vector) -> bool:
    optional = [field.name for field in contract.operation(vector.call.operation).fields if not field.required]
    return bool(optional) and _body(vector).get(optional[-1], []) != []


def _leaves_a_field_out(contract: Contract, vector: Vector) -> bool:
    names = {field.name for field in contract.operation(vector.call.operation).fields}
    return _is_form(vector) and bool(names - {part["name"] for part in _parts(vector)})


def _goes_elsewhere(vector: Vector) -> bool:
    return any("{elsewhere}" in value for given in vector.given for _, value in given.headers)


def _is_unlisted(contract: Contract, vector: Vector) -> bool:
    schema, value = contract.operation(vector.call.operation).success.schema, _answer(vector)
    for name, member in schema.properties.items() if schema is not None and isinstance(value, dict) else ():
        known = member.lifecycle.stages if member.lifecycle else member.enum
        if known and name in value and value[name] not in known:
            return vector.call.helper is None and _is_value(vector)
    return False


def _has_more(contract: Contract, vector: Vector) -> bool:
    schema, value = contract.operation(vector.call.operation).success.schema, _answer(vector)
    known = schema.properties if schema is not None else {}
    return _is_value(vector) and isinstance(value, dict) and bool(known) and bool(value.keys() - known.keys())


def _stages(contract: Contract, vector: Vector) -> list[str | None]:
    """Return the stages that the looks at a job show; None where they show none."""
    found: list[str | None] = []
    member = contract.operation(vector.call.operation).success.by_role("status")
    for given in vector.given:
        value = member.read((given.body or {}).get("json"))[1] if member is not None else None
        life = member.lifecycle if member is not None else None
        found.append(life.stages.get(value) if life is not None and isinstance(value, str) else None)
    return found


def _stays_unknown(contract: Contract, vector: Vector) -> bool:
    given = vector.given[-1:]
    is_answer = bool(given) and given[0].status == 200 and vector.call.helper is not None
    return is_answer and _stages(contract, vector)[-1] is None


def _is_full_before_its_end(contract: Contract, vector: Vector) -> bool:
    """Whether a look at a job that goes on shows all of its progress."""
    member = contract.operation(vector.call.operation).success.by_role("progress")
    if member is None or vector.call.helper is None:
        return False
    looks = zip(_stages(contract, vector), vector.given, strict=True)
    return any(
        stage not in ("succeeded", "failed") and member.read((given.body or {}).get("json"))[1] == 100
        for stage, given in looks
    )


def _has_spaces_around(_: Contract, vector: Vector) -> bool:
    value = _answer(vector)
    texts = [member for member in value.values() if isinstance(member, str)] if isinstance(value, dict) else []
    return _is_value(vector) and any(text != text.strip() for text in texts)


def _is_once_unknown(contract: Contract, vector: Vector) -> bool:
    refused = any(given.status in (400, 401, 403, 404) for given in vector.given)
    return vector.call.helper is not None and not refused and None in _stages(contract, vector)


def _is_other_success(contract: Contract, vector: Vector) -> bool:
    status = vector.given[0].status if vector.given else None
    success = contract.operation(vector.call.operation).success.status
    return status is not None and 200 <= status < 300 and status != success and _is_value(vector)


def _is_no_json_and_no_success(contract: Contract, vector: Vector) -> bool:
    is_read = contract.operation(vector.call.operation).method == "GET"
    for given in vector.given:
        fields = {name.lower(): value for name, value in given.headers}
        kind = fields.get("content-type", "json" if "json" in (given.body or {}) else "")
        followed = is_read and "location" in fields
        whole = given.status is not None and given.cut is None
        if whole and not followed and not 200 <= (given.status or 0) < 300 and "json" not in kind:
            return True
    return False


def _is_followed(contract: Contract, vector: Vector) -> bool:
    is_read = contract.operation(vector.call.operation).method == "GET"
    return is_read and any(name.lower() == "location" for name, _ in vector.given[0].headers)


def _is_told_by_its_status(contract: Contract, vector: Vector) -> bool:
    if not vector.given:
        return False
    if vector.call.helper is not None:
        return vector.given[-1].status in (400, 401, 403, 404)
    has_status = (vector.expect.error or {}).get("status") is not None and (vector.given[0].status or 0) >= 300
    return has_status and not _is_followed(contract, vector)


def _is_in_milliseconds(_: Contract, vector: Vector) -> bool:
    if not vector.given or not vector.expect.times or "value" not in vector.expect.outcome:
        return False
    body = vector.given[-1].body or {}
    text = base64.b64decode(body["base64"]).decode("utf-8", "replace") if "base64" in body else f"{body}"
    return (vector.given[0].status or 500) < 400 and re.search(r"\d{13}", text) is not None


def _allows_one(vector: Vector) -> bool:
    return vector.expect.requests is not None and vector.expect.requests.max == 1


def _asks_to_come_back(given: GivenAnswer) -> bool:
    return given.status == 503 and any(name == "retry-after" for name, _ in given.headers)


REACH: Mapping[str, Reach] = {
    "honest": lambda *_: False,
    "fixed-boundary": lambda _, vector: vector.id.endswith(COLLISION),
    "no-filename": lambda _, vector: any(_files(vector)),
    "json-for-a-form": lambda _, vector: _is_form(vector),
    "indexed-lists": lambda _, vector: any(_lists(vector)),
    "joined-lists": lambda _, vector: any(
        len(items) != 1 and all(isinstance(item, str) for item in items) for items in _lists(vector)
    ),
    "object-object": lambda _, vector: any(True for _ in _objects(vector)),
    "python-for-json": lambda _, vector: not all(_is_json(str(value)) for value in _objects(vector)),
    "latin-1": lambda _, vector: any(isinstance(item, str) and not item.isascii() for item in _items(vector)),
    "drops-a-field": _is_last_field,
    "drops-what-is-falsy": lambda _, vector: any(not one and one != [] for one in _body(vector).values()),
    "adds-defaults": _leaves_a_field_out,
    "trims-text": lambda _, vector: any(text != text.strip() for text in _texts(vector)),
    "rewrites-line-ends": lambda _, vector: any(re.sub("\r\n?|\n", "\r\n", text) != text for text in _texts(vector)),
    "byte-order-mark": lambda _, vector: any(isinstance(item, str) for item in _items(vector)),
    "floats-for-integers": lambda _, vector: any(type(item) is int for item in _items(vector)),
    "unlabelled-parts": lambda _, vector: any(
        part.get("content_type") and None not in part["content_type"] for part in _parts(vector)
    ),
    "renames-files": lambda _, vector: any(isinstance(part.get("filename"), str | list) for part in _parts(vector)),
    "one-type-for-files": lambda _, vector: any(
        file.get("content_type", "image/png") != "image/png" for file in _files(vector)
    ),
    "short-files": lambda _, vector: any(len(base64.b64decode(file["base64"])) > 65536 for file in _files(vector)),
    "files-as-text": lambda _, vector: not all(map(_is_text, _files(vector))),
    "path-unescaped": lambda _, vector: any(
        text in ("", ".", "..") or re.search("[/%?# ]", text) is not None
        for text in vector.call.arguments.get("path", {}).values()
        if isinstance(text, str)
    ),
    "token-in-query": lambda _, vector: vector.expect.request is not None,
    "no-credentials": lambda _, vector: vector.expect.request is not None,
    "token-to-another-host": lambda contract, vector: (
        _goes_elsewhere(vector) and contract.operation(vector.call.operation).method == "GET"
    ),
    "follows-with-a-form": lambda contract, vector: (
        _goes_elsewhere(vector)
        and contract.operation(vector.call.operation).method != "GET"
        and vector.given[0].status in (307, 308)
    ),
    "retries-errors": lambda _, vector: _allows_one(vector) and any((one.status or 0) >= 500 for one in vector.given),
    "retries-when-asked": lambda _, vector: _allows_one(vector) and any(map(_asks_to_come_back, vector.given)),
    "retries-cuts": lambda _, vector: _allows_one(vector) and any(one.cut is not None for one in vector.given),
    "retries-silence": lambda _, vector: _allows_one(vector) and any(one.silent for one in vector.given),
    "closed-enum": _is_unlisted,
    "closed-objects": _has_more,
    "waits-for-ever": _stays_unknown,
    "takes-unknown-for-done": _is_once_unknown,
    "only-200": _is_other_success,
    "seconds-only": _is_in_milliseconds,
    "never-tires": lambda _, vector: (
        bool(vector.given)
        and (vector.expect.requests is not None and vector.expect.requests.max < 31 and vector.given[-1].status == 429)
    ),
    "dies-of-html": _is_no_json_and_no_success,
    "loses-the-request-id": lambda _, vector: (
        vector.expect.request_id is not None or (vector.expect.error or {}).get("request_id") is not None
    ),
    "loses-the-code": lambda _, vector: (vector.expect.error or {}).get("code") is not None,
    "trims-answers": _has_spaces_around,
    "takes-full-progress-for-done": _is_full_before_its_end,
    "loses-the-status": _is_told_by_its_status,
    "fills-what-is-absent": lambda _, vector: (
        _is_value(vector)
        and isinstance(_answer(vector), dict)
        and any(name not in _answer(vector) for name in vector.expect.absent)
    ),
}
"""By the name of a client, whether a vector has to fail."""

_ERRORS = (
    "client/answer/code", "client/answer/coding", "client/answer/error", "client/answer/hidden-refusal",
    "client/answer/media-type", "client/answer/reason", "client/answer/redirect-unfollowed", "client/answer/request-id",
    "client/answer/undecodable", "client/money/*", "client/wait/refused",
)  # fmt: skip
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "status-unseen": (*_ERRORS, "client/answer/bytes", "client/answer/framing"),
    "shows-the-token": (*_ERRORS, "client/answer/cut", "client/answer/redirect-token"),
}
"""By the name of a client whose mistake shows wherever there is an error, globs of what has to fail."""
