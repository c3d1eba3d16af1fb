"""The words of pages: names and types by their form, labels by a list."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import yaml
from attrs import frozen

__all__ = ["LABELS", "SECTIONS", "Labels", "is_name", "is_type", "kinds_in"]

_NAME = re.compile(r"[A-Za-z_$@][\w$@-]*(?:\[\]|\.[\w$@-]+)*", re.ASCII)
_PLAIN = r"(?:string|integer|int|number|float|double|boolean|bool|object|array|file|binary|null|any|map|enum)"
_ONE = rf"{_PLAIN}(?:<[\w\s|·.:/-]+>)?(?:\[\])*"
_TYPE = re.compile(rf"\(?{_ONE}(?:\s*[|·]\s*{_ONE})*\)?(?:\[\])*", re.ASCII)
_SAME = {"int": "integer", "bool": "boolean", "float": "number", "double": "number", "map": "object", "binary": "file"}
_NESTED = re.compile(r"(?:array|list)<(.+)>")


@frozen
class Labels:
    """What pages call their parts."""

    words: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, path: Path) -> Labels:
        """Read the list."""
        listed = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls({name: tuple(map(_plain, words)) for name, words in listed.items()})

    def first(self, name: str) -> str:
        """Return the word that stands for all of a name."""
        return self.words[name][0]

    def means(self, text: str, *names: str) -> bool:
        """Tell whether a text is one of the words for one of some names."""
        word = _plain(text)
        return any(word in self.words[name] for name in names)

    def meaning(self, text: str, *names: str) -> str | None:
        """Return the first of some names that a text is a word for."""
        return next((name for name in names if self.means(text, name)), None)


def is_name(text: str) -> bool:
    """Tell whether a text may be the name of a field."""
    return len(text) <= 80 and _NAME.fullmatch(text) is not None


def is_type(text: str) -> bool:
    """Tell whether a text names a type: `string`, `enum<string>`, `object[]`, `string | null`."""
    return len(text) <= 120 and _TYPE.fullmatch(text) is not None


def kinds_in(text: str) -> frozenset[str]:
    """Return the types that a text names, in their plain form."""
    text = text.strip()
    if (whole := re.fullmatch(r"\((.+)\)((?:\[\])+)", text)) is not None:
        return frozenset({f"({' | '.join(sorted(kinds_in(whole[1])))}){whole[2]}"})
    return frozenset(_kind(part.strip()) for part in re.split(r"\s*[|·]\s*(?![^<]*>)", text.strip("()")))


def _kind(text: str) -> str:
    if text.endswith("[]"):
        return f"{_kind(text[:-2])}[]"
    if (nested := _NESTED.fullmatch(text)) is not None:
        return f"{_kind(nested[1])}[]"
    if text in ("string<binary>", "file<binary>"):
        return "file"
    base, _, form = text.rstrip(">").partition("<")
    base = _SAME.get(base, base)
    if base == "array":
        return "any[]"
    if base == "enum":
        return f"enum<{_SAME.get(form, form) or 'string'}>"
    return f"{base}<{form}>" if form else base


def _plain(text: object) -> str:
    return " ".join(unicodedata.normalize("NFC", str(text)).casefold().strip(" :*_`.").split())


SECTIONS = ("authorizations", "headers", "path", "query", "body", "answer")
"""The parts of a page, by the names of their labels."""

LABELS = Labels.read(Path(__file__).with_name("labels.yaml"))
