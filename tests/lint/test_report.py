"""What `lint --report` says of anybody's document: its examples, refusals, forms, provenance, and its defects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import default_path
from conformance.errors import ExitCode
from conformance.lint.survey import SECTIONS
from tests.suite.runs import Said, command

FOREIGN = Path(__file__).resolve().parent / "foreign"
GROWN = sorted((FOREIGN.parents[1] / "growth" / "contracts").glob("*.yaml"))


def report(path: Path, *words: str) -> dict[str, Any]:
    """Report on a file as other tools read it."""
    said = command("lint", "--report", path, "--json", *words)
    assert said.code == 0, said
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def places(section: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what is to be mended, by file and line as people look it up, and rule."""
    return {(f"{Path(one['file']).name}:{one['line']}", one["rule"]) for one in section["findings"]}


def test_the_own_contract_stands_well() -> None:
    """Nothing to mend in it, on any side, and each element says where it comes from."""
    found = report(default_path())
    assert [found[side]["findings"] for side in SECTIONS] == [[]] * len(SECTIONS)
    assert found["examples"]["valid"] == found["examples"]["examples"] > 0
    assert found["provenance"]["absent"] == 0
    assert found["provenance"]["observed"] > 0
    assert all(status["documented"] == status["of"] for status in found["errors"]["statuses"].values())
    assert found["encodings"]["multipart"] > 0
    assert command("lint", "--report", "--fail-on", "any").code == 0


@pytest.mark.parametrize("path", GROWN, ids=lambda path: path.stem)
def test_other_contracts_of_ours_keep_the_rules(path: Path) -> None:
    """Their examples are right; what they do not document is told, and fails nobody who does not ask for it."""
    found = report(path)
    assert (found["examples"]["findings"], found["rules"]["findings"]) == ([], [])
    assert found["rules"]["extensions"] is True
    assert found["errors"]["findings"]
    assert command("lint", "--report", path, "--fail-on", "rules", "--fail-on", "examples").code == 0
    assert command("lint", "--report", path, "--fail-on", "errors").code == ExitCode.BROKEN_MUST


def test_a_document_of_3_0_is_read_as_its_version_says() -> None:
    """`nullable`, limits that are flags, and what is read only: none of it makes a right example a wrong one."""
    found = report(FOREIGN / "pets.json")
    assert (found["openapi"], found["operations"], found["schemas"]) == ("3.0.3", 3, 2)
    examples = found["examples"]
    lines = (FOREIGN / "pets.json").read_text(encoding="utf-8").splitlines()
    wrong = {'"example": "ten"', '"bad": {"value": {"name": 5}}', '"default": 5'}
    assert len(examples["findings"]) == len(wrong)
    for one in examples["findings"]:
        assert any(text in lines[one["line"] - 1] for text in wrong), one
    assert (examples["examples"], examples["valid"], examples["not_judged"]) == (6, 2, 1)
    assert examples["kinds"]["body"] == {"examples": 2, "valid": 1}


def test_a_document_without_extensions_is_not_asked_for_ours() -> None:
    """Nobody has heard of them; what holds for any document is asked all the same."""
    found = report(FOREIGN / "pets.json")
    assert found["rules"]["extensions"] is False
    assert found["rules"]["by_rule"] == {
        "operation-summary": 2,
        "license": 1,
        "server": 1,
        "operation-id": 1,
        "unused-component": 1,
    }
    assert found["provenance"]["absent"] == found["provenance"]["elements"] > 0
    assert found["provenance"]["findings"] == []


def test_what_operations_do_not_document_is_a_table() -> None:
    """`default` alone is told from a status, a range counts, and nobody has to document what cannot happen."""
    errors = report(FOREIGN / "pets.json")["errors"]
    rows = {row.pop("operation"): row for row in errors["operations"]}
    assert rows["GET /pets"] == {"400": "default", "401": "default", "404": "-", "429": "default", "5xx": "default"}
    assert rows["POST /pets"] == {"400": "no", "401": "no", "404": "-", "429": "yes", "5xx": "no"}
    assert rows["GET /pets/{petId}"] == {"400": "-", "401": "-", "404": "yes", "429": "yes", "5xx": "no"}
    assert errors["answers"] == {"errors": 3, "with_schema": 0, "forms": 0}
    said = [one["message"] for one in errors["findings"]]
    assert any("429 does not document `Retry-After`" in message for message in said)
    assert any(message.startswith("POST /pets does not document a refusal of wrong input") for message in said)


def test_references_to_other_files_are_followed() -> None:
    """A path, a parameter, schemas that refer to themselves and onwards; each place is in its own file and line."""
    found = report(FOREIGN / "shop" / "openapi.yaml")
    assert found["notes"] == ["read together with 3 other files that it refers to"]
    assert found["operations"] == 2
    assert places(found["examples"]) == {("paths.yaml:24", "example")}
    assert found["encodings"]["parts"] == {"file": 1, "object": 1, "objects": 1, "plain": 1}
    assert places(found["encodings"]) == {("paths.yaml:7", "encoding")}
    assert places(found["rules"]) >= {("openapi.yaml:25", "reference"), ("openapi.yaml:18", "json-value")}
    (lost,) = (one for one in found["rules"]["findings"] if one["rule"] == "reference")
    assert "gone.yaml: cannot be read: No such file or directory" in lost["message"]


