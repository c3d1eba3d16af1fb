"""A contract's document: its data, the line of each of its places, and what its references name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import yaml
from attrs import field, frozen
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from conformance.contract.mistakes import FileMistake, text_of
from conformance.contract.yaml_text import constructed, disagreement, key_trouble, nodes_of
from conformance.errors import ContractError

__all__ = ["Applied", "Document", "Tokens", "composed", "document_of", "pointer", "read", "tokens"]

Tokens = tuple[str, ...]
_DATE = "tag:yaml.org,2002:timestamp"
_NO_TEXT = frozenset({_DATE, *(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float"))})
_FRAGMENT_SAFE = "~!$&'()*+,;=:@/?"  # what RFC 3986 allows in a fragment as it is


@frozen
class Applied:
    """An overlay that a document was changed by."""

    name: str
    path: Path
    sha256: str


@frozen(eq=False)
class Document:
    """A document in YAML or JSON as it was read; `data` is plain.

    Attributes:
        overlays: that were applied to it, in their order; `data` is what they made of it.
        made: its places, where they no longer are those of the file alone.
    """

    path: Path
    raw: bytes = field(repr=False)
    data: Mapping[str, Any] = field(repr=False)
    overlays: tuple[Applied, ...] = ()
    made: yaml.Node | None = field(default=None, repr=False)
    _below: dict[int, dict[str, tuple[yaml.Mark, yaml.Node]]] = field(factory=dict, init=False, repr=False)

    @cached_property
    def sha256(self) -> str:
        """The digest of the file, in hexadecimal; with overlays, of its digest and theirs."""
        own = hashlib.sha256(self.raw).hexdigest()
        if not self.overlays:
            return own
        return hashlib.sha256("\n".join((own, *(one.sha256 for one in self.overlays))).encode()).hexdigest()

    @cached_property
    def _resolver(self) -> Any:
        resource: Resource[Any] = DRAFT202012.create_resource(self.data)
        registry: Registry[Any] = Registry().with_resource("", resource)
        return registry.resolver("")

    @cached_property
    def nodes(self) -> yaml.Node:
        """What is written down, with the line of each part."""
        # Nodes for the places apart from the data, because constructing data rewrites nodes.
        return composed(self.path, self.raw) if self.made is None else self.made

    def lookup(self, reference: str) -> Any:
        """Return what a reference within the document names; references behind it are not followed.

        Raises:
            ContractError: it leaves the document, or names nothing.
        """
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, AttributeError, TypeError, ValueError, KeyError):
            raise self.error(self._mention(reference), f"refers to `{reference}`, which is not in this document") from (
                None
            )

    def inherited(self, reference: str, key: str) -> Any:
        """Return the value of a key at a place, or at the nearest place above that has it, or None."""
        steps = tokens(reference)
        for count in range(len(steps), -1, -1):
            node = self.lookup(pointer(steps[:count]))
            if isinstance(node, Mapping) and key in node:
                return node[key]
        return None

    def line(self, place: str | Sequence[str]) -> int:
        """Return the line of a pointer or path of keys, or of the nearest place above it that is written down."""
        return self.written(place)[1]

    def written(self, place: str | Sequence[str]) -> tuple[Path, int]:
        """Return the file that a place is written in, which may be an overlay's, and its line there."""
        node, mark = self.nodes, self.nodes.start_mark
        for token in tokens(place) if isinstance(place, str) else place:
            if id(node) not in self._below:
                self._below[id(node)] = {key: (found, child) for key, found, child in reversed(list(_children(node)))}
            if token not in self._below[id(node)]:
                break
            mark, node = self._below[id(node)][token]
        return Path(mark.name), int(mark.line) + 1

    def span(self, place: Sequence[str]) -> tuple[int, int]:
        """Return where in the text of the file a value begins and ends, in characters.

        Raises:
            KeyError: nothing is written there.
        """
        node = self.nodes
        for token in place:
            node = {key: child for key, _, child in reversed(list(_children(node)))}[token]
        return node.start_mark.index, node.end_mark.index

    def error(self, place: str | Sequence[str], message: str) -> ContractError:
        """Return an error that names file, line and JSON pointer of a place."""
        shown = place if isinstance(place, str) else pointer(place)
        path, line = self.written(place)
        return ContractError(f"{shown}: {message}", path=path, line=line)

    def oddities(self) -> Iterator[tuple[Tokens, str, str]]:
        """Yield what YAML allows and JSON does not: keys, kind (`duplicate`, `ambiguous`, `foreign`) and a sentence."""
        yield from _oddities(self.nodes, (), set())

    def _mention(self, reference: object) -> Tokens:
        """Return the keys of the first `$ref` that has a value."""
        pending: list[tuple[Tokens, Any]] = [((), self.data)]
        while pending:
            place, node = pending.pop()
            if isinstance(node, Mapping):
                if node.get("$ref") == reference:
                    return (*place, "$ref")
                pending.extend(((*place, str(key)), child) for key, child in node.items())
            elif isinstance(node, list):
                pending.extend(((*place, str(index)), child) for index, child in enumerate(node))
        return ()


