"""Edits of a YAML or JSON document as text: what is added takes its place, and nothing else moves.

A round trip through any YAML library would rewrite quotes, line breaks or comments somewhere; here the parser only
says where things stand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

__all__ = ["YamlEdits"]

_WIDEST = 10**6  # never fold


class YamlEdits:
    """Collects edits of one text; `text` carries them out."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_json = text.lstrip()[:1] == "{"
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)
        self._edits: list[tuple[int, int, str]] = []
        self._added: set[tuple[int, str]] = set()

    def has(self, place: Sequence[str]) -> bool:
        """Tell whether a place is written down."""
        return self._find(place) is not None

    def text(self) -> str:
        """Return the text with all edits, those at one place in the order in which they were asked for."""
        made, position = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[0]):
            made += [self._text[position:start], new]
            position = end
        return "".join((*made, self._text[position:]))

    def add_item(self, place: Sequence[str], value: Any, *, after: Any = None, first: bool = False) -> None:
        """Add to a list: behind an item, at its beginning, or at its end."""
        node = self._sequence(place)
        items = list(node.value)
        index = 0 if first else next((at + 1 for at, item in enumerate(items) if _same(item, after)), len(items))
        if node.flow_style or not items:
            self._add_to_flow(node, items, index, self._flow(value))
        else:
            dash = self._text.rindex("-", 0, items[0].start_mark.index)
            indent = " " * (dash - self._text.rfind("\n", 0, dash) - 1)
            self._add_lines(items, index, node.start_mark.index, [f"{indent}- {self._flow(value)}"])

    def add_entry(self, place: Sequence[str], key: str, value: Any, *, after: str | None = None) -> None:
        """Add to a mapping: behind a key, or at its end; a key that was added before is not added again."""
        node = self._mapping(place)
        if (id(node), key) in self._added:
            return
        self._added.add((id(node), key))
        pairs = [value for _, value in node.value]
        names = [name.value for name, _ in node.value]
        index = names.index(after) + 1 if after in names else len(names)
        if node.flow_style or not pairs:
            self._add_to_flow(node, pairs, index, f"{self._flow(key)}: {self._flow(value)}")
        else:
            indent = " " * node.value[0][0].start_mark.column
            lines = [indent + line if line else line for line in _block({key: value})]
            self._add_lines(pairs, index, node.start_mark.index, lines)

    def replace(self, place: Sequence[str], value: Any) -> None:
        """Put another value in place of one."""
        node = self._find(place)
        if node is None:
            raise KeyError("/".join(place))
        self._edits.append((node.start_mark.index, self._end(node), self._flow(value)))

    def remove_entry(self, place: Sequence[str], key: str) -> None:
        """Take an entry out of a mapping in block style, with its lines."""
        node = self._mapping(place)
        name, value = next(pair for pair in node.value if pair[0].value == key)
        start = self._text.rfind("\n", 0, name.start_mark.index) + 1
        self._edits.append((start, self._line_end(self._end(value)), ""))

    def is_block(self, place: Sequence[str]) -> bool:
        """Tell whether a place is a mapping in block style."""
        node = self._find(place)
        return isinstance(node, yaml.MappingNode) and not node.flow_style and bool(node.value)

    def _find(self, place: Sequence[str]) -> yaml.Node | None:
        node: yaml.Node | None = self._root
        for token in place:
            below = _children(node) if node is not None else ()
            node = next((child for key, child in below if key == token), None)
        return node

    def _sequence(self, place: Sequence[str]) -> yaml.SequenceNode:
        node = self._find(place)
        if not isinstance(node, yaml.SequenceNode):
            raise KeyError("/".join(place))
        return node

    def _mapping(self, place: Sequence[str]) -> yaml.MappingNode:
        node = self._find(place)
        if not isinstance(node, yaml.MappingNode):
            raise KeyError("/".join(place))
        return node

    def _add_lines(self, children: Sequence[yaml.Node], index: int, start: int, lines: Sequence[str]) -> None:
        """Add whole lines behind a child, or in front of the first one."""
        text = "".join(line + self._newline for line in lines)
        if index == 0:
            position = self._text.rfind("\n", 0, start) + 1
        else:
            position = self._line_end(self._end(children[index - 1]))
            if position and self._text[position - 1] != "\n":  # the file ends without one
                text = self._newline + text.removesuffix(self._newline)
        self._edits.append((position, position, text))

    def _add_to_flow(self, node: yaml.Node, children: Sequence[yaml.Node], index: int, text: str) -> None:
        if not children:
            position = self._text.index("{" if isinstance(node, yaml.MappingNode) else "[", node.start_mark.index) + 1
        elif index:
            position, text = self._end(children[index - 1]), f", {text}"
        else:
            position, text = children[0].start_mark.index, f"{text}, "
        self._edits.append((position, position, text))

    def _end(self, node: yaml.Node) -> int:
        """Return where the last character of a node stands; a block ends where its last child does."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        position = int(node.end_mark.index)
        return len(self._text[:position].rstrip())

    def _line_end(self, position: int) -> int:
        found = self._text.find("\n", position)
        return len(self._text) if found < 0 else found + 1

    def _flow(self, value: Any) -> str:
        if self._is_json:
            return json.dumps(value, ensure_ascii=False)
        # In a list, so that a text is quoted where a list would take it apart.
        return yaml.safe_dump(
            [value], default_flow_style=True, width=_WIDEST, allow_unicode=True, sort_keys=False
        ).strip()[1:-1]


class _Dumper(yaml.SafeDumper):
    """Writes as the contract is written: items indented, short lists in one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - as PyYAML calls it
        super().increase_indent(flow, indentless=False)


def _represent_list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    is_short = not any(isinstance(item, dict | list) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=is_short)


_Dumper.add_representer(list, _represent_list)


def _block(value: Any) -> list[str]:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDEST, default_flow_style=False
    ).splitlines()


def _children(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((str(index), item) for index, item in enumerate(node.value))


def _same(node: yaml.Node, value: Any) -> bool:
    if not isinstance(node, yaml.ScalarNode) or value is None:
        return False
    read = yaml.SafeLoader("").construct_object(node)
    return bool(read == value) and isinstance(read, type(value))
