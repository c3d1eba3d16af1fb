"""Overlays: what an action does to a document, where things are written then, and what is no overlay."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import ContractSource, Document, default_path, load
from conformance.contract.source import overlay_path, shipped_overlays
from conformance.errors import ContractError, UsageError
from scripts.node.packages import NODE, environment, install
from tests.suite.runs import ROOT, command

_BASE = """\
openapi: 3.1.0
info: &about
  title: A service
  version: 1.0.0
  description: Ours.
x-same: *about
x-provenance: documented
tags: [{name: a}, {name: b}]
paths:
  /things:
    get:
      operationId: listThings
      security: []
      description: Lists them.
      parameters:
        - {name: kind, in: query, description: Which., schema: {type: string, enum: [one, two]}}
      responses:
        '200': {description: The things.}
        '404': {description: None.}
components: {}
"""
_GET = "$.paths['/things'].get"
_HEAD = "overlay: 1.0.0\ninfo: {title: a, version: '1'}\n"
# What actions do, one after the other; the last column is what has become of the place.
_CASES: list[tuple[str, dict[str, Any], str, Any]] = [
    ("a value is replaced", {"target": "$.info", "update": {"title": "Theirs"}}, "$.info.title", "Theirs"),
    ("a member is added", {"target": "$.info", "update": {"x-new": {"a": [1]}}}, "$.info.x-new", {"a": [1]}),
    ("objects are merged", {"target": "$", "update": {"info": {"version": "2"}}}, "$.info.description", "Ours."),
    ("null is a value", {"target": "$.info", "update": {"x-null": None}}, "$.info.x-null", None),
    ("an entry joins an array", {"target": "$.tags", "update": {"name": "c"}}, "$.tags.2.name", "c"),
    ("several join it", {"target": "$.tags", "update": [{"name": "d"}, {"name": "e"}]}, "$.tags.4.name", "e"),
    ("arrays within are joined", {"target": _GET, "update": {"parameters": [
        {"name": "p", "in": "query", "schema": {"type": "string"}}]}}, "$.paths./things.get.parameters.1.name", "p"),
    ("all that match change", {"target": "$.tags[*]", "update": {"x-seen": True}}, "$.tags.3.x-seen", True),
    ("a filter chooses", {"target": "$.tags[?@.name=='b']", "update": {"name": "B"}}, "$.tags.1.name", "B"),
    ("one is removed", {"target": f"{_GET}.responses['404']", "remove": True}, "$.paths./things.get.responses",
     {"200": {"description": "The things."}}),
    ("several are removed, whatever their order", {"target": "$.tags[4,0]", "remove": True}, "$.tags.0.name", "B"),
    ("a value of an array is removed", {"target": f"{_GET}.parameters[0].schema.enum[0]", "remove": True},
     "$.paths./things.get.parameters.0.schema.enum", ["two"]),
    ("to remove wins over to update", {"target": "$.info.description", "remove": True, "update": "x"}, "$.info",
     {"title": "Theirs", "version": "2", "x-new": {"a": [1]}, "x-null": None}),
    ("what was removed is made anew", {"target": "$.info", "update": {"description": "New."}}, "$.info.description",
     "New."),
]  # fmt: skip


def overlay(folder: Path, actions: list[dict[str, Any]] | str, name: str = "mine", **more: Any) -> Path:
    """Write an overlay, or its text."""
    path = folder / f"{name}.yaml"
    data = {"overlay": "1.0.0", "info": {"title": "Mine", "version": "1"}, "actions": actions, **more}
    text = actions if isinstance(actions, str) else yaml.safe_dump(data, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def base(folder: Path) -> Path:
    path = folder / "base.yaml"
    path.write_text(_BASE, encoding="utf-8")
    return path


def made(folder: Path, *overlays: Path) -> Document:
    return ContractSource(base(folder), overlays).document()


def at(data: Any, path: str) -> Any:
    for step in path.split(".")[1:]:
        data = data[int(step) if isinstance(data, list) else step]
    return data


def bundled(contract: Path, path: Path, folder: Path) -> Any:
    """Return what Redocly makes of a document and an overlay."""
    cli = ROOT / "scripts" / "node" / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    out = folder / "bundled.json"
    subprocess.run(
        (NODE, cli, "bundle", contract, "--overlay", path, "--output", out),
        check=True,
        capture_output=True,
        cwd=folder,
        env=environment({"REDOCLY_TELEMETRY": "off", "CI": "1"}),
    )
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def redocly() -> None:
    """Redocly's command, as it is locked."""
    install(ROOT / "scripts" / "node")


