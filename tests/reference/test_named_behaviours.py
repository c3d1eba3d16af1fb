"""Faults and variants as data: every one loads, fits the contract, and a misspelt one says what is meant."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import httpx
import pytest
import yaml

from conformance.contract import Contract
from conformance.errors import SuiteError, UsageError
from conformance.reference.generic_faults import generic_faults
from conformance.reference.named_behaviours import BehaviourKind, Entry, named_behaviours, parse, pipeline_for
from conformance.reference.registry import BEHAVIOURS, CONDITIONS
from conformance.requirements import catalogue as requirements
from tests.reference.caller import Serve, minimal, problems
from tests.reference.contracts import contract_named

ENTRIES = named_behaviours().entries
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


# Which of an accepted, an unknown and a refused request get an answer that can be read, where not all do.
READABLE = {
    "stops-in-the-middle": [True, False, True],
    "announces-chunks-that-never-come": [True, False, False],
}


def _is_whole(send: Callable[[], httpx.Response]) -> bool:
    try:
        send()
    except httpx.RemoteProtocolError:
        return False
    return True


@pytest.mark.parametrize("name", ENTRIES)
def test_every_behaviour_starts_and_serves(serve: Serve, name: str) -> None:
    """With each of them the server starts, never trips over itself, and answers; few break a refusal off."""
    caller = serve(name)
    sends = (
        caller.create,
        partial(caller.http.get, caller.path),
        partial(caller.send, minimal(caller.contract)[:1]),
    )
    assert [_is_whole(send) for send in sends] == READABLE.get(name, [True, True, True])
    assert caller.server.requests == 3


# What the correct server answers, and where a variant answers otherwise.
USUAL = {
    "a form": 200,
    "an empty form": 400,
    "a form that lacks a field": 400,
    "another method": 405,
    "another path": 404,
    "JSON": 415,
    "a wrong token": 401,
    "a form after all": 200,
}
UNUSUAL = {
    "rate-limit": {"a wrong token": 429},
    "gateway-errors": {"another method": 404, "JSON": 400},
    "not-found-behind-a-router": {"another method": 404},
    "details-with-the-input": {"an empty form": 422, "a form that lacks a field": 422},
    "one-message-for-everything": {"JSON": 400},
    "json-and-urlencoded-too": {"JSON": 400},
}
# What a variant's answers do otherwise than their schema says.
ADVISED_AGAINST = {
    "null-for-absent": {f'null is not of type "{kind}"' for kind in ("integer", "string", "object")},
    "problem-documents": {"is not declared as JSON"},
}


@pytest.mark.parametrize("entry", named_behaviours().variants, ids=lambda entry: entry.name)
def test_every_variant_answers_as_the_contract_has_it(serve: Serve, contract: Contract, entry: Entry) -> None:
    """An unusual server is still a correct one: each status, and each body, is the usual or the one that it is for."""
    caller = serve(entry.name)
    answers = {
        "a form": caller.create(),
        "an empty form": caller.send(()),
        "a form that lacks a field": caller.send(minimal(contract)[:1]),
        "another method": caller.http.get(caller.path),
        "another path": caller.http.post("/nowhere"),
        "JSON": caller.http.post(caller.path, json={}),
        "a wrong token": caller.create(Authorization="Bearer wrong"),
        "a form after all": caller.create(),
    }
    statuses = {sent: answer.status_code for sent, answer in answers.items()}
    assert statuses == {**USUAL, **UNUSUAL.get(entry.name, {})}
    found = {problem for answer in answers.values() for problem in problems(contract, answer)}
    assert found == ADVISED_AGAINST.get(entry.name, set())


def test_the_catalogue_is_as_large_as_it_is_meant_to_be() -> None:
    """At least a hundred faults, most of them to be seen for nothing, and twelve variants."""
    faults = named_behaviours().faults
    assert len(faults) >= 100
    assert sum(fault.tier == "free" for fault in faults) / len(faults) >= 0.6
    assert len(named_behaviours().variants) >= 12


def test_names_and_sentences_read_well() -> None:
    """Names are in kebab-case; each sentence is one."""
    for entry in ENTRIES.values():
        assert NAME.fullmatch(entry.name), entry.name
        assert entry.says.endswith("."), entry.name
        assert entry.says[0].isupper(), entry.name


def test_requirements_that_are_named_exist(contract: Contract) -> None:
    """A fault that names a requirement which is gone would prove nothing."""
    known = {requirement.id for requirement in requirements(contract)}
    for entry in ENTRIES.values():
        assert (entry.fails != ()) is (entry.kind == "fault"), entry.name
        assert set(entry.fails) | set(entry.breaks) <= known, entry.name
        for pattern in entry.may:
            assert any(fnmatchcase(requirement, pattern) for requirement in known), (entry.name, pattern)


def test_every_behaviour_and_condition_is_used() -> None:
    """What no fault and no variant is made of is not kept."""
    derived = [entry for name in ("loans", "studio") for entry in generic_faults(contract_named(name))]
    steps = [step for entry in (*ENTRIES.values(), *derived) for step in entry.does]
    conditions = [step for entry in (*ENTRIES.values(), *derived) for step in entry.when]
    conditions += [condition for step in steps for condition in step.when]
    assert {step.function for step in steps} == set(BEHAVIOURS)
    assert {step.function for step in conditions} == set(CONDITIONS)


@pytest.mark.parametrize(
    ("names", "seen"),
    [
        ((), (200, "application/json", None)),
        (("media-type-with-a-charset",), (200, "application/json; charset=utf-8", None)),
        (("one-request-a-connection",), (200, "application/json", "close")),
        (
            ("media-type-with-a-charset", "one-request-a-connection", "answers-created"),
            (201, "application/json; charset=utf-8", "close"),
        ),
        (
            ("answers-created", "one-request-a-connection", "media-type-with-a-charset"),
            (201, "application/json; charset=utf-8", "close"),
        ),
    ],
)
def test_behaviours_can_be_combined(serve: Serve, names: tuple[str, ...], seen: tuple[int, str, str | None]) -> None:
    """Each wraps what is there already, in the same stage or in another: the answer shows every one of them."""
    answer = serve(*names).create()
    assert (answer.status_code, answer.headers["content-type"], answer.headers.get("connection")) == seen


def _fault(**changes: Any) -> str:
    step = {"omits": {"what": "role:id"}}
    fault = {"name": "a-fault", "says": "It.", "does": [step], "tier": "free", "fails": ["x"], **changes}
    return yaml.safe_dump([{key: value for key, value in fault.items() if value is not None}])


MISTAKES = {
    "no yaml": ("{", "not YAML"),
    "no list": ("{}", "expected a list"),
    "no name": ("[{}]", "with a name"),
    "an unknown key": (_fault(doez=[]), "no key 'doez'; did you mean 'does'"),
    "a missing key": (_fault(fails=None), "'fails' is missing"),
    "an unknown tier": (_fault(tier="cheap"), "free or billable"),
    "an unknown behaviour": (_fault(does=["omitz"]), "no behaviour 'omitz'; did you mean 'omits'"),
    "an unknown condition": (_fault(when=["acepted"]), "no condition 'acepted'; did you mean 'accepted'"),
    "no step": (_fault(does=[{"omits": {}, "sets": {}}]), "expected the name of a behaviour"),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_data_file_is_named(text: str, message: str) -> None:
    """With the file, the entry and the nearest right word."""
    with pytest.raises(SuiteError, match=re.escape(message)) as raised:
        parse(text, "fault", "faults.yaml")
    assert str(raised.value).startswith("faults.yaml: ")


MISFITS = {
    "an unknown parameter": ({"omits": {"whot": "role:id"}}, "takes no 'whot'; did you mean 'what'"),
    "a missing parameter": ({"omits": {}}, "needs 'what'"),
    "an unknown role": ({"omits": {"what": "role:idd"}}, "a property 'role:idd'; did you mean 'role:id'"),
    "a dangling pointer": ({"matches_without_case": {"field": "#/components/schemas/X"}}, "a field '#/components"),
    "an unknown name": ({"matches_without_case": {"field": "sice"}}, "a field 'sice'; did you mean 'size'"),
    "another type": ({"waits": {"seconds": "long"}}, "expected float, got 'long'"),
    "another word": ({"casts": {"what": "role:id", "to": "strnig"}}, "did you mean 'string'"),
    "no pattern": ({"substitutes": {"pattern": "(", "to": ""}}, "not a regular expression"),
    "an unknown role of a header": (
        {"drops_header": {"name": "role:requestid"}},
        "no header of the contract has the role",
    ),
    "a number for true": ({"closes_the_form": {"anywhere": 1}}, "expected bool"),
}


@pytest.mark.parametrize(("step", "message"), MISFITS.values(), ids=MISFITS)
def test_a_parameter_that_does_not_fit_is_named(contract: Contract, step: dict[str, Any], message: str) -> None:
    """With the fault, the behaviour and the nearest right word."""
    (entry,) = parse(_fault(does=[step]), "fault", "faults.yaml")
    with pytest.raises(UsageError, match=re.escape(message)) as raised:
        entry.apply(pipeline_for(contract, []), contract)
    assert str(raised.value).startswith("behaviour a-fault: ")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"field": "model", "matching": "^nothing$"}, "no value of"),
        ({"field": "model"}, "expected {field: NAME, matching: REGEX}"),
        ("x", "expected {field: NAME, matching: REGEX}"),
    ],
)
def test_a_choice_that_chooses_nothing_is_named(contract: Contract, values: Any, message: str) -> None:
    """A model that the contract no longer lists makes no fault."""
    (entry,) = parse(_fault(when=[{"chosen": {"values": values}}]), "fault", "faults.yaml")
    with pytest.raises(UsageError, match=re.escape(message)):
        entry.apply(pipeline_for(contract, []), contract)


def test_what_works_on_bytes_has_no_condition(contract: Contract) -> None:
    """Before there is a call nothing can be asked of it, and a condition that would never be looked at is an error."""
    (entry,) = parse(_fault(does=[{"mishears": {"pattern": "a", "to": "b"}}], when=["has_query"]), "fault", "f.yaml")
    with pytest.raises(UsageError, match="mishears works before there is a call"):
        entry.apply(pipeline_for(contract, []), contract)


def test_an_unknown_behaviour_is_named(contract: Contract) -> None:
    """With the nearest that there is."""
    with pytest.raises(UsageError, match="did you mean 'forgets-the-model'"):
        pipeline_for(contract, ["forgets-teh-model"])


@pytest.mark.parametrize("kind", ["fault", "variant"])
def test_the_data_files_have_no_name_twice(kind: BehaviourKind) -> None:
    """Nor do they share one."""
    entries = named_behaviours().faults if kind == "fault" else named_behaviours().variants
    assert len({entry.name for entry in entries}) == len(entries)
