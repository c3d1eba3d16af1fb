"""One name, one thing: whoever searches for a class finds the one, and a module's name tells it from the others."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("conformance", "scripts")
MOST_OF_ONE_NAME = 2  # a room and its tests' counterpart may share a word; three files of one name are a riddle


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def defined(text: str) -> Iterator[str]:
    """Yield the public names of the classes and type aliases that a module defines."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign) and _is_type(node.value):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation).endswith("TypeAlias"):
            names = [ast.unparse(node.target)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def _is_type(value: ast.expr) -> bool:
    """Whether an assigned value is a type: a subscript or a union of names that begin with a capital, or builtins."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr):
        return _is_type(value.left) and _is_type(value.right)
    if isinstance(value, ast.Constant):
        return value.value is None
    base = value.value if isinstance(value, ast.Subscript) else value
    name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
    known = name in ("tuple", "list", "dict", "set", "frozenset", "str", "int", "bytes", "float", "bool", "type")
    return (known and (isinstance(value, ast.Subscript) or value is base)) or name[:1].isupper()


def test_a_class_has_a_name_of_its_own() -> None:
    """No two public classes or type aliases of the suite and its scripts share a name."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in _files():
        for name in defined(path.read_text(encoding="utf-8")):
            places[name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_modules_are_told_apart_by_their_names() -> None:
    """No module's name occurs thrice: `access.py` three times over says nothing."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in _files():
        if path.stem not in ("__init__", "__main__"):
            places[path.stem].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > MOST_OF_ONE_NAME} == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("class A: ...", ["A"]),
        ("class _A: ...", []),
        ("@frozen\nclass A(B): ...", ["A"]),
        ("Names = tuple[str, ...]", ["Names"]),
        ("Both = A | B", ["Both"]),
        ("Maybe = A | None", ["Maybe"]),
        ("Call = Callable[[int], str]", ["Call"]),
        ("Kind = Literal['a', 'b']", ["Kind"]),
        ("Alias: TypeAlias = int", ["Alias"]),
        ("Same = Other", ["Same"]),
        ("_Hidden = dict[str, int]", []),
        ("limit = 5\nNAMES = ('a', 'b')\nmade = make()", []),
    ],
)
def test_every_way_to_define_is_seen(text: str, names: list[str]) -> None:
    """Classes and aliases are seen however they are written; values are none."""
    assert list(defined(text)) == names
