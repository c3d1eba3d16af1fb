"""What the server takes and what it refuses, field by field, by the contract alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.violations import UNLISTED
from conformance.contract import Contract, load
from tests.reference.caller import PNG, Caller, create_of, example, fields_of, minimal, problems, value_of

CREATE = create_of(load())
FIELDS = {field.name: field for field in CREATE.fields}
FORMS = {f"{way.field.name}-{way.kind}": way for field in CREATE.fields for way in representations(field, "multipart")}
SINGLE = [field.name for field in CREATE.fields if field.schema.types != {"array"}]


UNREADABLE, FORBIDDEN = 400, 422


def _broken() -> Iterator[tuple[str, Part, int]]:
    """Yield one part for each way in which a field's value can be wrong, and how it is refused."""
    for field in CREATE.fields:
        kind = "/".join(branch_type for branch in field.branches for branch_type in branch.types)
        items = field.schema.items
        unreadable = {
            "integer": ["", "x", "1.5", "1e400", "0x10", "1 2", "٣", "+1", "1.0", "01", "9" * 400],
            "object": ["", "x", "NaN", '{"a":', '{"a":1,"a":2}', "[" * 100_000, '{"a":"\\ud800"}'],
            "array": ["x"] if items is not None and items.types == {"object"} else [],
        }
        forbidden = {
            "object": ["[]", "1", "null"],
            "array": ["[1]", '[{}, "x"]', "null"] if items is not None and items.types == {"object"} else [],
        }
        for texts, status in ((unreadable, UNREADABLE), (forbidden, FORBIDDEN)):
            for text in texts.get(kind, []):
                yield f"{field.name}-{text[:12]!r}", Part(field.name, text.encode()), status
        if field.schema.enum:
            unlisted = UNLISTED if "string" in field.schema.types else str(max(map(int, field.schema.enum)) + 1)
            yield f"{field.name}-unlisted", Part(field.name, unlisted.encode()), FORBIDDEN
        if not field.schema.is_file:
            yield f"{field.name}-utf-8", Part(field.name, b"\xff\xfe"), UNREADABLE
        if "minLength" in (field.schema.should or {}):
            yield f"{field.name}-empty", Part(field.name, b""), FORBIDDEN
        lowest = (field.schema.should or {}).get("minimum")
        if lowest is not None:
            yield f"{field.name}-low", Part(field.name, str(lowest - 1).encode()), FORBIDDEN


BROKEN = {name: (part, status) for name, part, status in _broken()}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_every_field_is_taken(caller: Caller, form: Representation) -> None:
    """A documented value is taken in each of its documented forms."""
    others = minimal(caller.contract, without=form.field.name)
    answer = caller.send((*others, *example(form.field, form)))
    assert answer.status_code == create_of(caller.contract).success.status, answer.text
    assert problems(caller.contract, answer) == []


@pytest.mark.parametrize(("name", "value"), [(f.name, v) for f in CREATE.fields for v in f.schema.enum if v])
def test_every_listed_value_is_taken_and_repeated(caller: Caller, name: str, value: Any) -> None:
    """Each value of an enum is taken, and the answer repeats it where the contract says so."""
    answer = caller.send((*minimal(caller.contract, without=name), Part(name, str(value).encode())))
    assert answer.status_code == 200
    role = FIELDS[name].schema.role
    if role is not None:
        assert value_of(answer, caller.contract, role) == value


@pytest.mark.parametrize(("part", "status"), BROKEN.values(), ids=BROKEN)
def test_a_wrong_value_is_refused_and_named(caller: Caller, part: Part, status: int) -> None:
    """A value that cannot be read, or that the contract forbids, is refused as that, with the field and a reason."""
    answer = caller.send((*minimal(caller.contract, without=part.name or ""), part))
    assert answer.status_code == status, answer.text
    assert problems(caller.contract, answer) == []
    assert f'"{part.name}"' in answer.text
    assert f"{part.name}: " in answer.text
    assert caller.server.creates == 0


@pytest.mark.parametrize("name", [field.name for field in CREATE.fields if field.required])
def test_a_required_field_is_required(caller: Caller, name: str) -> None:
    """A form without a required field is refused, and the refusal names it."""
    answer = caller.send(minimal(caller.contract, without=name))
    assert (answer.status_code, f"{name}: is required" in answer.text) == (400, True)


@pytest.mark.parametrize("name", SINGLE)
def test_a_single_field_may_not_be_repeated(caller: Caller, name: str) -> None:
    """Which of two values counts is not guessed."""
    twice = example(FIELDS[name]) * 2
    answer = caller.send((*minimal(caller.contract, without=name), *twice))
    assert (answer.status_code, "more than once" in answer.text) == (400, True)


def test_text_fields_take_no_files(caller: Caller) -> None:
    """A file in the place of a text is refused."""
    for name in SINGLE:
        field = FIELDS[name]
        if not any(form.kind == "file" for form in representations(field, "multipart")):
            answer = caller.send((*minimal(caller.contract, without=name), Part(name, PNG, "a.png", "image/png")))
            assert (answer.status_code, name in answer.text) == (400, True)


def test_unknown_fields_are_ignored(caller: Caller) -> None:
    """A field that the contract does not name changes nothing."""
    assert caller.create(Part("no-such-field", b"x"), Part("no-such-field", b"y", "f.bin")).status_code == 200


def test_long_and_strange_texts_are_taken(caller: Caller) -> None:
    """Length, scripts and line breaks are no reason to refuse a text."""
    name = next(field.name for field in CREATE.fields if "minLength" in (field.schema.should or {}))
    for text in ("x" * 1_000_000, "\U0001f469\u200d\U0001f467" * 100, "\u202e\u05e9\u05dc\r\n\t\u0645", "--" * 50, " "):
        answer = caller.send((*minimal(caller.contract, without=name), Part(name, text.encode())))
        assert answer.status_code == 200, answer.text


def test_what_is_echoed_is_what_was_sent(caller: Caller, contract: Contract) -> None:
    """Each echo repeats the first of its fields that was sent, in the type of the answer."""
    for echo in create_of(contract).success.properties:
        for name in echo.echoes:
            parts = example(FIELDS[name])
            answer = caller.send((*minimal(contract, without=name), *parts))
            assert echo.read(answer.json()) == (True, parts[0].value.decode())


def test_the_preferred_field_is_echoed_first(caller: Caller, contract: Contract) -> None:
    """Where two fields could be repeated, the contract's order decides."""
    for echo in create_of(contract).success.properties:
        if len(echo.echoes) > 1:
            sent = [
                evolve(example(FIELDS[name])[0], value=str(7 + index).encode())
                for index, name in enumerate(echo.echoes)
            ]
            assert echo.read(caller.create(*sent[::-1]).json()) == (True, "7")


def test_integers_at_their_limits(caller: Caller, contract: Contract) -> None:
    """What every JSON parser can hold is taken, one more is not."""
    for field in fields_of(contract, "integer"):
        largest = 2**53 - 1
        for number, status in ((largest, 200 if field.schema.is_valid(largest) else FORBIDDEN), (2**53, UNREADABLE)):
            answer = caller.create(*write(representations(field, "multipart")[0], number))
            assert answer.status_code == status, answer.text