def test_a_broken_document_is_told_as_far_as_it_goes() -> None:
    """Wrong shapes everywhere are findings, and what cannot be asked is said; nothing falls over."""
    said = command("lint", "--report", FOREIGN / "broken.yaml")
    assert (said.code, said.stderr) == (0, "")
    assert "rules that cannot be asked of a document that is so broken: required-unknown" in said.stdout
    found = report(FOREIGN / "broken.yaml")
    assert found["rules"]["by_rule"]["structure"] >= 10
    assert command("lint", "--report", FOREIGN / "broken.yaml", "--fail-on", "rules").code == ExitCode.BROKEN_MUST


def test_a_large_document_takes_as_long_as_it_is(tmp_path: Path) -> None:
    """Schemas that all lead to each other, and many paths: the work grows with the document, not with its square."""
    count = 300
    schemas = {
        f"S{index}": {
            "type": "object",
            "properties": {"id": {"type": "integer", "example": index}, "next": {"$ref": _schema((index + 1) % count)}},
        }
        for index in range(count)
    }
    paths = {f"/things{index}/{{id}}": {"get": _reader(index)} for index in range(count)}
    document = {"openapi": "3.0.2", "info": {"title": "Large", "version": "1"}, "paths": paths}
    path = tmp_path / "large.json"
    path.write_text(json.dumps({**document, "components": {"schemas": schemas}}), encoding="utf-8")
    found = report(path)
    assert (found["examples"]["examples"], found["examples"]["valid"]) == (2 * count, 2 * count - 1)
    assert found["errors"]["statuses"]["404"] == {"documented": count, "by_default": 0, "of": count}
    text = command("lint", "--report", path).stdout
    assert len(text.splitlines()) < 100
    assert f"… and {count - 40} more; --json has all" in text


def _schema(index: int) -> str:
    return f"#/components/schemas/S{index}"


def _reader(index: int) -> dict[str, Any]:
    shown = {"schema": {"$ref": _schema(index)}, "example": {"id": index or "none"}}
    return {
        "operationId": f"read{index}",
        "summary": "Read a thing.",
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {
            "200": {"description": "It.", "content": {"application/json": shown}},
            "404": {"description": "None."},
        },
    }


def test_one_schema_that_cannot_be_used_spoils_no_other_verdict(tmp_path: Path) -> None:
    """Its own examples are not judged; all others are."""
    schemas = {name: {"type": "string", "examples": ["a", 5]} for name in ("A", "B", "C")}
    schemas["B"]["pattern"] = "("
    path = _written(tmp_path, {"components": {"schemas": schemas}})
    found = report(path)["examples"]
    assert (found["examples"], found["valid"], found["not_judged"], found["invalid"]) == (6, 2, 2, 2)


def test_as_markdown_a_document_cannot_write_what_it_likes(tmp_path: Path) -> None:
    """Its title and names are text: no markup, no mention, no column of a table."""
    path = _written(tmp_path, {"info": {"title": "<b>@all</b> [x](http://y)", "version": "1"}})
    said = command("lint", "--report", path, "--markdown")
    assert said.code == 0
    first, *rest = said.stdout.splitlines()
    assert first.startswith("# openapi.yaml: &lt;b>&#64;all&lt;/b> \\[x](http://y) 1, OpenAPI 3.1.0")
    assert [line for line in rest if line.startswith("## ")] == [
        *("## Examples", "## Refusals and failures", "## Forms", "## Provenance", "## Rules")
    ]
    assert "| 1 | `#/info` | license |" in said.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("swagger: '2.0'\n", ":1: #/swagger: is Swagger 2.0; convert it to OpenAPI 3 first"),
        ("openapi: 4.0.0\n", ":1: #/openapi: `openapi: 4.0.0` is no version that is read here"),
        ("info: {}\n", "is no OpenAPI document: `openapi: 3.1.x` is missing at the top"),
        ("a: [\n", "is not YAML"),
        ("", "is empty"),
    ],
    ids=["swagger", "future", "none", "no-yaml", "empty"],
)
def test_what_cannot_be_read_is_a_usage_error(text: str, words: str, tmp_path: Path) -> None:
    """Status 2, and a line that says what it is."""
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    said = command("lint", "--report", path)
    assert (said.code, said.stdout, words in said.stderr, str(path) in said.stderr) == (2, "", True, True)


@pytest.mark.parametrize(
    "words", [("--json",), ("--markdown",), ("--fail-on", "any"), ("--report", "--json", "--markdown")], ids=" ".join
)
def test_options_that_do_not_fit_are_told(words: tuple[str, ...]) -> None:
    """What only a report has is not silently left out."""
    said: Said = command("lint", *words)
    assert (said.code, "--report" in said.stderr) == (2, True)


def test_a_report_sees_what_an_overlay_brings(tmp_path: Path) -> None:
    """With the overlay's own file and line."""
    overlay = tmp_path / "mine.yaml"
    action = "- target: $.paths.*.post\n  update: {tags: [nothing]}\n"
    overlay.write_text(f"overlay: 1.0.0\ninfo: {{title: mine, version: '1'}}\nactions:\n{action}", encoding="utf-8")
    said = json.loads(command("lint", "--report", "--overlay", overlay, "--json").stdout)
    assert ("mine.yaml:5", "tag") in places(said["rules"])


def _written(folder: Path, more: dict[str, Any]) -> Path:
    path = folder / "openapi.yaml"
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}, **more}
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path
