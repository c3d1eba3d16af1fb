"""ARCHITECTURE.md says who may import whom; this holds the code to the page, and the page to the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "conformance"
PAGE = ROOT / "ARCHITECTURE.md"


def _listed() -> dict[str, set[str]]:
    """What the page allows: for each room, the rooms that it may import."""
    block = PAGE.read_text(encoding="utf-8").partition("```rooms\n")[2].partition("```")[0]
    return {
        name.strip(): set(allowed.split()) for name, _, allowed in (line.partition(":") for line in block.splitlines())
    }


def _rooms() -> set[str]:
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    return files | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def _room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _modules(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, at its top or within a function, by its full name."""
    package = list(path.relative_to(ROOT).with_suffix("").parts)[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = [*base, *(node.module or "").split(".")] if node.module else base
            yield from ((node.lineno, ".".join([*start, alias.name])) for alias in node.names)


def _imports() -> dict[str, dict[str, str]]:
    """Which room imports which, with one place where it does."""
    rooms = _rooms()
    found: dict[str, dict[str, str]] = {room: {} for room in rooms}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = _room(path)
        for line, module in _modules(path):
            root, _, rest = module.partition(".")
            other = rest.partition(".")[0]
            if root == PACKAGE.name and other in rooms and other != room and room in rooms:
                found[room].setdefault(other, f"{path.relative_to(ROOT)}:{line}")
    return found


def test_every_room_is_on_the_page() -> None:
    """A room that the page does not list is one that nobody decided about; one that is gone misleads."""
    assert set(_listed()) == _rooms()


def test_no_room_imports_what_it_may_not() -> None:
    """An import that the page does not allow breaks the order of the rooms."""
    listed = _listed()
    broken = [
        f"{place}: {room} imports {other}"
        for room, others in _imports().items()
        for other, place in others.items()
        if other not in listed.get(room, set())
    ]
    assert broken == []


def test_no_permission_is_unused() -> None:
    """A permission that no import uses would let the next one in without a thought."""
    imports = _imports()
    unused = [
        f"{room}: {other}"
        for room, allowed in _listed().items()
        for other in sorted(allowed - imports.get(room, {}).keys())
    ]
    assert unused == []


def test_data_flows_one_way() -> None:
    """No two rooms import each other, directly or around a corner."""
    imports = {room: set(others) for room, others in _imports().items()}
    while free := {room for room, others in imports.items() if not others}:
        imports = {room: others - free for room, others in imports.items() if room not in free}
    assert imports == {}


@pytest.mark.parametrize(
    "text",
    ["import conformance.cli", "from conformance import cli", "def f():\n from . import cli", "from .cli import main"],
)
def test_every_way_to_import_is_seen(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import is seen however it is spelt, within a function too."""
    path = tmp_path / "conformance" / "other.py"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr("tests.suite.test_architecture.ROOT", tmp_path)
    assert {".".join(module.split(".")[:2]) for _, module in _modules(path)} == {"conformance.cli"}
