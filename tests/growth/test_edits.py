"""The contract grows by one edit, and everything follows: lint, client, requirements, server, faults."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from attrs import frozen

from conformance.contract import load
from tests.growth.editing import EDITS, ContractEdit, matching
from tests.growth.running import (
    EmbeddedRun,
    client_classes,
    client_package,
    failures_of_a_fault,
    judge,
    methods_of,
    regenerate,
    requirement_ids,
)
from tests.suite.runs import command

pytestmark = pytest.mark.usefixtures("uncounted")
TESTABLE = [edit for edit in EDITS if not edit.webhooks]


@frozen
class GrownContract:
    """The contract after an edit, and a short copy of it with the same edit, which is quickly judged."""

    edit: ContractEdit
    path: Path
    short: Path

    @property
    def folder(self) -> Path:
        """Where this edit may leave its files."""
        return self.path.parent


def _name(edit: ContractEdit) -> str:
    return edit.name


@pytest.fixture(scope="module", params=EDITS, ids=_name)
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GrownContract:
    """The contract after one of the edits, in a folder of its own."""
    edit: ContractEdit = request.param
    folder = tmp_path_factory.mktemp(edit.name)
    return GrownContract(edit, edit.write(folder), edit.write(folder, short=True))


@pytest.fixture(scope="module")
def judged(grown: GrownContract) -> EmbeddedRun:
    """A run against the reference server of the grown contract."""
    return judge(grown.short, grown.folder)


def test_every_edit_says_what_it_brings() -> None:
    """An edit that demands nothing would prove nothing, and names tell edits apart."""
    silent = [edit.name for edit in EDITS if not (edit.webhooks or (edit.adds and edit.fault))]
    repeated = [name for name, count in Counter(edit.name for edit in EDITS).items() if count > 1]
    assert (silent, repeated) == ([], [])


def test_the_lint_accepts_it(grown: GrownContract) -> None:
    """An ordinary edit breaks no rule."""
    said = command("lint", grown.path)
    assert (said.code, said.stdout, said.stderr) == (0, "", "")


def test_a_client_is_made_of_it(grown: GrownContract) -> None:
    """The generator writes a package, Python can import it all, and both its clients have every operation."""
    output = grown.folder / "generated"
    said = regenerate(grown.path, output)
    assert (said.code, said.stderr) == (0, "")
    with client_package(output, f"grown_{grown.edit.name.replace('-', '_')}") as package:
        methods = methods_of(load(grown.path))
        assert [methods - set(dir(client)) for client in client_classes(package)] == [set(), set()]


def test_its_webhooks_are_listed(grown: GrownContract) -> None:
    """What the server sends to its callers is read too, and is no operation of the server."""
    contract = load(grown.path)
    assert contract.webhooks == grown.edit.webhooks
    assert not {operation.id for operation in contract.operations} & set(grown.edit.webhooks)


@pytest.mark.thorough
def test_a_server_of_it_breaks_nothing(judged: EmbeddedRun) -> None:
    """The reference server does what the grown contract says, and the suite agrees."""
    assert judged.failed == {}
    assert judged.said.code == 0


@pytest.mark.parametrize("grown", TESTABLE, indirect=True, ids=_name)
def test_it_brings_requirements(grown: GrownContract) -> None:
    """Every element that was added is something that a server owes."""
    ids = requirement_ids(grown.path)
    assert [pattern for pattern in grown.edit.adds if not matching(ids, [pattern])] == []
    assert matching(ids, grown.edit.lacks) == set()


@pytest.mark.thorough
@pytest.mark.parametrize("grown", TESTABLE, indirect=True, ids=_name)
def test_what_it_brings_is_decided(grown: GrownContract, judged: EmbeddedRun) -> None:
    """A requirement that no request ever decides would be a promise that nobody keeps."""
    brought = matching(judged.verdicts, grown.edit.adds)
    undecided = {name: judged.reasons[name] for name in brought if judged.verdicts[name] != "pass"}
    assert [pattern for pattern in grown.edit.adds if not matching(brought, [pattern])] == []
    assert undecided == {}


@pytest.mark.thorough
@pytest.mark.parametrize("grown", TESTABLE, indirect=True, ids=_name)
def test_a_fault_of_it_is_found(grown: GrownContract) -> None:
    """A server that treats the new element wrongly fails every requirement that the fault names."""
    expected, failed = failures_of_a_fault(grown.short, grown.edit)
    assert expected - failed == set()
