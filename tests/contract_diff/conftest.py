"""What every comparison needs: Redocly's command."""

from __future__ import annotations

import pytest

from scripts.contract_diff.sources import ROOT
from scripts.node import packages


@pytest.fixture(scope="session", autouse=True)
def _redocly() -> None:
    """Install it first, so that no test's output tells of that."""
    packages.install(ROOT / "scripts" / "node")
