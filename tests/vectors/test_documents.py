"""The files of vectors keep their schema, are the same each time, and name what they test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from conformance.contract import Contract, load
from conformance.requirements import Level
from conformance.vectors import asked_document, documents, explain_asked, schema_text, vectors
from conformance.vectors import tested_requirements as requirements_tested
from conformance.vectors.obligations import obligations
from tests.growth.editing import EDITS
from tests.vectors.foreign import FOREIGN

ROOT = Path(__file__).resolve().parents[2]
FILES = ROOT / "generated" / "contract" / "vectors"
SCHEMA: dict[str, Any] = json.loads(schema_text())


def test_the_schema_is_one() -> None:
    """Two validators take it for a JSON Schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema_rs.meta.validate(SCHEMA)


def test_the_files_keep_the_schema(contract: Contract) -> None:
    """Two validators find nothing wrong, as the documents are written and as they are read."""
    strict = jsonschema.Draft202012Validator(SCHEMA)
    quick = jsonschema_rs.Draft202012Validator(SCHEMA)
    for document in documents(contract).values():
        read = json.loads(json.dumps(document))
        assert [error.message for error in quick.iter_errors(read)] == []
        assert [error.message for error in strict.iter_errors(read)] == []


BROKEN: list[tuple[str, Any]] = [
    ("level", "MAY"),
    ("kind", "wait"),
    ("expect", {}),
    ("expect", {"outcome": "nothing"}),
    ("expect", {"error": {"status": 500}}),
    ("given", []),
    ("given", [{"cut": "in-body"}]),
    ("given", [{"status": 200}]),
    ("given", [{"silent": True, "status": 200, "headers": []}]),
    ("call", {"operation": "a"}),
    ("call", {"operation": "a", "arguments": {"form": {}}}),
]


@pytest.mark.parametrize(("member", "value"), BROKEN, ids=[f"{name}-{index}" for index, (name, _) in enumerate(BROKEN)])
def test_the_schema_refuses_what_is_no_vector(member: str, value: Any) -> None:
    """A writer of vectors who makes a mistake is told."""
    document = json.loads(json.dumps(documents(load())["answers.json"]))
    document["vectors"][0][member] = value
    assert not jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(document)


def test_the_files_are_the_vectors_of_the_contract() -> None:
    """What teams download is what the judge goes by."""
    for name, document in documents(load()).items():
        assert json.loads((FILES / name).read_text(encoding="utf-8")) == json.loads(json.dumps(document))
    assert json.loads((FILES / "schema.json").read_text(encoding="utf-8")) == SCHEMA
    told = json.loads((FILES / "requirements.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(asked_document(load())))
    assert {row["id"] for row in told["requirements"]} == {vector.requirement for vector in vectors(load())}


def test_they_are_the_same_in_every_process() -> None:
    """No order of a set and no clock shows in them."""
    script = (
        "import json; from conformance.contract import load; from conformance.vectors import documents;"
        "print(json.dumps(documents(load())))"
    )
    said = {
        subprocess.run(
            (sys.executable, "-c", script),
            cwd=ROOT,
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {json.dumps(documents(load())).encode() + b"\n"}


def test_each_names_what_it_tests(contract: Contract) -> None:
    """A requirement that is known, explained, and no weaker than the vector; a sentence, and an id of its own."""
    known = requirements_tested(contract)
    found = vectors(contract)
    assert [name for name, count in Counter(vector.id for vector in found).items() if count > 1] == []
    for vector in found:
        requirement = known[vector.requirement]
        assert vector.level is Level.SHOULD or requirement.level is Level.MUST, vector.id
        assert explain_asked(vector.requirement) is not None, vector.id
        assert vector.sentence.endswith("."), vector.id


def test_a_must_rests_on_a_standard_or_a_page() -> None:
    """What is asked of clients as a MUST by a standard quotes the sentence that demands it."""
    for obligation in obligations().values():
        assert obligation.level is Level.SHOULD or obligation.source == "contract" or obligation.quote, obligation.id


def test_every_obligation_is_tested(tmp_path: Path) -> None:
    """A sentence about clients that no vector of any contract here tests is only a wish."""
    paths: list[Path | None] = [None, *FOREIGN]
    paths += [edit.write(tmp_path) for edit in EDITS if any("/parameter/" in added for added in edit.adds)]
    tested = {vector.requirement for path in paths for vector in vectors(load(path))}
    assert obligations().keys() - tested == set()


def test_the_page_shows_one_that_is_there() -> None:
    """Whoever writes a harness by the page finds in the files what it shows, but for the bytes of a file."""
    page = (ROOT / "docs" / "sdk-teams.md").read_text(encoding="utf-8").partition("## Wire vectors\n")[2]
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    (vector,) = [vector for vector in vectors(load()) if vector.id == shown["id"]]
    assert _without_bytes(shown) == _without_bytes(json.loads(json.dumps(vector.as_json())))


def _without_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_bytes(member) for name, member in value.items() if name != "base64"}
    return [_without_bytes(item) for item in value] if isinstance(value, list) else value


def test_each_kind_has_its_vectors() -> None:
    """Requests, answers and money, of both levels."""
    counted = Counter((vector.kind, vector.level) for vector in vectors(load()))
    assert len(counted) == 6
    assert sum(counted.values()) > 400
