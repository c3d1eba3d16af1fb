"""Brings what a document refers to in other files into it; each place still knows the file and line it stands in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import yaml
from attrs import field, frozen

from conformance.contract.document import Document, Tokens, composed, pointer, tokens
from conformance.contract.yaml_text import copied, data_of
from conformance.errors import ContractError
from conformance.lint.elements import Element, Outline

__all__ = ["GatheredDocument", "gathered"]

_SECTIONS = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "request body": "requestBodies",
    "header": "headers",
    "link": "links",
    "callback": "callbacks",
    "security scheme": "securitySchemes",
}
_TEXT = "tag:yaml.org,2002:str"
_MAP = "tag:yaml.org,2002:map"
_DEEPEST = 30


@frozen
class GatheredDocument:
    """A document with what it refers to.

    Attributes:
        files: that were read beside it.
        lost: references that lead nowhere: where each stands, and why.
        remote: how many lead to the network, where nobody goes.
    """

    document: Document
    files: tuple[Path, ...] = ()
    lost: Mapping[Tokens, str] = field(factory=dict)
    remote: int = 0


def gathered(document: Document) -> GatheredDocument:
    """Return a document with what its references to other files name, as components of its own.

    Raises:
        ContractError: one of the files is not YAML.
    """
    gatherer = _Gatherer(document)
    for _ in range(_DEEPEST):
        if not gatherer.go_round():
            break
    return gatherer.result()


class _Gatherer:
    """Changes a copy of a document's nodes, round by round: what a round brings may refer to more."""

    def __init__(self, document: Document) -> None:
        self._before = self._now = document
        self._root: yaml.Node | None = None
        self._files: dict[Path, yaml.Node] = {}
        self._brought: dict[str, Tokens] = {}
        self._lost: dict[Tokens, str] = {}
        self._remote: set[Tokens] = set()

    def go_round(self) -> bool:
        """Follow the references that leave the document now; tell whether any was followed."""
        changed = False
        for element in list(Outline.of(self._now).elements):
            reference = element.ref
            if reference is None or reference.startswith("#") or element.tokens in self._lost:
                continue
            if urlsplit(reference).scheme not in ("", "file"):
                self._remote.add(element.tokens)
                continue
            try:
                self._follow(element, reference)
                changed = True
            except ContractError as error:
                if error.line is not None:
                    raise
                self._lost[element.tokens] = str(error)
        if changed:
            raw, path, overlays = self._before.raw, self._before.path, self._before.overlays
            self._now = Document(path, raw, data_of(copied(self._nodes())), overlays, self._root)
        return changed

    def result(self) -> GatheredDocument:
        """Return what has come of it."""
        files = tuple(path for path in self._files if path != self._before.path.resolve())
        return GatheredDocument(self._now, files, self._lost, len(self._remote))

    def _nodes(self) -> yaml.Node:
        if self._root is None:
            self._root = copied(self._before.nodes)
        return self._root

    def _follow(self, element: Element, reference: str) -> None:
        address, fragment = urldefrag(reference)
        path = (self._before.path.parent / unquote(urlsplit(address).path)).resolve()
        here = _at(self._nodes(), element.tokens)
        if path == self._before.path.resolve():
            _set_reference(here, f"#{fragment}")
            return
        key = f"{path}#{fragment}"
        if key in self._brought:
            _set_reference(here, pointer(self._brought[key]))
            return
        target = _absolute(copied(self._named(path, fragment)), path)
        section = _SECTIONS.get(element.kind)
        if section is None or (element.parent is not None and element.parent.kind == "components"):
            self._brought[key] = element.tokens
            here.value[:] = target.value if isinstance(target, yaml.MappingNode) else []
            return
        held = _held(_held(self._nodes(), "components"), section)
        taken = {name.value for name, _ in held.value}
        stem = (tokens(f"#{fragment}") or (path.stem,))[-1]
        name = next(each for each in _names(stem) if each not in taken)
        mark = target.start_mark
        held.value.append((yaml.ScalarNode(_TEXT, name, mark, mark), target))
        self._brought[key] = ("components", section, name)
        _set_reference(here, pointer(self._brought[key]))

    def _named(self, path: Path, fragment: str) -> yaml.Node:
        if path not in self._files:
            try:
                raw = path.read_bytes()
            except OSError as error:
                raise ContractError(f"cannot be read: {error.strerror}", path=path) from None
            shown = self._before.path.parent / os.path.relpath(path, self._before.path.parent.resolve())
            self._files[path] = composed(shown, raw)
        try:
            return _at(self._files[path], tokens(f"#{fragment}"))
        except LookupError:
            raise ContractError(f"has nothing at `#{fragment}`", path=path) from None


def _at(node: yaml.Node, place: Tokens) -> yaml.Node:
    """Return the node of a place.

    Raises:
        LookupError: nothing is there.
    """
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == step]
            if not found:
                raise LookupError(step)
            node = found[-1]
        elif isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
            node = node.value[int(step)]
        else:
            raise LookupError(step)
    return node


def _held(node: yaml.Node, name: str) -> yaml.MappingNode:
    """Return the mapping under a key, which is made where it is missing."""
    for key, value in node.value:
        if key.value == name and isinstance(value, yaml.MappingNode):
            return value
    mark = node.start_mark
    made = yaml.MappingNode(_MAP, [], mark, mark)
    node.value.append((yaml.ScalarNode(_TEXT, name, mark, mark), made))
    return made


def _set_reference(node: yaml.Node, reference: str) -> None:
    for index, (key, value) in enumerate(node.value):
        if key.value == "$ref":
            node.value[index] = (key, yaml.ScalarNode(_TEXT, reference, value.start_mark, value.end_mark))


def _absolute(node: yaml.Node, file: Path) -> yaml.Node:
    """Return a node of another file, whose references name their files in full."""
    pending: list[Any] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, yaml.SequenceNode):
            pending.extend(current.value)
        elif isinstance(current, yaml.MappingNode):
            for index, (key, value) in enumerate(current.value):
                if key.value == "$ref" and isinstance(value, yaml.ScalarNode):
                    full = _full(str(value.value), file)
                    mark = value.start_mark
                    current.value[index] = (key, yaml.ScalarNode(_TEXT, full, mark, value.end_mark))
                else:
                    pending.append(value)
    return node


def _full(reference: str, file: Path) -> str:
    address, fragment = urldefrag(reference)
    if urlsplit(address).scheme:
        return reference
    return f"{(file.parent / unquote(address)).resolve() if address else file}#{fragment}"


def _names(stem: str) -> Iterator[str]:
    """Yield names for a component, the plain one first."""
    plain = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in stem) or "part"
    yield plain
    number = 2
    while True:
        yield f"{plain}-{number}"
        number += 1
