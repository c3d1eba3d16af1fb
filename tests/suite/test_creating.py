"""Narrower is not broken: a refusal of what the contract allows is looked into, and the culprit is named."""

from __future__ import annotations

import asyncio

from conformance.bodies.representations import representations
from conformance.campaign.minimisation import Minimiser
from conformance.contract import Contract, Input
from conformance.engine.ledger import Ledger
from conformance.engine.runner import Runner
from conformance.engine.target import target
from conformance.probes.builder import Builder
from conformance.probes.covering import rows
from conformance.requirements import Level, catalogue
from tests.suite.runs import ENV, QUICK, TOKEN
from tests.suite.serving import Serve


def narrowed(contract: Contract, url: str, ceiling: int = 60) -> dict[str, str]:
    """Send the covering array alone; return what was found, by requirement."""
    builder = Builder(contract, contract.billable[0])
    runner = Runner(target(url, TOKEN, ENV), Ledger(ceiling), QUICK, lambda _: None)
    minimiser = Minimiser(builder, runner, rows(builder))

    async def send() -> None:
        async with runner.connected():
            await minimiser.send(2)

    asyncio.run(send())
    return {finding.requirement: finding.message for finding in minimiser.findings()}


def _array(contract: Contract) -> Input:
    """A field of several items that can be written in two ways."""
    operation = contract.billable[0]
    assert operation.media is not None
    kind = operation.media.kind
    return next(f for f in operation.fields if {"items", "array"} <= {way.kind for way in representations(f, kind)})


def _musts(contract: Contract, found: dict[str, str]) -> set[str]:
    known = catalogue(contract)
    return {name for name in found if known[name].level is Level.MUST}


def test_a_correct_server_is_not_narrower(serve: Serve, contract: Contract) -> None:
    """Where every row is accepted there is nothing to look into."""
    assert narrowed(contract, serve().url) == {}


def test_models_that_need_an_image(serve: Serve, contract: Contract) -> None:
    """A model that needs an image is narrower than the contract, which the report says of the model; no MUST breaks."""
    found = narrowed(contract, serve("some-models-need-an-image").url)
    assert _musts(contract, found) == set()
    minimal = found[f"{contract.billable[0].id}/request/minimal"]
    assert minimal.startswith("narrower than the contract: `")
    model, _, field = minimal.removeprefix("narrower than the contract: `").partition("` needs `")
    assert model in {value for declared in contract.billable[0].fields for value in declared.schema.enum}
    assert contract.billable[0].field(field.rstrip("`")) is not None


def test_formats_that_a_server_demands(serve: Serve, contract: Contract) -> None:
    """Examples of the contract satisfy the formats that servers demand, so that those are not even narrower."""
    assert narrowed(contract, serve("formats-of-size-and-seconds").url) == {}


def test_one_form_of_two(serve: Serve, contract: Contract) -> None:
    """A field that is taken in one documented form is accepted; the other form is named, at SHOULD."""
    op, field = contract.billable[0].id, _array(contract).name
    found = narrowed(contract, serve("content-as-one-array-only").url)
    assert set(found) == {f"{op}/request/{field}/form/items", f"{op}/request/{field}/unrestricted"}
    assert _musts(contract, found) == set()
    assert set(found.values()) == {f"narrower than the contract: `{field}` as items is refused"}


def test_a_field_that_is_refused_in_every_form(serve: Serve, contract: Contract) -> None:
    """Only where no documented form of a field is taken does the refusal break a MUST, and it names the field."""
    op = contract.billable[0].id
    found = narrowed(contract, serve("knows-no-frame-rate").url)
    (broken,) = _musts(contract, found)
    field = broken.removeprefix(f"{op}/request/").removesuffix("/accepted")
    assert broken == f"{op}/request/{field}/accepted"
    assert found[broken] == f"`{field}` was refused in every documented form"
    assert set(found) == {broken, f"{op}/request/{field}/unrestricted"}


def test_a_model_that_is_refused_in_every_form(serve: Serve, contract: Contract) -> None:
    """A listed value that is never taken breaks a MUST of its own, and of no other value."""
    op = contract.billable[0].id
    found = narrowed(contract, serve("lacks-a-model").url)
    (broken,) = found
    declared = next(f for f in contract.billable[0].fields if f.schema.enum)
    value = broken.removeprefix(f"{op}/request/{declared.name}/value/")
    assert value in declared.schema.enum
    assert found[broken] == f"`{value}` was refused in every form that was tried"
    assert _musts(contract, found) == {broken}


def test_a_refusal_for_want_of_credit_teaches_nothing(serve: Serve, contract: Contract) -> None:
    """A server that runs out of credit or channels is not said to refuse a form."""
    for variant in ("no-credit-for-some-models", "some-models-are-forbidden", "a-provider-is-down"):
        assert narrowed(contract, serve(variant).url) == {}
