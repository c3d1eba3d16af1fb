"""What the tests of wire vectors share."""

from __future__ import annotations

import pytest

from conformance.contract import Contract, load
from tests.vectors.foreign import FOREIGN


@pytest.fixture(scope="session", params=[None, *FOREIGN], ids=lambda path: "own" if path is None else path.stem)
def contract(request: pytest.FixtureRequest) -> Contract:
    """The project's own contract, and those of other services."""
    return load(request.param)
