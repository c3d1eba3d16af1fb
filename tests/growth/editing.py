"""Edits of the contract as data, and how one is carried out.

Each file of `edits/`, but for the mistakes, lists edits. One has a `name`, a sentence (`says`) and what it does
(`do`), in order: `at` is a JSON pointer into the document, where `*` is every member; `set` puts a value there, and
whatever mappings are missing on the way; `merge` adds to the mapping or the list that is there; `drop: true` takes
away what is there, and `drop` with a list takes those values out of the list that is there.

What the edit has to bring with it are patterns over the ids of requirements: each of `adds` is met by one at least,
none of `lacks` by any, and `fault` picks the generic fault that has to be found. A webhook is no operation of the
server, so it brings no requirement, and its name stands under `webhooks`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from conformance.contract import load
from conformance.contract.document import read, tokens
from conformance.lint import counts
from tests.suite.contracts import reduced

__all__ = ["EDITS", "ContractEdit", "carry_out", "matching"]

FOLDER = Path(__file__).resolve().parent / "edits"
MISTAKES = "mistakes.yaml"
TEXT_MISTAKES = "text_mistakes.yaml"


@frozen
class ContractEdit:
    """One way in which a user lets the contract grow."""

    name: str
    says: str
    do: tuple[Mapping[str, Any], ...] = field(repr=False, converter=tuple)
    adds: tuple[str, ...] = field(default=(), converter=tuple)
    lacks: tuple[str, ...] = field(default=(), converter=tuple)
    fault: str = ""
    webhooks: tuple[str, ...] = field(default=(), converter=tuple)

    def write(self, folder: Path, *, short: bool = False) -> Path:
        """Write the project's own contract, or a short copy of it, with this edit, and return where."""
        own = load()
        document = reduced(own) if short else copy.deepcopy(dict(own.document.data))
        for action in self.do:
            # A copy, so that YAML writes out what two edits share.
            carry_out(document, copy.deepcopy(dict(action)))
        path = folder / f"{self.name}{'-short' if short else ''}.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
        if not short:
            path.write_bytes(counts.mended(read(path)))  # numbers in prose follow, as ./scripts/regenerate sees to
        return path


def matching(ids: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Return the ids that one of the patterns is met by."""
    wanted = tuple(patterns)
    return {each for each in ids if any(fnmatchcase(each, pattern) for pattern in wanted)}


def carry_out(document: dict[str, Any], action: dict[str, Any]) -> None:
    """Carry out one action of an edit on a document."""
    *way, last = tokens(action.pop("at"))
    ((verb, value),) = action.items()
    for place in _places(document, way):
        _change(place, last, verb, value)


def _places(place: Any, way: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at the end of a way, of which a step may be a star."""
    if not way:
        yield place
    elif way[0] == "*":
        for member in place.values():
            yield from _places(member, way[1:])
    else:
        member = place[int(way[0])] if isinstance(place, list) else place.setdefault(way[0], {})
        yield from _places(member, way[1:])


def _change(place: Any, last: str, verb: str, value: Any) -> None:
    if verb == "set":
        place[last] = value
    elif verb == "merge" and isinstance(value, list):
        place[last].extend(value)
    elif verb == "merge":
        place[last].update(value)
    elif verb == "drop" and isinstance(value, list):
        place[last] = [each for each in place[last] if each not in value]
    elif verb == "drop":
        del place[last]
    else:
        raise ValueError(f"an edit can `set`, `merge` and `drop`, and not `{verb}`")


def _read() -> tuple[ContractEdit, ...]:
    files = (path for path in sorted(FOLDER.glob("*.yaml")) if path.name not in (MISTAKES, TEXT_MISTAKES))
    return tuple(ContractEdit(**entry) for path in files for entry in yaml.safe_load(path.read_text(encoding="utf-8")))


EDITS = _read()
