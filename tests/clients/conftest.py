"""What the tests of clients share."""

from __future__ import annotations

import pytest

from conformance.contract import Contract, load


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()
