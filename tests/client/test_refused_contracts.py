"""What the client cannot say is refused when it is generated: one sentence, with the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.generator import command
from tests.client import growth

FORM = "multipart/form-data"
PARAMETER = {"name": "p", "in": "query", "required": True}


def operation(path: str = "/thing", **said: Any) -> dict[str, Any]:
    done = {"204": {"description": "Done."}}
    return {"paths": {path: {"post": {"operationId": "doThing", "security": [], "responses": done, **said}}}}


def body(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return operation(requestBody={"content": {media: {"schema": schema}}})


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a form that is no object": (body(FORM, {"type": "string"}), "multipart/form-data:", "a form is an object"),
    "parts that are no form": (body("multipart/mixed", {}), "multipart/mixed:", "cannot send `multipart/mixed`"),
    "a range of media types": (body("image/*", {}), "image/*:", "cannot send `image/*`; name one media type"),
    "a style in the query": (
        operation(parameters=[{**PARAMETER, "style": "spaceDelimited", "schema": {"type": "object"}}]),
        "- in: ",
        "cannot write an object in a query as `spaceDelimited`",
    ),
    "a style in the path": (
        operation("/thing/{p}", parameters=[{**PARAMETER, "in": "path", "style": "matrix", "schema": {}}]),
        "- in: ",
        "cannot write a value in a path as `matrix`; use one of simple",
    ),
    "an object in a header": (
        operation(parameters=[{**PARAMETER, "in": "header", "schema": {"type": "object", "properties": {"a": {}}}}]),
        "- in: ",
        "cannot write an object in a header; describe it by `content`",
    ),
    "a path without its parameter": (operation("/thing/{p}"), "/thing/{p}:", "no parameter says what `{p}`"),
    "a scheme of another kind": (
        {
            "components": {"securitySchemes": {"digest": {"type": "http", "scheme": "digest"}}},
            **operation(security=[{"digest": []}]),
        },
        "digest:",
        "cannot use `digest`; add one of bearer, basic or apiKey",
    ),
    "one name for two operations": (
        {"paths": {"/thing": {"get": {"operationId": "create_video", "responses": {"204": {"description": "Done."}}}}}},
        "get:",
        "`createVideo` and `create_video` both become `create_video`",
    ),
    "one name for two schemas": (
        {"components": {"schemas": {"video_": {"type": "object", "properties": {"a": {"type": "string"}}}}}},
        "video_:",
        "`Video` and `video_` both become the class `Video`",
    ),
    "no type at all": (body("application/json", {"type": "text"}), "type: text", '"text" is not valid'),
}


@pytest.mark.parametrize(("edit", "at", "why"), REFUSED.values(), ids=list(REFUSED))
def test_what_the_client_cannot_say_is_refused_with_its_place(
    edit: dict[str, Any], at: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, the line of the element, and nothing written."""
    contract = tmp_path / "contract.yaml"
    contract.write_text(yaml.safe_dump(growth.grown(yaml.safe_dump(edit)), sort_keys=False), encoding="utf-8")
    code = command.main(["--contract", str(contract), "--output", str(tmp_path / "out")])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert why in err
    place, line = err.removeprefix("error: ").split(":")[:2]
    assert place == str(contract)
    assert at in contract.read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert not list(tmp_path.glob("out/*"))
