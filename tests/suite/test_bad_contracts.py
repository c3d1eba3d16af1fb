"""Contracts that cannot be used: one clear sentence with the file, the right status, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import default_path, load
from conformance.errors import ConformanceError, ExitCode
from conformance.requirements import catalogue
from tests.suite.runs import command

_GOOD = default_path().read_text(encoding="utf-8")
_FORM = "#/components/schemas/CreateVideoRequest'"
_DOCUMENTS: dict[str, bytes] = {
    "empty": b"",
    "broken": _GOOD.replace("paths:", "paths: [", 1).encode(),
    "tabbed": b"openapi: 3.1.0\n\tinfo: x\n",
    "binary": bytes(range(256)),
    "not-utf-8": b"openapi: 3.1.0\ninfo: {title: \xff\xfe}\n",
    "list": b"- 1\n- 2\n",
    "number": b"5\n",
    "of-3.0": _GOOD.replace("openapi: 3.1.0", "openapi: 3.0.3", 1).encode(),
    "bare": b"openapi: 3.1.0\n",
    "without-paths": b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n",
    "with-null-for-paths": b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: null\n",
    "dangling": _GOOD.replace(_FORM, "#/components/schemas/None'").encode(),
    "alias-of-nothing": b"openapi: *nothing\n",
    "of-python": b"openapi: !!python/object/apply:os.system ['true']\n",
    "deep": b"openapi: 3.1.0\nx: " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "of-itself": b"&a\nopenapi: 3.1.0\npaths: *a\n",
}


def _line_of(text: str) -> int:
    return _GOOD[: _GOOD.index(text)].count("\n") + 1


# How what is said of each goes on after its path.
_ROOT = "and no mapping of keys to values"
_REASONS = {
    "empty": ": is empty; name an OpenAPI document",
    "broken": f":{_line_of('paths:') + 2}: is not YAML: the line stands inside the `[` of line {_line_of('paths:')}",
    "tabbed": ":2: is not YAML: the line is indented by a tab, which YAML does not take for spaces; write spaces",
    "binary": ":2: has a byte that is not UTF-8 (0x80); save the file as text in UTF-8",
    "not-utf-8": ":2: has a byte that is not UTF-8 (0xff); save the file as text in UTF-8",
    "list": f":1: is not an OpenAPI document: its root is a list, {_ROOT}",
    "number": f":1: is not an OpenAPI document: its root is a single value, {_ROOT}",
    "of-3.0": ':1: #/openapi [structure] "3.0.3" does not match',
    "bare": ':1: # [structure] "info" is a required property',
    "without-paths": ":2: #/info [provenance] the info has no provenance",
    "with-null-for-paths": ':3: #/paths [structure] null is not of type "object"',
    "dangling": f":{_line_of(_FORM)}: #/paths/",
    "alias-of-nothing": ":1: is not YAML: `*nothing` repeats an anchor (`&nothing`) that does not stand above it",
    "of-python": ":1: is not YAML: `!!python/object/apply:os.system` is a tag that only some programs read; remove it",
    "deep": ": is nested too deeply to be an OpenAPI document",
    "of-itself": ": is not YAML: an alias (`*name`) stands inside of what it repeats",
}


@pytest.mark.parametrize("name", _DOCUMENTS)
def test_a_contract_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    """A contract that is broken, empty or something else is refused with its path, a line where it has one, and why."""
    path = tmp_path / "openapi.yaml"
    path.write_bytes(_DOCUMENTS[name])
    said = command("run", "--contract", path)
    assert said.code == ExitCode.USAGE
    assert said.stderr.startswith(f"error: {path}{_REASONS[name]}")
    assert [line for line in said.stderr.splitlines() if str(path) not in line] == []


@pytest.mark.parametrize("kind", ["missing", "folder", "in-a-file"])
def test_a_contract_that_is_not_there(kind: str, tmp_path: Path) -> None:
    """A contract that cannot be read is named, with what the system says about it."""
    (tmp_path / "file").touch()
    path = {"missing": tmp_path / "none.yaml", "folder": tmp_path, "in-a-file": tmp_path / "file" / "openapi.yaml"}[
        kind
    ]
    said = command("run", "--contract", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.sentence
    assert "cannot be read" in said.sentence


def _spoilt() -> list[tuple[str, Any]]:
    """Some places of the contract, each with something that does not belong there."""
    places: list[tuple[str, ...]] = []

    def walk(node: Any, place: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                places.append((*place, str(key)))
                walk(child, (*place, str(key)))

    walk(load().document.data, ())
    odd: list[Any] = [None, [], "text", 5, {"$ref": "#/none"}, {"$ref": 5}, {}]
    return [("\0".join(place), odd[index % len(odd)]) for index, place in enumerate(places)][::19]


def test_a_contract_with_something_odd_in_it(tmp_path: Path) -> None:
    """Whatever stands at any place of a contract, reading it gives a contract or a sentence, never a crash."""
    path = tmp_path / "openapi.yaml"
    crashed = []
    for place, odd in _spoilt():
        document = json.loads(json.dumps(load().document.data, default=str))
        *steps, last = place.split("\0")
        node = document
        for step in steps:
            node = node[step]
        node[last] = odd
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            catalogue(load(path))
        except ConformanceError:
            continue
        except Exception as error:  # noqa: BLE001 - collected, to show all places together
            crashed.append((place.replace("\0", "/"), odd, repr(error)))
    assert crashed == []
