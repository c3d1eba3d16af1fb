"""Whole contracts that are not the project's own: linted, served and judged without a change to any code."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import load
from tests.growth.editing import matching
from tests.growth.running import EmbeddedRun, judge
from tests.suite.runs import command

pytestmark = pytest.mark.usefixtures("uncounted")
CONTRACTS = sorted((Path(__file__).resolve().parent / "contracts").glob("*.yaml"))


@pytest.fixture(scope="module", params=CONTRACTS, ids=lambda path: path.stem)
def foreign(request: pytest.FixtureRequest) -> Path:
    """One of the contracts."""
    path: Path = request.param
    return path


@pytest.fixture(scope="module")
def judged(foreign: Path, tmp_path_factory: pytest.TempPathFactory) -> EmbeddedRun:
    """A run against the reference server of the contract."""
    return judge(foreign, tmp_path_factory.mktemp(foreign.stem))


def test_it_is_linted_clean(foreign: Path) -> None:
    """The rules are about contracts, not about one contract."""
    said = command("lint", foreign)
    assert (said.code, said.stdout, said.stderr) == (0, "", "")


def test_its_reference_server_breaks_nothing(judged: EmbeddedRun) -> None:
    """No requirement of any level fails."""
    assert judged.failed == {}
    assert judged.said.code == 0


def test_every_operation_is_judged(foreign: Path, judged: EmbeddedRun) -> None:
    """Who calls, what is sent and what comes back: each is decided for each operation, or nothing was tested."""
    passed = [name for name, verdict in judged.verdicts.items() if verdict == "pass"]
    wanted = [
        f"{operation.id}/{part}/*"
        for operation in load(foreign).operations
        for part, is_there in [
            ("auth", True),
            ("response", True),
            ("parameter", operation.parameters),
            ("request", operation.body),
        ]
        if is_there
    ]
    assert [pattern for pattern in wanted if not matching(passed, [pattern])] == []


def test_every_input_is_judged(foreign: Path, judged: EmbeddedRun) -> None:
    """No parameter and no field is passed over in silence."""
    passed = [name for name, verdict in judged.verdicts.items() if verdict == "pass"]
    wanted = [
        f"{operation.id}/{'request' if declared.location == 'body' else 'parameter'}/{declared.name}/*"
        for operation in load(foreign).operations
        for declared in operation.inputs
    ]
    assert [pattern for pattern in wanted if not matching(passed, [pattern])] == []
