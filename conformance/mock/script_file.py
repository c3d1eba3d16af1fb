"""The file of `--script`: rules that give requests their outcomes, read with the line of each mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from attrs import evolve, field, frozen

from conformance.contract import Contract, Input
from conformance.contract.mistakes import FileMistake, text_of
from conformance.contract.yaml_text import nodes_of
from conformance.errors import UsageError
from conformance.reference.calls import Call, Script
from conformance.reference.nearest import nearest
from conformance.reference.outcomes import WORDS, UnfollowedError, changes
from conformance.reference.services import Service, services_of

__all__ = ["OutcomeRule", "read_rules"]

_ON, _NTH, _WHERE = "on", "nth", "where"
_KEYS = (_ON, _NTH, _WHERE, *WORDS)
_NTH_FORM = re.compile(r"([1-9][0-9]{0,8})(?:(\+)|-([1-9][0-9]{0,8}))?")
_OF_ANSWERS = frozenset(("code", "retry-after"))
_NULL, _MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
_FORM = "write a list of rules, such as `- {nth: 2, code: 429}`"


@frozen
class OutcomeRule:
    """Which requests it is for, and what becomes of them.

    Attributes:
        place: file and line.
        first, last: which of the requests that it fits it decides, counted from 1; no last one where it is None.
        where: what fields must say: patterns of the shell, by name.
        script: the outcome.
    """

    place: str
    operation: str
    first: int
    last: int | None
    where: Mapping[str, str] = field(repr=False)
    script: Script

    def fits(self, call: Call) -> bool:
        """Tell whether a valid request is one that the rule counts."""
        return call.routed.id == self.operation and all(
            any(fnmatchcase(text, pattern) for text in _said(call, name)) for name, pattern in self.where.items()
        )

    def decides(self, count: int) -> bool:
        """Tell whether the rule decides over the n-th request that it fits."""
        return self.first <= count and (self.last is None or count <= self.last)


def read_rules(path: Path, contract: Contract) -> tuple[OutcomeRule, ...]:
    """Read a script.

    Raises:
        UsageError: it cannot be read, or something in it is wrong; the message has file and line, and what to do.
    """
    try:
        root = nodes_of(text_of(path.read_bytes()), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; {_FORM}") from None
    except FileMistake as mistake:
        raise UsageError(f"{mistake.at(path)}; {_FORM}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply; {_FORM}") from None
    if root is None or root.tag == _NULL:
        raise UsageError(f"{path}: has no rules; {_FORM}")
    if not isinstance(root, yaml.SequenceNode):
        raise _error(path, root, f"is no list; {_FORM}")
    reader = _Reader(path, services_of(contract))
    return tuple(rule for node in root.value for rule in reader.rules(node))


@frozen
class _Reader:
    path: Path
    services: Sequence[Service] = field(repr=False)

    def rules(self, node: yaml.Node) -> Iterator[OutcomeRule]:
        """Yield a rule for each operation that an entry is about."""
        entry = self._entry(node, _KEYS, "a rule")
        services = self._services(node, entry.get(_ON))
        first, last = self._nth(entry.get(_NTH))
        words = {name: value for name, value in entry.items() if name in WORDS}
        if not words:
            raise _error(self.path, node, f"says no outcome: add one of {', '.join(WORDS)}")
        if "code" in words and (beside := sorted(set(words) - _OF_ANSWERS - {"wait"})):
            raise _error(self.path, words[beside[0]], f"a refused request makes no job: leave out {beside[0]} or code")
        if "retry-after" in words and "code" not in words:
            raise _error(self.path, words["retry-after"], "retry-after goes with a code: add one, such as code: 429")
        for service in services:
            where = self._where(entry.get(_WHERE), service)
            script = self._script(words, service)
            place = f"{self.path.name}:{node.start_mark.line + 1}"
            yield OutcomeRule(place, service.operation.id, first, last, where, script)

    def _services(self, node: yaml.Node, named: yaml.Node | None) -> list[Service]:
        if named is None:
            makers = [service for service in self.services if service.makes]
            if not makers:
                raise _error(self.path, node, "nothing of the contract makes anything: say which operation by `on: ID`")
            return makers
        known = [service.operation.id for service in self.services]
        name = self._text(named, "an operation")
        if name not in known:
            raise _error(self.path, named, f"there is no operation {name!r}{nearest(name, known)}")
        return [service for service in self.services if service.operation.id == name]

    def _nth(self, node: yaml.Node | None) -> tuple[int, int | None]:
        if node is None:
            return 1, None
        match = _NTH_FORM.fullmatch(self._text(node, "a number"))
        if match is None or (match[3] and int(match[3]) < int(match[1])):
            raise _error(self.path, node, "nth is a number from 1 (2), a range (2-4), or all from one on (3+)")
        first = int(match[1])
        return first, None if match[2] else int(match[3] or first)

    def _where(self, node: yaml.Node | None, service: Service) -> Mapping[str, str]:
        if node is None:
            return {}
        known = [declared.name for declared in service.operation.inputs]
        entry = self._entry(node, known, f"an input of {service.operation.id}")
        return {name: self._text(value, "a text or a pattern") for name, value in entry.items()}

    def _script(self, words: Mapping[str, yaml.Node], service: Service) -> Script:
        script = Script()
        for name, node in words.items():
            try:
                script = evolve(script, **changes(name, self._value(node), service))
            except UnfollowedError as error:
                raise _error(self.path, node, f"{name}: {error}") from None
        return script

    def _value(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.SequenceNode):
            return " ".join(self._text(item, "a number") for item in node.value)
        return self._text(node, "a value")

    def _text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag == _NULL:
            raise _error(self.path, node, f"{what} is needed here")
        return str(node.value)

    def _entry(self, node: yaml.Node, known: Sequence[str], what: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise _error(self.path, node, f"is no mapping; {_FORM}")
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text(key, "a name")
            if key.tag == _MERGE or name not in known:
                raise _error(self.path, key, f"{name!r} is no part of {what}{nearest(name, known)}")
            if name in found:
                raise _error(self.path, key, f"{name!r} stands here twice; remove one")
            found[name] = value
        return found


def _said(call: Call, name: str) -> Iterator[str]:
    declared: Input | None = next((found for found in call.routed.inputs if found.name == name), None)
    for text in call.texts(declared) if declared is not None else ():
        yield text.decode("utf-8", "replace")


def _error(path: Path, node: Any, message: str) -> UsageError:
    return UsageError(f"{path}:{node.start_mark.line + 1}: {message}")
