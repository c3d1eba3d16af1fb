"""Near misses: each is wrong for one reason, and nobody who takes one makes more of it than was meant."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from conformance.bodies.leniencies import leniencies
from conformance.bodies.near_misses import LENIENT_JSON, lenient_numbers, near_misses
from conformance.bodies.strict_json import StrictJsonError, strict_json
from conformance.bodies.validity import Validity, problems_of
from conformance.bodies.violations import violations
from conformance.contract import Contract
from conformance.probes.builder import Builder
from conformance.probes.refusals import leniency_probes, refusal_probes

_LISTED = ("sora-2", "veo3.1", "veo3.1-fast")


def test_a_near_miss_is_not_listed() -> None:
    """No rule makes a listed value of another one, and each is tried once."""
    found = list(near_misses(_LISTED))
    assert {miss.text for miss in found} & set(_LISTED) == set()
    rules = [miss.rule for miss in found]
    assert len(set(rules)) == len(rules) == 23
    assert {miss.text for miss in found if miss.rule in ("dot", "separators", "width")} == {
        "veo3x1", "sora_2", "\uff53\uff4f\uff52\uff41\uff0d\uff12",
    }  # fmt: skip


def test_a_near_miss_of_nothing_is_none() -> None:
    """Where a rule changes nothing, or all that it makes is listed, nothing is tried."""
    assert list(near_misses(())) == []
    rules = {miss.rule for miss in near_misses(("a", "A", "ax"))}
    assert {"dot", "separators", "percent"} & rules == set()
    assert {miss.text for miss in near_misses(("a", "A", "ax")) if miss.rule == "case"} == {"AX"}


@pytest.mark.parametrize("value", [1, 4, 8, 30, 512, 20231234])
def test_a_lenient_reader_makes_no_more_of_a_number(value: int) -> None:
    """However a number in an odd spelling is read, the bill is no higher than for the number itself."""
    for text, _ in lenient_numbers(value).values():
        digits = re.sub(r"\D", "", text.removeprefix("0x")) or "0"
        readings = [int(digits, 16 if "0x" in text else 10), *map(int, re.findall(r"\d+", text.removeprefix("0x")))]
        assert "e0" in text or max(readings) <= value, text
        assert re.fullmatch("0|[1-9][0-9]*", text) is None


@pytest.mark.parametrize("rule", LENIENT_JSON)
def test_lenient_json_is_no_json(rule: str) -> None:
    """RFC 8259 knows none of it."""
    with pytest.raises(StrictJsonError):
        strict_json(LENIENT_JSON[rule][0])


def test_nothing_that_leniency_probes_send_is_valid(contract: Contract) -> None:
    """A text that the contract allows would be a create at a price."""
    operation = contract.billable[0]
    for declared in operation.fields:
        for violation in leniencies(declared, operation.media):
            assert max(problem.validity for problem in problems_of(declared, violation.parts, operation.media)) > 1
    assert all(probe.validity is not Validity.VALID for probe in leniency_probes(Builder(contract, operation)))


def test_kinds_are_dealt_out(contract: Contract) -> None:
    """Over fields that are alike every kind is tried with as many as it should be, and every rule with every field."""
    operation = contract.billable[0]
    sent = [probe.id.removeprefix(f"{operation.id}/request/") for probe in refusal_probes(Builder(contract, operation))]
    integers = [declared for declared in operation.fields if declared.schema.types == {"integer"}]
    assert len(integers) > 3
    known = {(v.rule, v.name): v.share for d in integers for v in violations(d, operation.media)}
    for (rule, name), share in known.items():
        count = sum(f"{declared.name}/{rule}/{name}" in sent for declared in integers)
        assert count > 1 if share is None else count == share, (rule, name)
    for declared in operation.fields:
        for violation in violations(declared, operation.media):
            assert any(name.startswith(f"{declared.name}/{violation.rule}/") for name in sent), violation


@pytest.mark.parametrize("rule", ["number-spelling", "json-spelling"])
def test_fields_that_are_alike_meet_as_many_spellings(contract: Contract, rule: str) -> None:
    """What reads a value may be another thing for each field: none is spared, and few spellings rest on one field."""
    operation = contract.billable[0]
    sent = [probe.id.split("/")[2:] for probe in leniency_probes(Builder(contract, operation))]
    fields = Counter(name for kind, _, name in sent if kind == rule)
    spellings = Counter(spelling for kind, spelling, _ in sent if kind == rule)
    readers = {
        d.name for d in operation.fields if len({v.name for v in leniencies(d, operation.media) if v.rule == rule}) > 1
    }
    assert len(readers) > 2
    assert max(fields[name] for name in readers) - min(fields[name] for name in readers) < 2
    assert sum(count > 1 for count in spellings.values()) > len(spellings) / 2


def test_texts_of_another_type_cost_no_more(contract: Contract) -> None:
    """Whoever reads the digits of a text that is no number reads no more than an ordinary value."""
    operation = contract.billable[0]
    for declared in operation.fields:
        shown = [value for value in declared.schema.examples if isinstance(value, int)]
        for violation in violations(declared, operation.media) if shown else ():
            text = violation.parts[0].value.decode()
            if violation.rule == "type":
                assert all(float(number) <= max(shown) for number in re.findall(r"\d+\.?\d*", text)), text


def test_the_second_item_is_the_wrong_one(contract: Contract) -> None:
    """In an array whose first item is right a second one of another type is tried, in every way to write it."""
    operation = contract.billable[0]
    arrays = [d for d in operation.fields if d.schema.items is not None and d.schema.items.types == {"object"}]
    assert arrays
    for declared in arrays:
        seconds = [v for v in violations(declared, operation.media) if v.name.startswith("second-of-")]
        assert {len(violation.parts) for violation in seconds} == {1, 2}
        whole = next(violation for violation in seconds if len(violation.parts) == 1)
        first, second = json.loads(whole.parts[0].value)
        assert isinstance(first, dict)
        assert not isinstance(second, dict)
