"""The contract grows, and so do its vectors, without an edit of anything else."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from conformance.contract import Contract, Input, Operation, load
from conformance.contract.lives import lives
from conformance.requirements.ids import input_prefix
from conformance.vectors import documents, schema_text, vectors
from tests.growth.editing import EDITS, ContractEdit
from tests.vectors.matching import differences
from tests.vectors.sending import OPEN, problems, sendable
from tests.vectors.writing import by_httpx


@pytest.fixture(scope="module", params=EDITS, ids=lambda edit: edit.name)
def grown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract after one of the edits."""
    edit: ContractEdit = request.param
    return load(edit.write(tmp_path_factory.mktemp(edit.name)))


def _about(operation: Operation, declared: Input) -> set[str]:
    """What the ids about an input begin with: the input itself, and each value that it lists."""
    prefix = input_prefix(operation, declared)
    items = declared.schema.items
    listed = (*declared.schema.enum, *(items.enum if items is not None else ()))
    return {f"{prefix}/", *(f"{prefix}/value/{value}" for value in listed)}


def test_every_element_has_a_vector(grown: Contract) -> None:
    """Each operation, input, listed value, refusal and job that can be waited for; and all of them keep the schema."""
    ids = [vector.id for vector in vectors(grown)]
    wanted: set[str] = set()
    for operation in grown.operations:
        wanted |= {f"{operation.id}/request/smallest", f"{operation.id}/money/"}
        wanted |= {f"{operation.id}/answer/{response.status}/" for response in operation.refusals}
        for declared in operation.inputs:
            wanted |= _about(operation, declared)
    wanted |= {f"{life.reader.id}/wait/whole-life" for life in lives(grown)}
    assert [prefix for prefix in sorted(wanted) if not any(name.startswith(prefix) for name in ids)] == []
    validator = jsonschema_rs.Draft202012Validator(json.loads(schema_text()))
    for document in documents(grown).values():
        assert validator.is_valid(json.loads(json.dumps(document)))


def test_every_status_has_an_answer(grown: Contract) -> None:
    """Each listed value of what an answer says at its top, and one that nobody listed."""
    ids = {vector.id for vector in vectors(grown)}
    for operation in grown.operations:
        base = operation.success.schema
        if base is None or base.types != {"object"}:
            continue
        for found in operation.success.properties:
            if len(found.path) == 1 and found.schema.types == {"string"} and found.schema.enum and base.required:
                prefix = f"{operation.id}/answer/{found.name}"
                assert {f"{prefix}/unlisted", *(f"{prefix}/value/{value}" for value in found.schema.enum)} <= ids


def test_what_is_billed_is_watched(grown: Contract) -> None:
    """A create that may have happened is made once, whatever happens to it."""
    for operation in grown.billable:
        counts = [
            vector.expect.requests
            for vector in vectors(grown)
            if vector.call.operation == operation.id and vector.requirement == "client/money/one-create"
        ]
        assert len(counts) > 8
        assert all(count is not None and count.max == 1 for count in counts)


def test_what_is_new_is_right(grown: Contract) -> None:
    """What another writer makes of the new calls is what they expect, and valid by the contract that grew."""
    own = {vector.id: vector.as_json() for vector in vectors(load())}
    for vector in sendable(grown):
        if own.get(vector.id) == vector.as_json():
            continue
        sent = by_httpx(grown, vector.call)
        operation = grown.operation(vector.call.operation)
        assert differences(operation, vector.expect.request or {}, sent) == [], vector.id
        assert vector.requirement in OPEN or problems(operation, sent) == [], vector.id


def test_an_edit_shows(tmp_path: Path) -> None:
    """What is new in the contract is new in the vectors, and nothing that was there is gone."""
    edit = next(edit for edit in EDITS if any("/request/" in pattern for pattern in edit.adds))
    own = {vector.id for vector in vectors(load())}
    assert own < {vector.id for vector in vectors(load(edit.write(tmp_path)))}
