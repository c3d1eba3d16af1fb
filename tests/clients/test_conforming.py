"""Clients that are right in another way pass: what a standard allows is held against nobody."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.vectors import vectors
from tests.clients.broken.conforming import CONFORMING
from tests.clients.judged import broken, judged


@pytest.mark.parametrize("name", sorted(CONFORMING))
def test_what_a_standard_allows_passes(contract: Contract, name: str) -> None:
    """Requests that are written otherwise than most clients write them, and rightly, fail no vector."""
    asked = [vector for vector in vectors(contract) if vector.kind == "request"]
    made = judged(contract, asked, broken(name))
    assert {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws or trial.not_run} == {}


def test_who_never_repeats_need_not_say_so(contract: Contract) -> None:
    """An error without `repeats` is right where nothing was sent again."""
    asked = [vector for vector in vectors(contract) if vector.expect.error and vector.expect.error.get("repeats")]
    made = judged(contract, asked, broken("says-nothing-of-repeats"))
    assert asked
    assert not [trial for trial in made.trials if trial.flaws]
