"""The contracts that the exports are tried with: the project's own, an overgrown one, and an awkward one."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from conformance.contract import Contract, load
from tests.growth.editing import EDITS, carry_out


@pytest.fixture(scope="session")
def overgrown(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract with every edit of the tests of growth in it that goes with the others."""
    document, count = copy.deepcopy(dict(load().document.data)), 0
    for edit in EDITS:
        trial = copy.deepcopy(document)
        try:
            for action in edit.do:
                carry_out(trial, copy.deepcopy(dict(action)))
        except (TypeError, KeyError):
            continue  # it is about something that another edit has taken away
        document, count = trial, count + 1
    assert count > 40
    path: Path = tmp_path_factory.mktemp("overgrown") / "overgrown.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load(path)


@pytest.fixture(scope="session")
def awkward() -> Contract:
    """A contract that says all that is new in 3.1."""
    return load(Path(__file__).with_name("awkward.yaml"))


@pytest.fixture(params=["own", "overgrown", "awkward"])
def contract(request: pytest.FixtureRequest) -> Contract:
    """Each of the three."""
    if request.param == "own":
        return load()
    made: Contract = request.getfixturevalue(request.param)
    return made