def test_actions_are_carried_out_in_their_order(tmp_path: Path) -> None:
    """Each on what the one before it has made: merged, appended, removed."""
    for count, (says, _, place, wanted) in enumerate(_CASES, 1):
        actions = [action for _, action, _, _ in _CASES[:count]]
        assert at(made(tmp_path, overlay(tmp_path, actions)).data, place) == wanted, says


@pytest.mark.usefixtures("redocly")
def test_what_is_made_is_what_redocly_makes(tmp_path: Path) -> None:
    """All cases in one overlay, and each overlay that comes with the suite on the project's own contract."""
    path = overlay(tmp_path, [action for _, action, _, _ in _CASES])
    assert made(tmp_path, path).data == bundled(base(tmp_path), path, tmp_path)
    for shipped in shipped_overlays().values():
        ours = ContractSource(None, (shipped,)).document()
        assert json.loads(json.dumps(ours.data)) == bundled(default_path(), shipped, tmp_path), shipped


def test_each_place_is_known_by_the_file_that_wrote_it(tmp_path: Path) -> None:
    """What an overlay brings or replaces stands in its own lines; all else stays where it was."""
    text = "overlay: 1.0.0\ninfo: {title: a, version: '1'}\nactions:\n- target: $.info\n  update:\n    title: Theirs\n"
    text += "    x-new:\n      deep: 1\n- {target: '$.tags[0]', remove: true}\n"
    path = overlay(tmp_path, text)
    found = made(tmp_path, path)
    assert found.written("#/info/title") == (path, 6)
    assert found.written("#/info/x-new/deep") == (path, 8)
    assert found.written("#/info/version") == (found.path, 4)
    assert found.written("#/paths/~1things/get") == (found.path, 11)
    assert str(found.error("#/info/title", "no")) == f"{path}:6: #/info/title: no"
    assert found.data["tags"] == [{"name": "b"}]


def test_an_alias_is_a_copy(tmp_path: Path) -> None:
    """What YAML writes once and JSON twice is changed where the action says, and nowhere else."""
    found = made(tmp_path, overlay(tmp_path, [{"target": "$.info", "update": {"title": "Theirs"}}]))
    assert (found.data["info"]["title"], found.data["x-same"]["title"]) == ("Theirs", "A service")


