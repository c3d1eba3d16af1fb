"""The contract in OpenAPI 3.0 says what it says in 3.1: two validators take it, and it judges values alike."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV30SpecValidator

from conformance.contract import Document, load
from conformance.contract.document import read, tokens
from scripts.generator.exports.older_document import older_document
from scripts.generator.exports.older_schema import UNSAYABLE
from scripts.generator.exports.plainer_document import plainer_document
from scripts.node.packages import NODE, environment, install
from tests.exports.judging import VALUES, Older, others, properties_of, valid_values
from tests.growth.editing import EDITS

ROOT = Path(__file__).resolve().parents[2]
NODES = ROOT / "scripts" / "node"
EXPORTS = ROOT / "generated" / "contract"
AWKWARD = Path(__file__).with_name("awkward.yaml")
OTHERS = sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))
# What Redocly warns of and nobody can help: what is reduced is no longer referred to.
EXPECTED = ("no-unused-components",)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every contract that the tests of growth have, and what this page adds."""
    folder = tmp_path_factory.mktemp("grown")
    edited = {edit.name: edit.write(folder, short=True) for edit in EDITS}
    return {**edited, **{path.stem: path for path in OTHERS}}


def linted(paths: Sequence[Path]) -> str:
    """What Redocly says of some documents; nothing where it finds nothing."""
    install(NODES)
    skipped = [f"--skip-rule={rule}" for rule in EXPECTED]
    command = (NODE, NODES / "node_modules" / ".bin" / "redocly", "lint", "--config", NODES / "redocly.yaml")
    said = subprocess.run(
        (*command, *skipped, "--format=json", *paths), env=environment(), check=False, capture_output=True, text=True
    )
    decoder, text, found = json.JSONDecoder(), said.stdout.strip(), []
    while text:
        report, end = decoder.raw_decode(text)  # one for each document
        found += [f"{each['location'][0]['source']['ref']}: {each['message']}" for each in report["problems"]]
        text = text[end:].strip()
    return "\n".join(found)


def validated(data: Any) -> list[str]:
    """What openapi-spec-validator finds."""
    return [str(error.message) for error in OpenAPIV30SpecValidator(data).iter_errors()]


def at(data: Any, place: str) -> Any:
    for step in tokens(place):
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def disagreements(document: Document, older: Any, known: set[str] | None = None) -> list[tuple[str, Any]]:
    """Values that 3.0 refuses and 3.1 takes, or takes and 3.1 refuses where nothing is said to be kept.

    Args:
        document: in version 3.1.
        older: the same in 3.0.
        known: schemas that were judged already; those of this document are added.
    """
    judge, found, known = Older(older), [], set() if known is None else known
    kept = [entry["at"] for entry in older.get("x-kept", ())]
    for schema in properties_of(document):
        text = json.dumps(schema.roots[0].data, sort_keys=True)
        if text in known:
            continue
        known.add(text)
        is_looser = any(place.startswith(schema.pointer) for place in kept)
        for value in VALUES:
            before, after = schema.is_valid(value), judge.is_valid(schema.pointer, value)
            if before != after and not (after and is_looser):
                found.append((schema.pointer, value))
    return found


@pytest.mark.parametrize("name", ["openapi-3.0.yaml", "openapi.codegen.yaml"])
def test_what_is_exported_is_openapi_30(name: str) -> None:
    """Two validators that know nothing of each other find nothing."""
    path = EXPORTS / name
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert data["openapi"] == "3.0.3"
    assert validated(data) == []
    assert linted([path]) == ""


def test_values_are_judged_alike() -> None:
    """Of each component and each property, whatever the value."""
    contract = load()
    older = yaml.safe_load((EXPORTS / "openapi-3.0.yaml").read_text(encoding="utf-8"))
    assert disagreements(contract.document, older) == []
    judge = Older(older)
    for schema in properties_of(contract.document):
        for value in others(valid_values(contract).get(schema.pointer)):
            assert judge.is_valid(schema.pointer, value) == schema.is_valid(value), (schema.pointer, value)


def test_what_is_new_in_31_is_said_in_other_words() -> None:
    """One of each: 3.0 lets through what 3.1 does, and more only where it says so."""
    document = read(AWKWARD)
    older = older_document(document)
    assert validated(older) == []
    assert disagreements(document, older) == []


def test_what_cannot_be_said_is_kept_and_listed() -> None:
    """Nothing is lost in silence: each entry names a place where the words stand under another name."""
    document = read(AWKWARD)
    older = older_document(document)
    listed = {(entry["at"], entry["what"]) for entry in older["x-kept"]}
    assert len(listed) == len(older["x-kept"])
    for entry in older["x-kept"]:
        assert entry["as"] in at(older, entry["at"]), entry
    was, now = Counter(_keys(document.data)), Counter(_keys(older))
    for key in UNSAYABLE | {"webhooks", "pathItems", "jsonSchemaDialect", "identifier"}:
        # One that is sealed without parts is closed in 3.0 as well.
        said = 1 if key == "unevaluatedProperties" else 0
        assert was[key] == now[f"x-{key.lstrip('$')}"] + said, key


def _keys(node: Any) -> Iterator[str]:
    """Every key of a document, at any depth, that is no property's name."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _keys(list(value.values()) if key == "properties" else value)
    elif isinstance(node, list):
        for item in node:
            yield from _keys(item)


def test_a_contract_that_grows_is_exported_as_well(grown: dict[str, Path], tmp_path: Path) -> None:
    """New fields of each kind, operations, models and whole other services, without a change to any code."""
    paths, known = [], set[str]()
    for name, path in grown.items():
        contract = load(path)
        older, plainer = older_document(contract.document), plainer_document(contract.document)
        assert validated(older) == [], name
        assert validated(plainer) == [], name
        assert disagreements(contract.document, older, known) == [], name
        for kind, data in (("older", older), ("plainer", plainer)):
            paths.append(tmp_path / f"{name}.{kind}.yaml")
            paths[-1].write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    assert linted(paths) == ""
