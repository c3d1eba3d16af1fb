"""Reads a YAML document so that each of its places can be named by line and JSON pointer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from conformance.errors import ContractError

__all__ = ["Source", "read"]

Tokens = tuple[str, ...]


@frozen
class Source:
    """A document, as data and as the YAML nodes that the data came from."""

    path: Path
    root: yaml.Node = field(repr=False)
    data: Any = field(repr=False)

    def pointer(self, tokens: Sequence[str]) -> str:
        """Write the keys from the root as a JSON pointer in URI fragment form."""
        return "#" + "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens)

    def line(self, tokens: Sequence[str]) -> int:
        """Return the line of a place, or of the nearest place above it that is written down."""
        node, line = self.root, self.root.start_mark.line
        for token in tokens:
            for key, mark, child in _children(node):
                if key == token:
                    node, line = child, mark.line
                    break
            else:
                break
        return int(line) + 1

    def oddities(self) -> Iterator[tuple[Tokens, str, str]]:
        """Yield what YAML allows and JSON does not: keys, kind (`duplicate` or `foreign`) and a sentence."""
        yield from _oddities(self.root, (), set())


def read(path: Path) -> Source:
    """Read a document.

    Raises:
        ContractError: the file is missing, unreadable, empty, not YAML, or not a mapping.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}; name an OpenAPI document", path=path) from error
    try:
        # Nodes for the places, and data on its own, because constructing rewrites nodes. The pure Python
        # loader: the one in C overflows the stack of the process on deeply nested input.
        root = yaml.compose(raw, Loader=yaml.SafeLoader)
        data = yaml.safe_load(raw)
        json.dumps(data, default=str, skipkeys=True)  # an alias may contain itself
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        raise ContractError(f"is not YAML: {reason}", path=path, line=mark and mark.line + 1) from error
    except RecursionError as error:
        raise ContractError("is nested too deeply to be an OpenAPI document", path=path) from error
    if root is None:
        raise ContractError("is empty; name an OpenAPI document", path=path)
    if not isinstance(data, dict):
        raise ContractError("is not an OpenAPI document: its root is no mapping of keys to values", path=path, line=1)
    return Source(path, root, data)


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
    elif isinstance(node, yaml.ScalarNode):
        value = yaml.SafeLoader("").construct_object(node)
        odd_number = isinstance(value, float) and not math.isfinite(value)
        if odd_number or not isinstance(value, str | int | float | bool | None):
            yield tokens, "foreign", f"`{node.value}` is a {type(value).__name__} in YAML, and no JSON value; quote it"
    for key, _, child in _children(node):
        yield from _oddities(child, (*tokens, key), seen)


def _odd_keys(node: yaml.MappingNode, tokens: Tokens) -> Iterator[tuple[Tokens, str, str]]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        place = (*tokens, key.value)
        if key.tag == "tag:yaml.org,2002:merge":
            yield place, "foreign", "merges a mapping by `<<`, which no JSON tool reads; use `$ref`, or write it out"
        elif key.tag != "tag:yaml.org,2002:str":
            yield place, "foreign", f"the key `{key.value}` is not text in YAML; quote it"
        if key.value in lines:
            yield place, "duplicate", f"`{key.value}` stands here twice, first in line {lines[key.value]}; remove one"
        lines[key.value] = key.start_mark.line + 1