def pointer(steps: Sequence[object]) -> str:
    """Write keys from the root as a JSON pointer in URI fragment form (RFC 6901, 6)."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "#" + "".join("/" + quote(step, safe=_FRAGMENT_SAFE) for step in escaped)


def tokens(reference: str) -> Tokens:
    """Read a JSON pointer in URI fragment form as keys from the root."""
    steps = unquote(reference.removeprefix("#")).split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def composed(path: Path, raw: bytes) -> yaml.Node:
    """Return the nodes of a document, whose marks name its file.

    Raises:
        ContractError: it is empty, or not YAML.
    """
    try:
        root = nodes_of(text_of(raw), str(path))
    except FileMistake as mistake:
        raise ContractError(mistake.said, path=path, line=mistake.line) from None
    if root is None:
        raise ContractError("is empty", path=path)
    return root


def read(path: Path, *, strict: bool = True, kind: str = "OpenAPI") -> Document:
    """Read a document.

    Args:
        path: a document in YAML or JSON.
        strict: refuse what readers do not agree about, such as a key that stands twice in one mapping; the lint names
            each of them instead.
        kind: of document that is wanted, for messages.

    Raises:
        ContractError: the file is missing, unreadable, empty, not YAML, or not a mapping.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}; name an {kind} document", path=path) from error
    return document_of(raw, path, strict=strict, kind=kind)


def document_of(raw: bytes, path: Path, *, strict: bool = True, kind: str = "OpenAPI") -> Document:
    """Read a document from bytes that are there already, as `read` does; the path is what messages call it.

    Raises:
        ContractError: they are empty, not YAML, or not a mapping.
    """
    try:
        data, is_odd = constructed(text_of(raw))
    except FileMistake as mistake:
        raise ContractError(mistake.said, path=path, line=mistake.line) from None
    except RecursionError as error:
        raise ContractError(f"is nested too deeply to be an {kind} document", path=path) from error
    if data is None:
        raise ContractError(f"is empty; name an {kind} document", path=path)
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a single value"
        said = f"is not an {kind} document: its root is {found}, and no mapping of keys to values"
        raise ContractError(said, path=path, line=1)
    document = Document(path, raw, data)
    if strict and is_odd:
        for place, what, message in document.oddities():
            if what != "foreign":
                raise document.error(place, message)
    return document


def _children(node: yaml.Node) -> Iterator[tuple[str, yaml.Mark, yaml.Node]]:
    """Yield the key, its mark and the value of each entry of a collection; later duplicates win, as in the data."""
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            if isinstance(key, yaml.ScalarNode):
                yield key.value, key.start_mark, value
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield str(index), item.start_mark, item


def _oddities(node: yaml.Node, tokens: Tokens, seen: set[int]) -> Iterator[tuple[Tokens, str, str]]:
    if id(node) in seen:  # an alias, judged where its anchor stands
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        yield from _odd_keys(node, tokens)
    elif isinstance(node, yaml.ScalarNode) and node.tag in _NO_TEXT:
        if said := disagreement(node):
            yield tokens, "ambiguous", said
        elif node.tag == _DATE:
            yield tokens, "foreign", f"`{node.value}` is a date in YAML, and no JSON value; quote it"
        elif node.value.lower().endswith((".nan", ".inf")):
            yield (
                tokens,
                "foreign",
                f"`{node.value}` is a number in YAML, and no JSON value; quote it, or write another",
            )
    for key, _, child in _children(node):
        yield from _oddities(child, (*tokens, key), seen)


def _odd_keys(node: yaml.MappingNode, tokens: Tokens) -> Iterator[tuple[Tokens, str, str]]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        place = (*tokens, key.value)
        if said := key_trouble(key):
            yield place, "ambiguous", said
        elif key.tag == "tag:yaml.org,2002:merge":
            yield place, "foreign", "merges a mapping by `<<`, which no JSON tool reads; use `$ref`, or write it out"
        elif key.tag != "tag:yaml.org,2002:str":
            yield place, "foreign", f"the key `{key.value}` is not text in YAML; quote it"
        if key.value in lines:
            yield place, "duplicate", f"`{key.value}` stands here twice, first in line {lines[key.value]}; remove one"
        lines[key.value] = key.start_mark.line + 1
