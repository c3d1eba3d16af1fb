"""Narrowing a run to some of the values that the contract lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.campaign import Options, plan
from conformance.contract import Contract, load
from conformance.errors import ExitCode
from tests.growth.editing import EDITS
from tests.suite.runs import command


def _model(contract: Contract) -> tuple[str, list[str]]:
    declared = next(d for d in contract.billable[0].fields if d.schema.role == "model")
    return declared.name, [str(value) for value in declared.schema.enum]


def test_models_is_short_for_the_values_of_the_field_with_that_role(contract: Contract) -> None:
    """Both ways to say it give the same plan."""
    name, listed = _model(contract)
    chosen = ",".join(listed[1:3])
    by_role = command("run", "--dry-run", "--verbose", "--models", chosen)
    by_name = command("run", "--dry-run", "--verbose", "--values", f"{name}={chosen}")
    assert by_role == by_name
    assert by_role.code == ExitCode.CONFORMS


def test_any_enum_can_be_narrowed(tmp_path: Path) -> None:
    """A second enum is narrowed like the models, and only what is left is sent to be accepted."""
    contract = load(next(edit for edit in EDITS if edit.name == "second-enum").write(tmp_path, short=True))
    declared = next(d for d in contract.billable[0].fields if d.schema.enum and d.schema.role is None)
    wanted = declared.schema.enum[1]
    options = Options(60, values={declared.name: frozenset({wanted})})
    sent = {
        probe.sent[declared.name]
        for probe in plan(contract, options)
        if "/create/" in probe.id and declared.name in probe.sent
    }
    assert sent == {wanted}


@pytest.mark.parametrize(
    ("narrowing", "reason"),
    [
        ("model", "write FIELD=VALUE"),
        ("no_such_field=a", "no field 'no_such_field' has listed values; there is: model"),
        ("model=no-such-model", "model: the contract does not list no-such-model; it lists "),
        ("model=", "model: the contract does not list none; it lists "),
    ],
)
def test_what_cannot_be_narrowed_is_refused(narrowing: str, reason: str) -> None:
    """A misspelt name must not quietly test nothing, or everything."""
    said = command("run", "--dry-run", "--values", narrowing)
    assert (said.code, said.stdout) == (ExitCode.USAGE, "")
    assert reason in said.stderr
