"""Members that go one way only, and bodies that may be sent in more than one media type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.checks.verdicts import Decision
from conformance.contract import load
from conformance.reference import ReferenceServer, generic_faults
from tests.suite.contracts import answers, document_of, loaded, refused, written
from tests.suite.runs import TOKEN, carry_out

_NOTE = {
    "type": "object",
    "required": ["text", "id"],
    "properties": {
        "id": {"type": "string", "readOnly": True, "examples": ["note_1"]},
        "text": {"type": "string"},
        "password": {"type": "string", "writeOnly": True},
    },
}


def _notes(*media_types: str) -> dict[str, Any]:
    body = {"required": True, "content": {media_type: {"schema": _NOTE} for media_type in media_types}}
    responses = answers({"type": "object", "properties": {"text": {"type": "string"}}}, _400=refused())
    return {"/notes": {"post": {"operationId": "write", "requestBody": body, "responses": responses}}}


def test_what_is_read_only_is_no_input(tmp_path: Path) -> None:
    """Nobody has to send, and no probe tries, what only the server says."""
    operation = loaded(tmp_path, _notes("application/json")).operation("write")
    assert [declared.name for declared in operation.fields] == ["text", "password"]


def test_what_is_write_only_is_no_answer(tmp_path: Path) -> None:
    """A password that was sent is not asked for in what comes back."""
    responses = answers(_NOTE, _400=refused())
    contract = loaded(tmp_path, {"/notes": {"get": {"operationId": "read", "responses": responses}}})
    assert [found.name for found in contract.operation("read").success.properties] == ["id", "text"]


def test_each_media_type_of_a_body_is_decided(tmp_path: Path) -> None:
    """A body that may be a form as well is accepted as one, and a server that takes only JSON is told so."""
    form = "application/x-www-form-urlencoded"
    contract = load(written(tmp_path, document_of(_notes("application/json", form))))
    requirement = f"write/request/body/as/{form}"
    with ReferenceServer(contract, token=TOKEN) as server:
        assert carry_out(contract, server.url).verdict(requirement).decision is Decision.PASS
    fault = next(fault for fault in generic_faults(contract) if fault.fails == (requirement,))
    with ReferenceServer(contract, token=TOKEN, behaviours=(fault,)) as server:
        assert carry_out(contract, server.url).verdict(requirement).decision is Decision.FAIL
