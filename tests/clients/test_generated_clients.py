"""Clients that others' generators make of our exports keep every MUST; what remains is listed, and is in the table."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.clients.judging import TimeLimits
from conformance.contract import Contract
from conformance.requirements import Level
from conformance.vectors import Vector, vectors
from scripts.benchmarks.client_rows import client_row
from scripts.benchmarks.client_rows import table as rows_of
from scripts.benchmarks.clients import PAGE
from scripts.toolchains.generated_clients import GENERATED
from tests.clients.judged import judged

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("uncounted")]
HERE = Path(__file__).resolve().parent
TOLD: dict[str, Any] = yaml.safe_load((HERE / "generated.yaml").read_text(encoding="utf-8"))
# Each call is given the time that a busy machine needs; what is never answered ends sooner.
PATIENT = TimeLimits(start=60.0, call=15.0, silence=2.0, wait=2.0, grace=20.0, whole=900.0)
SERVERS_OF_LOCKS = re.compile(r"^\s*(source|registry|resolved|url)\s*=|<url>|<repositor", re.MULTILINE)


def table() -> str:
    """The rows of the page: a client a line, with what it was helped with and what remains."""
    rows = [
        f"| {language.capitalize()} | {GENERATED[language].generator} {GENERATED[language].version} | {told['help']} "
        f"| {'; '.join(f'`{glob}`: {why}' for glob, why in told['remains'].items()) or 'nothing'} |"
        for language, told in TOLD.items()
    ]
    return "\n".join(["| language | generator | help | what remains |", "|---|---|---|---|", *rows])


def demand(language: str) -> None:
    """Skip the test where the client is not built; ./scripts/test builds it, so on CI it has to be there."""
    reason = GENERATED[language].missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)


def is_must(vector: Vector) -> bool:
    return vector.level is Level.MUST


def is_listed(language: str, vector: Vector) -> bool:
    return any(fnmatchcase(vector.id, glob) for glob in TOLD[language]["remains"])


@pytest.mark.parametrize("language", TOLD)
def test_a_generated_client_passes_all_but_what_is_listed(language: str, contract: Contract) -> None:
    """With the help that the table tells of, no MUST is broken, and of the SHOULDs just those that it names."""
    demand(language)
    made = judged(contract, vectors(contract), GENERATED[language].command(), PATIENT)
    assert made.trouble is None
    assert made.conduct == ()
    flaws = {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws}
    assert {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws and is_must(trial.vector)} == {}
    left = [trial.vector for trial in made.trials if trial.flaws or trial.not_run]
    assert {vector.id: flaws.get(vector.id) for vector in left if not is_listed(language, vector)} == {}
    name = f"{GENERATED[language].generator} ({language.capitalize()})"
    row = client_row(name, made, (), {operation.id for operation in contract.billable})
    shown = rows_of(PAGE.read_text(encoding="utf-8"))[name]
    if f" of {row.total}" in shown[1]:  # an edit of the contract makes others, and leaves the page alone
        assert row.cells() == shown, "./scripts/bench clients --write"
    globs = TOLD[language]["remains"]
    assert [glob for glob in globs if not any(fnmatchcase(vector.id, glob) for vector in left)] == []


@pytest.mark.parametrize("language", TOLD)
def test_an_adapter_says_what_its_client_was_made_with(language: str, contract: Contract) -> None:
    """Reports name the generator, its version and the language."""
    demand(language)
    client = judged(contract, vectors(contract)[:1], GENERATED[language].command(), PATIENT).client
    assert (client.name, client.version, client.language) == (
        GENERATED[language].generator, GENERATED[language].version, language,
    )  # fmt: skip


def test_the_page_has_the_table() -> None:
    """The table of docs/sdk-teams.md is made of generated.yaml and of the lock files."""
    assert list(TOLD) == list(GENERATED)
    page = PAGE.read_text(encoding="utf-8")
    assert f"<!-- generated clients -->\n{table()}\n<!-- /generated clients -->" in page


@pytest.mark.parametrize("name", ["go/go.sum", "java/jars.lock", "openapi-generator/jars.lock", "rust/Cargo.lock"])
def test_locks_have_hashes_and_name_no_registry(name: str) -> None:
    """Whoever uses a mirror can use the locks, and nobody is given something else than we were."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    assert not SERVERS_OF_LOCKS.search("\n".join(lines))
    if name.endswith("jars.lock"):
        assert all(re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+ [0-9a-f]{64}", line) for line in lines if line[0] != "#")
    elif name.endswith("go.sum"):
        assert all(re.fullmatch(r"\S+ v\S+ h1:\S{43}=", line) for line in lines)
    else:
        assert sum(line.startswith("checksum = ") for line in lines) == lines.count("[[package]]") - 1


@pytest.mark.parametrize("language", TOLD)
def test_no_adapter_knows_the_contract(language: str, contract: Contract) -> None:
    """A field, a model or an operation more needs no edit there: what stands beside the generated code names none."""
    names = {declared.name for operation in contract.operations for declared in operation.fields}
    names |= {operation.id for operation in contract.operations} | {one.path for one in contract.operations}
    kinds = {".go", ".java", ".rs", ".mustache", ".tmpl"}
    sources = [path for path in (HERE / language).rglob("*") if path.suffix in kinds]
    assert sources
    for path in sources:
        found = set(re.findall(r'"([^"\s]+)"', path.read_text(encoding="utf-8"))) & names
        assert found == set(), path
