"""Narrower is not broken: what the contract allows and a server does not take is looked into, and named."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from conformance.bodies.representations import representations
from conformance.campaign.creating import Creator
from conformance.campaign.planning import Options, accepted
from conformance.checks import Mark
from conformance.contract import Contract, Input
from conformance.engine.ledger import Ledger
from conformance.engine.runner import Runner
from conformance.engine.target import target
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.reference.named_behaviours import parse
from conformance.requirements import Level, catalogue
from tests.suite.runs import ENV, QUICK, TOKEN
from tests.suite.serving import Serve


def created(contract: Contract, url: str, ceiling: int = 60) -> dict[str, str]:
    """Send the covering array alone; return what was broken, by requirement."""
    builder = Builder(contract, contract.billable[0])
    runner = Runner(target(url, TOKEN, ENV), Ledger(ceiling), QUICK, lambda _: None)
    creator = Creator.of(builder, runner, Controls.assumed(builder), accepted(builder, Options(ceiling)))

    async def send() -> None:
        async with runner.connected():
            await creator.send(2)

    asyncio.run(send())
    return {finding.requirement: finding.message for finding in creator.findings() if finding.mark is Mark.FAIL}


def _array(contract: Contract) -> Input:
    """A field of several items that can be written in two ways."""
    operation = contract.billable[0]
    assert operation.media is not None
    kind = operation.media.kind
    return next(f for f in operation.fields if {"items", "array"} <= {way.kind for way in representations(f, kind)})


def _planned(contract: Contract) -> int:
    """How many creates the covering array is."""
    return len(accepted(Builder(contract, contract.billable[0]), Options(60)))


def _musts(contract: Contract, found: dict[str, str]) -> set[str]:
    known = catalogue(contract)
    return {name for name in found if known[name].level is Level.MUST}


def test_a_correct_server_is_not_narrower(serve: Serve, contract: Contract) -> None:
    """Where every row is accepted there is nothing to look into."""
    assert created(contract, serve().url) == {}


def test_models_that_need_an_image(serve: Serve, contract: Contract) -> None:
    """Rows bring what some models need, so that no MUST breaks."""
    assert _musts(contract, created(contract, serve("some-models-need-an-image").url)) == set()


def test_a_model_that_needs_an_image(serve: Serve, contract: Contract) -> None:
    """A model that is refused without an image is narrower than the contract, which the report says of the model."""
    field, model = _model(contract).name, _model(contract).schema.enum[0]
    behaviour = {
        "name": "needs-an-image",
        "says": "Refuses the first model where the form brings no image.",
        "does": [{"demands_one_of": {"fields": ["image"]}}],
        "when": [{"chosen": {"values": {"field": field, "matching": rf"\A{model}\Z"}}}],
    }
    (entry,) = parse(json.dumps([behaviour]), "variant", "this test")
    found = created(contract, serve(entry).url)
    assert _musts(contract, found) == set()
    assert found[f"{contract.billable[0].id}/request/minimal"] == f"`{model}` is refused without `image`"


def test_formats_that_a_server_demands(serve: Serve, contract: Contract) -> None:
    """Examples of the contract satisfy the formats that servers demand, so that those are not even narrower."""
    assert created(contract, serve("formats-of-size-and-seconds").url) == {}


def test_one_form_of_two(serve: Serve, contract: Contract) -> None:
    """A field that is taken in one documented form is accepted; the other form is named, at SHOULD."""
    op, field = contract.billable[0].id, _array(contract).name
    found = created(contract, serve("content-as-one-array-only").url)
    assert set(found) == {f"{op}/request/{field}/form/items", f"{op}/request/{field}/unrestricted"}
    assert _musts(contract, found) == set()
    message = found[f"{op}/request/{field}/form/items"]
    assert message.startswith(f"`{field}=")
    assert message.endswith(" (one part for each item) is refused")


def test_a_field_that_is_refused_in_every_form(serve: Serve, contract: Contract) -> None:
    """Only where no documented form of a field is taken does the refusal break a MUST, and it names the field."""
    op = contract.billable[0].id
    found = created(contract, serve("knows-no-frame-rate").url)
    (broken,) = _musts(contract, found)
    field = broken.removeprefix(f"{op}/request/").removesuffix("/accepted")
    assert broken == f"{op}/request/{field}/accepted"
    assert found[broken] == f"`{field}` was refused in every documented form"
    assert set(found) == {broken, f"{op}/request/{field}/unrestricted"}


def _model(contract: Contract) -> Input:
    return next(f for f in contract.billable[0].fields if f.schema.role == "model")


@pytest.mark.parametrize(("variant", "missing"), [("lacks-a-model", 1), ("offers-few-models", 29)])
def test_models_that_are_not_offered(serve: Serve, contract: Contract, variant: str, missing: int) -> None:
    """One cause is one line: what a server does not offer breaks no MUST, and what its rows carried is tried."""
    server = serve(variant)
    found = created(contract, server.url)
    planned = _planned(contract)
    assert set(found) == {f"{contract.billable[0].id}/request/{_model(contract).name}/offered"}
    (message,) = found.values()
    assert message.count("`") == 2 * missing
    assert server.creates == planned
    assert server.requests < 5 * planned


def test_a_limit_of_some_models_is_said_with_the_model(serve: Serve, contract: Contract) -> None:
    """What other models take is not refused in every form: the report names the model, at SHOULD."""
    found = created(contract, serve("limits-durations-of-some-models").url)
    assert _musts(contract, found) == set()
    (message,) = found.values()
    value, _, model = message.removesuffix(" is refused").partition(" with ")
    assert value.startswith("`")
    assert model.strip("`") in _model(contract).schema.enum


def test_two_fields_that_exclude_each_other_are_blamed_together(serve: Serve, contract: Contract) -> None:
    """Each is taken alone, so that neither is said to be refused."""
    found = created(contract, serve("takes-one-image-only").url)
    assert _musts(contract, found) == set()
    assert {name.rpartition("/")[2] for name in found} == {"unrestricted"}
    assert len(found) == 2
    assert all(" together with " in message for message in found.values())


def test_one_answer_of_503_is_blamed_on_nothing(serve: Serve, contract: Contract) -> None:
    """A server that stumbles once is asked again, and whatever it stumbled over is taken then."""
    assert created(contract, serve("stumbles-once").url) == {}


def test_a_demand_for_a_length_is_legitimate(serve: Serve, contract: Contract) -> None:
    """RFC 9112, 6.3, lets a server ask for it; the row goes out again with one."""
    server = serve("wants-lengths-of-creates")
    assert created(contract, server.url) == {}
    assert server.creates == _planned(contract)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("breaks-down-over-a-prompt-of-digits", 1),
        ("breaks-down-over-braces-in-a-user", 1),
        ("breaks-down-over-a-seed-of-zero", 1),
        ("breaks-down-over-a-mode-that-is-too-long", 1),
        ("breaks-down-over-null-in-metadata", 1),
        ("breaks-down-over-one-pair", 2),
        ("breaks-down-over-one-model", 1),
        ("breaks-down-over-one-model-with-a-seed", 2),
    ],
)
def test_what_breaks_the_server_is_named(serve: Serve, contract: Contract, fault: str, words: int) -> None:
    """The value, the pair, or the field with the model, and creates hardly above what was planned."""
    server = serve(fault)
    found = created(contract, server.url, 40)
    ((requirement, message),) = found.items()
    culprits, _, said = message.partition(" makes the server fail: ")
    assert said == "500"
    assert len(re.split(" together with | with ", culprits)) == words
    assert requirement.endswith(("/robust", f"/value/{culprits.strip('`')}"))


def test_a_refusal_for_want_of_credit_teaches_nothing(serve: Serve, contract: Contract) -> None:
    """A server that runs out of credit or channels is not said to refuse a form."""
    for variant in ("no-credit-for-some-models", "some-models-are-forbidden", "a-provider-is-down"):
        assert created(contract, serve(variant).url) == {}