def test_the_digest_and_the_edition_tell_of_overlays(tmp_path: Path) -> None:
    """Another overlay, or another order, is another contract; without any it is the file's own digest."""
    one = overlay(tmp_path, [{"target": "$.info", "update": {"x-a": 1}}], "one")
    two = overlay(tmp_path, [{"target": "$.info", "update": {"x-b": 1}}], "two more")
    sources = [ContractSource(base(tmp_path), files) for files in ((), (one,), (two,), (one, two), (two, one))]
    contracts = [load(source) for source in sources]
    assert len({contract.sha256 for contract in contracts}) == len(sources)
    assert [contract.edition for contract in contracts][2:4] == ["1.0.0+two-more", "1.0.0+one.two-more"]
    assert contracts[0].sha256 == load(base(tmp_path)).sha256
    assert {contract.version for contract in contracts} == {"1.0.0"}


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("$.pahts", "did you mean `paths`?"),
        ("$.paths['/thing'].get", "did you mean `/things`?"),
        ("$.tags[7]", "it leads as far as `$['tags']`"),
        ("$.info.contact.name", "it leads as far as `$['info']`, where there is `title`, `version`, `description`"),
        ("$.tags[?@.name=='z']", "it leads as far as `$['tags']`"),
        ("$..nowhere", "mend the path, or leave the action out"),
    ],
)
def test_an_action_that_matches_nothing_is_an_error(tmp_path: Path, target: str, hint: str) -> None:
    """With its line in the overlay, and how far its path leads."""
    path = overlay(tmp_path, f"{_HEAD}actions:\n- target: {target}\n  remove: true")
    with pytest.raises(ContractError) as caught:
        made(tmp_path, path)
    assert str(caught.value).startswith(f"{path}:4: #/actions/0/target: `{target}` matches nothing in")
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "is empty; name an Overlay document"),
        ("a: [", 1, "is not YAML"),
        ("- a", 1, "is not an Overlay document"),
        (_BASE, 1, "name it with --contract"),
        ("info: {}", 1, "the version of the Overlay specification is missing"),
        ("overlay: 2.0.0", 1, "is '2.0.0', and 1.0 is what is read here"),
        ("overlay: 1.0", 1, "write `overlay: 1.0.0`"),
        ("overlay: 1.0.0\nactions: []", 1, "an overlay has an `info`"),
        ("overlay: 1.0.0\ninfo: {title: a, version: 1}", 2, "the `version` of an overlay is a text"),
        (_HEAD, 1, "a list of `actions`"),
        (f"{_HEAD}action: []", 3, "did you mean `actions`?"),
        (f"{_HEAD}actions: [{{target: $.info, updaet: 1}}]", 3, "did you mean `update`?"),
        (f"{_HEAD}actions: [{{update: 1}}]", 3, "an action has a `target`"),
        (f"{_HEAD}actions: [{{target: $.info}}]", 3, "this action changes nothing"),
        (f"{_HEAD}actions: [{{target: $.info, remove: 'no'}}]", 3, "is true or false"),
        (f"{_HEAD}actions:\n- target: info\n  update: {{}}", 4, "is no JSONPath (RFC 9535)"),
        (f"{_HEAD}actions:\n- target: $.paths./things\n  update: {{}}", 4, "is written `['…']`"),
        (f"{_HEAD}actions:\n- target: $\n  remove: true", 4, "the whole document cannot be removed"),
        (f"{_HEAD}actions:\n- target: $.info\n  update: text", 5, "a single value does not fit an object"),
        (f"{_HEAD}actions:\n- target: $.info\n  update:\n    title: {{a: 1}}", 6, "does not fit a single value"),
        (f"{_HEAD}actions:\n- target: $\n  update:\n    tags: {{a: 1}}", 6, "an object does not fit an array"),
        (f"{_HEAD}actions: [{{target: $.info, target: $, remove: true}}]", 3, "stands here twice"),
        (f"{_HEAD}extends: https://example.com/a.yaml\nactions: [{{target: $.info, update: {{}}}}]", None, None),
    ],
)  # fmt: skip
def test_what_is_no_overlay_is_told_with_its_place(
    tmp_path: Path, text: str, line: int | None, words: str | None
) -> None:
    """File, line and what to do; with --contract, what an overlay says that it extends is not asked for."""
    path = overlay(tmp_path, text)
    if words is None:
        assert made(tmp_path, path).overlays
        return
    with pytest.raises(ContractError, match=re.escape(words)) as caught:
        made(tmp_path, path)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_what_an_overlay_extends_is_the_contract(tmp_path: Path) -> None:
    """Where nobody names another one; several that do not agree, a page on the net and a lost file are errors."""
    base(tmp_path)
    actions: Any = [{"target": "$.info", "update": {"x-a": 1}}]
    mine = overlay(tmp_path, actions, extends="./base.yaml")
    assert load(ContractSource(None, (mine,))).title == "A service"
    other = overlay(tmp_path, actions, "other", extends=str(default_path()))
    with pytest.raises(UsageError, match="name the document that is meant with --contract"):
        load(ContractSource(None, (mine, other)))
    for extends, words in (("https://example.com/a.yaml", "is not fetched"), ("lost.yaml", "there is no file")):
        with pytest.raises(ContractError, match=words):
            load(ContractSource(None, (overlay(tmp_path, actions, "far", extends=extends),)))


def test_an_overlay_is_named_bare_or_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name is one that comes with the suite; a file of that name in the way changes nothing."""
    monkeypatch.chdir(tmp_path)
    overlay(tmp_path, "not one", "vi")
    assert overlay_path("vi") == shipped_overlays()["vi"]
    assert overlay_path("vi.yaml") == Path("vi.yaml")
    said = command("requirements", "--overlay", "vu")
    assert (said.code, f"there is {', '.join(shipped_overlays())}" in said.sentence) == (2, True)
