"""What the tests of wire vectors share."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import Contract, load

FOREIGN = sorted((Path(__file__).resolve().parents[1] / "growth" / "contracts").glob("*.yaml"))


@pytest.fixture(scope="session", params=[None, *FOREIGN], ids=lambda path: "own" if path is None else path.stem)
def contract(request: pytest.FixtureRequest) -> Contract:
    """The project's own contract, and those of other services."""
    return load(request.param)
