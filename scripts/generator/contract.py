"""Reads the contract for the generators, and says where it is broken."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

__all__ = ["Contract", "ContractError"]


class ContractError(Exception):
    """The contract cannot be used; the message says which file and line, and why."""


@frozen
class Contract:
    """A contract as it was written, with the line of each of its elements."""

    path: Path
    data: Mapping[str, Any] = field(repr=False)
    _tree: yaml.Node = field(repr=False, alias="tree")

    @classmethod
    def load(cls, path: Path) -> Contract:
        """Read a contract.

        Raises:
            ContractError: The file is missing, empty, not YAML, or not an OpenAPI document.
        """
        name = os.path.relpath(path)
        try:
            text = path.read_text(encoding="utf-8")
            tree = yaml.compose(text, Loader=yaml.SafeLoader)
            data = yaml.safe_load(text)
        except OSError as error:
            raise ContractError(f"{name}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise ContractError(f"{name}:{line}: is not UTF-8 text") from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ContractError(f"{name}:{line}: is not YAML: {error.problem}") from error
        except yaml.YAMLError as error:
            raise ContractError(f"{name}:1: is not YAML: {str(error).splitlines()[0]}") from error
        if tree is None:
            raise ContractError(f"{name}:1: is empty")
        contract = cls(path, data if isinstance(data, dict) else {}, tree)
        for key in ("openapi", "info", "paths"):
            if key not in contract.data:
                raise contract.error((), f"is not an OpenAPI document: `{key}` is missing")
        contract._check_references(tree)
        return contract

    def _check_references(self, node: yaml.Node) -> None:
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value == "$ref" and isinstance(value, yaml.ScalarNode):
                where = pointer(value.value)
                if not value.value.startswith("#/") or self.at(where) is None:
                    line = f"{os.path.relpath(self.path)}:{value.start_mark.line + 1}"
                    raise ContractError(f"{line}: refers to `{value.value}`, which is not in this document")
            self._check_references(value)
        for item in node.value if isinstance(node, yaml.SequenceNode) else ():
            self._check_references(item)

    def error(self, where: Sequence[str | int], why: str) -> ContractError:
        """An error at an element, given by the keys that lead to it; the nearest that exists counts."""
        return ContractError(f"{os.path.relpath(self.path)}:{self.line(where)}: {why}")

    def line(self, where: Sequence[str | int]) -> int:
        """The line of an element, or of the innermost of its parents that exists."""
        node, line = self._tree, 1
        for key in where:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(key)), None)
            elif isinstance(node, yaml.SequenceNode) and str(key).isdigit() and int(key) < len(node.value):
                found = (node.value[int(key)],) * 2
            else:
                found = None
            # What validators put between the keys, such as the branch of a union, is no part of the file.
            if found is None:
                continue
            line, node = found[0].start_mark.line + 1, found[1]
        return line

    def resolve(self, element: Any) -> Any:
        """Follow local references until something else is found."""
        while isinstance(element, Mapping) and "$ref" in element:
            element = self.at(pointer(element["$ref"]))
        return element

    def at(self, where: Sequence[str]) -> Any:
        """The element that some keys lead to, or None."""
        element: Any = self.data
        for key in where:
            element = element.get(key) if isinstance(element, Mapping) else None
        return element


def pointer(reference: str) -> list[str]:
    """Split a local reference (`#/a/b`) into its keys."""
    return [part.replace("~1", "/").replace("~0", "~") for part in reference.split("/")[1:]]
