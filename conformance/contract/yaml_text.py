"""Reads YAML and JSON: the data of a text, and its nodes, which know their lines.

The parser of libyaml is ten times faster than the one in Python, and falls over where nesting is deep. So depth is
looked at first; and where something is wrong, the one in Python says what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import yaml

from conformance.contract.mistakes import FileMistake, mistake_of

__all__ = ["constructed", "copied", "data_of", "disagreement", "key_trouble", "nodes_of"]

_Fast: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a PyYAML that was built without libyaml has none
_DEEPEST = 300
_MOST_VALUES = 20_000_000


_BOOLS = frozenset({"true", "false"})
_NUMBER = re.compile(
    r"[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|[-+]?\.[0-9]+([eE][-+]?[0-9]+)?"
)
_TAG = "tag:yaml.org,2002:"


class _Loader(_Fast):  # type: ignore[misc]  # whichever there is
    """Notices keys that stand twice, and what readers do not agree about.

    A key is the text that is written, and so is a date: JSON has nothing else.
    """

    is_odd = False

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as PyYAML calls it
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        self.is_odd |= len({key.value for key in keys}) != len(keys)
        self.is_odd |= any(key.tag in _NO_KEYS for key in keys)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        if all(isinstance(key, str) for key in made):
            return made
        written = {self.construct_object(key): key.value for key in keys if key.tag != f"{_TAG}merge"}
        return {key if isinstance(key, str) else written.get(key, str(key)): value for key, value in made.items()}


def _noticing(construct: Any) -> Any:
    def constructed(loader: _Loader, node: yaml.ScalarNode) -> Any:
        loader.is_odd |= disagreement(node) is not None
        return construct(loader, node)

    return constructed


_NO_KEYS = frozenset(f"{_TAG}{kind}" for kind in ("bool", "null", "float"))
for _kind in ("bool", "int", "float"):
    _Loader.add_constructor(f"{_TAG}{_kind}", _noticing(yaml.SafeLoader.yaml_constructors[f"{_TAG}{_kind}"]))
_Loader.add_constructor(f"{_TAG}timestamp", yaml.SafeLoader.yaml_constructors[f"{_TAG}str"])


def disagreement(node: yaml.ScalarNode) -> str | None:
    """Say what readers of YAML 1.1 and 1.2 make differently of a single value, if they do."""
    if node.tag == f"{_TAG}bool" and node.value.lower() not in _BOOLS:
        right = "true" if node.value.lower() in ("yes", "on", "y") else "false"
        return f"`{node.value}` is `{right}` to some readers of YAML and a text to others; write `{right}`, or quote it"
    is_number = node.tag in (f"{_TAG}int", f"{_TAG}float") and not node.value.lower().endswith((".nan", ".inf"))
    if is_number and not _NUMBER.fullmatch(node.value):
        return f"`{node.value}` is one number to some readers of YAML, and none or another to others; quote it"
    return None


def key_trouble(key: yaml.ScalarNode) -> str | None:
    """Say why a key is none that every reader takes for the same."""
    if key.tag in _NO_KEYS:
        kind = {"bool": f"`{str(key.value.lower() in ('yes', 'on', 'true')).lower()}`", "null": "nothing"}
        shown = kind.get(key.tag.removeprefix(_TAG), "a number")
        return f"the key `{key.value}` is {shown} to some readers of YAML and a text to others; put it into quotes"
    return None


def data_of(node: yaml.Node) -> Any:
    """Return the data of a node; merges by `<<` are written out in it, and in the node."""
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


class _Named:
    """A text as PyYAML reads a stream, so that its marks name the file."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._left = text.encode()

    def read(self, length: int = -1) -> bytes:
        size = len(self._left) if length < 0 else length
        given, self._left = self._left[:size], self._left[size:]
        return given


def nodes_of(text: str, name: str) -> yaml.Node | None:
    """Return the nodes of a text, whose marks name its file; None where it says nothing.

    Raises:
        FileMistake: it is not YAML.
        RecursionError: it is nested too deeply.
    """
    _measure(text)
    try:
        node: yaml.Node | None = yaml.compose(_Named(text, name), Loader=_Fast)
    except yaml.YAMLError as error:
        _explain(text, error)
    return node


def constructed(text: str) -> tuple[Any, bool]:
    """Return the data of a text, and whether anything in it is odd (`disagreement`, a key that stands twice).

    Raises:
        FileMistake: it is not YAML, or its aliases make it endless.
        RecursionError: it is nested too deeply.
    """
    if text.lstrip()[:1] == "{":
        try:
            return _json(text)
        except ValueError:
            pass  # YAML allows more, and its reader tells where a mistake is
    _measure(text)
    loader = _Loader(text)
    try:
        data, is_odd = loader.get_single_data(), loader.is_odd
    except (yaml.YAMLError, ValueError) as error:
        _explain(text, error)
    finally:
        loader.dispose()
    _weigh(data, text)
    return data, is_odd


def copied(node: yaml.Node) -> yaml.Node:
    """Return a copy that shares nothing: what an alias repeats is changed in one place and not in the other."""
    value = node.value
    if isinstance(node, yaml.MappingNode):
        value = [(copied(key), copied(child)) for key, child in value]
    elif isinstance(node, yaml.SequenceNode):
        value = [copied(item) for item in value]
    return type(node)(node.tag, value, node.start_mark, node.end_mark)


def _json(text: str) -> tuple[Any, bool]:
    is_odd = False

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal is_odd
        whole = dict(pairs)
        is_odd |= len(whole) != len(pairs)
        return whole

    def refused(word: str) -> NoReturn:
        raise ValueError(word)

    return json.loads(text, object_pairs_hook=made, parse_constant=refused), is_odd


def _measure(text: str) -> None:
    """Raise RecursionError where a text is nested more deeply than a document of people is."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Fast):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    raise RecursionError
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        _explain(text, error)


def _explain(text: str, error: Exception) -> NoReturn:
    """Raise what is wrong with a text, as the reader that is written in Python sees it.

    Raises:
        FileMistake: always.
    """
    if text.lstrip()[:1] == "{":
        text = text.replace("\t", " ")  # JSON may have tabs between its values, which that reader does not know
    loader = yaml.SafeLoader(text)
    try:
        loader.get_single_data()
    except yaml.YAMLError as told:
        raise mistake_of(told, text) from None
    except ValueError:  # a date that is none, which is a text here
        pass
    finally:
        loader.dispose()
    if isinstance(error, yaml.YAMLError):
        raise mistake_of(error, text)
    raise FileMistake(f"is not YAML: {' '.join(str(error).split())}")


def _weigh(data: Any, text: str) -> None:
    """Refuse data that contains itself, or that grows beyond all measure when its aliases are written out."""
    if "*" not in text:
        return
    sizes: dict[int, int] = {}
    open_: set[int] = set()

    def size(node: Any) -> int:
        if not isinstance(node, Mapping | list):
            return 1
        if id(node) in open_:
            raise FileMistake(
                "is not YAML: an alias (`*name`) stands inside of what it repeats, so that it has no end; remove it"
            )
        if id(node) not in sizes:
            open_.add(id(node))
            sizes[id(node)] = 1 + sum(map(size, node.values() if isinstance(node, Mapping) else node))
            open_.discard(id(node))
        return sizes[id(node)]

    if size(data) > _MOST_VALUES:
        raise FileMistake(
            "is not YAML: its aliases (`*name`) repeat so much that it has no measure; write less of them"
        )
