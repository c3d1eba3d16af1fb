"""The whole matrix: every fault is found by the requirement that it names, and no variant breaks a MUST."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from conformance.contract import load
from conformance.reference.named_behaviours import named_behaviours
from conformance.requirements import catalogue as requirements
from conformance.selftest import CORRECT, Examination, everything, uncovered_checks, uncovered_families

VARIANTS = [entry.name for entry in named_behaviours().variants]
FAULTS = [name for name in everything() if name not in {CORRECT, *VARIANTS}]


@pytest.mark.matrix
def test_the_correct_server_breaks_nothing(matrix: Mapping[str, Examination]) -> None:
    """A correct server comes out without one broken requirement, for at most forty creates."""
    correct = matrix[CORRECT]
    assert correct.failed == ()
    assert correct.trouble is None
    assert correct.unexpected_creates == 0
    assert 0 < correct.creates <= 40


@pytest.mark.matrix
@pytest.mark.parametrize("name", VARIANTS)
def test_a_conforming_variant_breaks_no_must(matrix: Mapping[str, Examination], name: str) -> None:
    """What is stricter, laxer or otherwise unusual, but correct, is not called wrong."""
    variant = matrix[name]
    assert variant.failed_musts == ()
    assert variant.trouble is None


@pytest.mark.matrix
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_what_it_names(matrix: Mapping[str, Examination], name: str) -> None:
    """A fault fails every requirement that it names, and no MUST beyond them."""
    fault = matrix[name]
    assert fault.missed == ()
    assert fault.false_musts == ()


@pytest.mark.matrix
def test_every_check_finds_a_fault(matrix: Mapping[str, Examination]) -> None:
    """A check that no fault can make fail proves nothing."""
    assert uncovered_checks(matrix.values()) == set()


@pytest.mark.matrix
def test_every_kind_of_requirement_is_broken_by_a_fault(matrix: Mapping[str, Examination]) -> None:
    """A requirement that no fault can break proves nothing."""
    assert uncovered_families(load(), matrix.values()) == set()


def test_faults_name_requirements_that_exist() -> None:
    """What a fault promises to break is a requirement of the contract."""
    known = requirements(load()).by_id.keys()
    assert {name for entry in named_behaviours().faults for name in entry.fails} <= known
