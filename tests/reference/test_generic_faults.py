"""Derived faults: for every requirement of any contract a server that does not keep it."""

from __future__ import annotations

from functools import cache

import httpx
import pytest

from conformance.contract import Contract, load
from conformance.errors import UsageError
from conformance.reference.generic_faults import generic_faults
from conformance.reference.named_behaviours import Entry, pipeline_for
from conformance.requirements.derived import derive
from tests.reference.caller import Connect
from tests.reference.contracts import contract_named

NAMES = ("own", "loans", "accounts", "studio")


@cache
def _contract(name: str) -> Contract:
    return load() if name == "own" else contract_named(name)


@cache
def _faults(name: str) -> dict[str, Entry]:
    return {entry.fails[0]: entry for entry in generic_faults(_contract(name))}


@pytest.mark.parametrize("name", NAMES)
def test_every_derived_requirement_has_a_fault(name: str) -> None:
    """Each requirement is broken by one fault that says so in its name, and none by two."""
    faults = generic_faults(_contract(name))
    assert [entry.name for entry in faults] == [f"breaks {entry.fails[0]}" for entry in faults]
    wanted = {requirement.id for requirement in derive(_contract(name))}
    # A range documents every refusal that there can be.
    ranged = [
        operation.id for operation in _contract(name).operations if "4XX" in [r.pattern for r in operation.refusals]
    ]
    assert wanted - _faults(name).keys() <= {f"{operation_id}/response/error-status" for operation_id in ranged}
    assert len({entry.name for entry in faults}) == len(faults)


def _misfit(contract: Contract, fault: Entry) -> str:
    try:
        pipeline_for(contract, [fault])
    except UsageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_fits_its_contract(name: str) -> None:
    """Each is made of behaviours that there are, with parameters that they take."""
    faults = generic_faults(_contract(name))
    assert [entry.name for entry in faults if not entry.does] == []
    assert {entry.name: misfit for entry in faults if (misfit := _misfit(_contract(name), entry))} == {}


def test_a_fault_of_a_free_operation_costs_nothing() -> None:
    """It takes an accepted request only where that is what is wrong, and money only where that costs any."""
    tiers = {rule: _faults("studio")[rule].tier for rule in (
        "makeFilm/auth/missing", "makeFilm/request/plot/required", "makeFilm/response/error/body",
        "makeFilm/request/style/value/noir", "makeFilm/response/200/id/required", "showFilm/response/200/id/required",
    )}  # fmt: skip
    assert list(tiers.values()) == ["free", "free", "free", "billable", "billable", "free"]


def _loan(http: httpx.Client, **changes: object) -> httpx.Response:
    return http.post("/loans", json={"book": "Emma", "weeks": 2, **changes})


@pytest.mark.parametrize(
    ("rule", "changes", "status", "nameless"),
    [
        ("lend/request/weeks/maximum", {"weeks": 9}, 201, 422),
        ("lend/request/weeks/type", {"weeks": "two"}, 201, 422),
        ("lend/request/book/minLength", {"book": ""}, 201, 201),
        ("lend/request/body/additionalProperties", {"colour": "red"}, 201, 422),
        ("lend/request/note/accepted", {"note": "x"}, 400, 422),
        ("lend/request/note/form/null", {"note": None}, 400, 422),
        ("lend/request/minimal", {}, 400, 400),
        ("lend/invalid/no-server-error", {"weeks": 9}, 500, 500),
        ("lend/valid/no-server-error", {}, 500, 422),
        ("lend/response/success-status", {}, 200, 422),
    ],
)
def test_a_fault_about_requests_shows(
    connect: Connect, rule: str, changes: dict[str, object], status: int, nameless: int
) -> None:
    """What breaks the rule is taken, or what keeps it is not; all else is as it was, a book of no name say."""
    http = connect(contract_named("loans"), _faults("loans")[rule], headers={"X-Library-Card": "sk-of-a-test"})
    assert _loan(http, **changes).status_code == status
    assert _loan(http, book="").status_code == nameless
    assert http.get("/loans", params={"limit": 1}).status_code == 200


def test_a_fault_of_one_operation_leaves_the_others_alone(connect: Connect) -> None:
    """Whoever forgets to ask who reads a loan still asks who lends one."""
    http = connect(contract_named("loans"), _faults("loans")["listLoans/auth/missing"])
    assert http.get("/loans", params={"limit": 1}).status_code == 200
    assert _loan(http).status_code == 401


@pytest.mark.parametrize(
    ("rule", "member", "wrong"),
    [
        ("showFilm/response/200/id/required", "id", None),
        ("showFilm/response/200/style/type", "style", 5),
        ("showFilm/response/200/style/nullable", "style", None),
        ("showFilm/response/200/status/enum", "status", "no-such-value-conformance"),
    ],
)
def test_a_fault_about_answers_shows(connect: Connect, rule: str, member: str, wrong: object) -> None:
    """The one member is wrong in the one operation, and all else is right."""
    http = connect(contract_named("studio"), _faults("studio")[rule], headers={"Authorization": "Bearer sk-of-a-test"})
    made = http.post("/films", files={"plot": (None, "a heist"), "style": (None, "noir")}).json()
    read = http.get(f"/films/{made['id']}").json()
    assert read.get(member) == wrong
    assert made[member] not in (wrong, None)
    assert {**read, member: 0, "status": 0} == {**made, member: 0, "status": 0}


def test_a_fault_about_echoes_shows(connect: Connect) -> None:
    """Another valid value is shown than the one that was sent."""
    http = connect(contract_named("loans"), _faults("loans")["lend/response/201/weeks/echo"])
    made = http.post("/loans", json={"book": "Emma", "weeks": 4}, headers={"X-Library-Card": "sk-of-a-test"}).json()
    assert (made["weeks"], made["book"]) == (3, "Emma")


@pytest.mark.parametrize(
    ("rule", "statuses"),
    [
        ("showFilm/parameter/film/known", [404, 404, 200, 404]),
        ("showFilm/parameter/film/unknown", [200, 200, 200, 200]),
        ("burnFilm/effect/removed", [200, 404, 200, 200]),
        ("burnFilm/parameter/film/unknown", [200, 404, 200, 404]),
    ],
)
def test_a_fault_about_things_shows(connect: Connect, rule: str, statuses: list[int]) -> None:
    """What is there is not found, what is not there is, or what was removed stays."""
    http = connect(contract_named("studio"), _faults("studio")[rule], headers={"Authorization": "Bearer sk-of-a-test"})
    path = f"/films/{http.post('/films', files={'plot': (None, 'a heist')}).json()['id']}"
    calls = (http.get(path), http.get("/films/film_0"), http.delete(path), http.get(path))
    assert [answer.status_code for answer in calls] == statuses
