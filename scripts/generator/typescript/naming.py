"""Names in TypeScript: those of the contract as identifiers, and those of the types that were generated."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

__all__ = ["TypeNames", "camel", "identifier", "pascal", "without_nouns"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_EXPORTED = re.compile(r"^export type (\w+)", re.MULTILINE)

# Words that no parameter can be called by, and names that methods use themselves.
_RESERVED = frozenset(
    {"arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete"}
    | {"do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if", "implements"}
    | {"import", "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public"}
    | {"return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with"}
    | {"yield", "body", "options", "parameters"}
)


def words(name: str) -> list[str]:
    """Split a name into its words."""
    return _WORD.findall(name)


def camel(name: str, joint: str = "") -> str:
    """Return a name in camel case; with a joint, in small letters around it."""
    parts = words(name) or ["value"]
    if joint:
        return joint.join(parts).lower()
    text = parts[0].lower() + "".join(part[0].upper() + part[1:].lower() for part in parts[1:])
    return text if text[0].isalpha() else f"_{text}"


def pascal(name: str) -> str:
    """Return a name as that of a class."""
    text = "".join(part[0].upper() + part[1:].lower() for part in words(name)) or "Value"
    return text if text[0].isalpha() else f"_{text}"


def identifier(name: str) -> str:
    """Return a name for a parameter."""
    found = camel(name)
    return f"{found}_" if found in _RESERVED else found


def without_nouns(operation: str, tag: str) -> str:
    """Return the name of an operation without the noun that the whole client is about."""
    noun = camel(tag, "_")
    left = [word for word in words(operation) if word.lower() not in {noun, noun.removesuffix("s")}]
    return camel(" ".join(left)) if left else camel(operation)


@frozen
class TypeNames:
    """The types that were generated, found by how they are spelt without regard to case."""

    known: Mapping[str, str]

    @classmethod
    def of(cls, source: str) -> TypeNames:
        """Read the names that a module exports."""
        return cls({name.lower(): name for name in _EXPORTED.findall(source)})

    def find(self, name: str) -> str | None:
        """Return the type with a name, if there is one."""
        return self.known.get("".join(words(name)).lower())
