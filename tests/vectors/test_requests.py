"""Vectors of requests say what is right: what two writers make of a call is what they expect, and servers take it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from attrs import evolve

from conformance.contract import Contract, load
from conformance.reference import ReferenceServer
from conformance.vectors import Vector, VectorCall
from tests.vectors.matching import differences
from tests.vectors.sending import OPEN, problems, sendable
from tests.vectors.writing import TOKEN, SentBytes, Writer, by_hand, by_httpx


@pytest.mark.parametrize("write", [by_httpx, by_hand], ids=["httpx", "by-hand"])
def test_two_writers_make_what_is_expected(contract: Contract, write: Writer) -> None:
    """Neither knows the expectation: it is right, or both are wrong in the same way as it is."""
    wrong = {
        vector.id: found
        for vector in sendable(contract)
        if (
            found := differences(
                contract.operation(vector.call.operation), vector.expect.request or {}, write(contract, vector.call)
            )
        )
    }
    assert wrong == {}


def test_what_is_expected_is_valid(contract: Contract) -> None:
    """Read by the codec that judges servers, every request is one that the contract allows and advises."""
    bad = {}
    for vector in sendable(contract):
        found = problems(contract.operation(vector.call.operation), by_httpx(contract, vector.call))
        if vector.requirement not in OPEN and found:
            bad[vector.id] = found
    assert bad == {}


def test_a_correct_server_takes_what_is_expected(contract: Contract) -> None:
    """The reference server carries out every request, or finds nothing wrong in it but that it names nothing."""
    refused = {}
    with ReferenceServer(contract, token=TOKEN) as server, httpx.Client(base_url=server.url, trust_env=False) as http:
        for vector in sendable(contract):
            sent = by_httpx(contract, vector.call)
            answer = http.request(sent.method, sent.target, headers=list(sent.headers), content=sent.body)
            names_nothing = answer.status_code == 404 and "path" in vector.call.arguments
            if vector.requirement not in OPEN and not answer.is_success and not names_nothing:
                refused[vector.id] = answer.text
        assert server.defects == ()
    assert refused == {}


def _texts(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """A way to spoil every text of a body."""
    return lambda body: {name: change(value) if isinstance(value, str) else value for name, value in body.items()}


def _of(kind: type, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda body: {name: change(value) if isinstance(value, kind) else value for name, value in body.items()}


SPOILT: Mapping[str, Callable[[Any], Any]] = {
    "composed": _texts(lambda text: unicodedata.normalize("NFC", text)),
    "decomposed": _texts(lambda text: unicodedata.normalize("NFD", text)),
    "compatible": _texts(lambda text: unicodedata.normalize("NFKC", text)),
    "trimmed": _texts(str.strip),
    "line-ends": _texts(lambda text: text.replace("\r\n", "\n")),
    "latin-1": _texts(lambda text: text.encode("latin-1", "replace").decode("latin-1")),
    "escaped": _texts(lambda text: json.dumps(text)[1:-1]),
    "cut-at-a-buffer": _texts(lambda text: text.encode()[:65536].decode(errors="ignore")),
    "empty-dropped": lambda body: {name: value for name, value in body.items() if value not in ("", {})},
    "zero-dropped": lambda body: {name: value for name, value in body.items() if value != 0},
    "one-dropped": lambda body: dict(list(body.items())[:-1]) if len(body) > 2 else body,
    "float-numbers": _of(int, float),
    "printed-objects": _of(dict, lambda value: value if "$file" in value else "[object Object]"),
    "nulls-dropped": _of(dict, lambda value: {key: each for key, each in value.items() if each is not None}),
    "lists-joined": _of(list, lambda value: ",".join(map(str, value))),
    "items-sorted-and-unique": _of(list, lambda value: value[:1] if len(value) > 1 and value[0] == value[1] else value),
    "file-as-text": _of(dict, lambda value: "file" if "$file" in value else value),
    "filename-dropped": _of(dict, lambda value: _without(value, "filename")),
    "type-dropped": _of(dict, lambda value: _without(value, "content_type")),
    "extra-field": lambda body: {**body, next(iter(reversed(body))) + "[]": "a"},
}


def _without(value: Any, key: str) -> Any:
    """A file without one of the things that its caller said."""
    if "$file" not in value:
        return value
    return {"$file": {name: said for name, said in value["$file"].items() if name != key}}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_clients_do_wrong_is_not_as_expected(spoil: Callable[[Any], Any]) -> None:
    """Each mistake shows in a vector, though most vectors do not meet it."""
    contract = load()
    found = [vector.id for vector in sendable(contract) for _ in _spoilt(contract, vector, spoil)]
    assert found
    assert len(found) < len(sendable(contract))


def _spoilt(contract: Contract, vector: Vector, spoil: Callable[[Any], Any]) -> Iterator[str]:
    body = vector.call.arguments.get("body")
    operation = contract.operation(vector.call.operation)
    if not isinstance(body, dict) or "$file" in body:
        return
    try:
        sent = _unchecked(contract, vector.call, spoil(body))
    except AssertionError:
        yield "another name"
        return
    yield from differences(operation, vector.expect.request or {}, sent)[:1]


def _unchecked(contract: Contract, call: VectorCall, body: Any) -> SentBytes:
    return by_httpx(contract, evolve(call, arguments={**call.arguments, "body": body}))
