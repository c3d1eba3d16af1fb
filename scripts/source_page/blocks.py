"""What stands below the head of a field: listed values, examples, a default, limits; prose is passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field

from scripts.source_page.curl import literal
from scripts.source_page.facts import Shown, Spot
from scripts.source_page.lines import TextLine
from scripts.source_page.words import LABELS

__all__ = ["FieldBlock", "default_in", "read_block"]

_LABELLED = re.compile(r"([^:]{1,40}?)\s*:\s*(.*)")
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(
    rf"(?:[^:]*:)?\s*(?:(?P<low>{_NUMBER})\s*(?P<above><=|<|≤)\s*)?x(?:\s*(?P<sign><=|>=|<|>|≤|≥)\s*(?P<high>{_NUMBER}))?"
)
_LENGTH = re.compile(r"[^:]+:\s*(?P<low>\d+)\s*[-\u2013]\s*(?P<high>\d+)")
_BOUNDS = {
    "<=": "maximum",
    "≤": "maximum",
    "<": "exclusiveMaximum",
    ">=": "minimum",
    "≥": "minimum",
    ">": "exclusiveMinimum",
}


@define
class FieldBlock:
    """What was found, and the lines that are none of it."""

    values: list[Shown] = field(factory=list)
    examples: list[Any] = field(factory=list)
    default: list[Any] = field(factory=list)
    limits: dict[str, Any] = field(factory=dict)
    rest: list[TextLine] = field(factory=list)


def read_block(lines: Sequence[TextLine], kinds: frozenset[str], file: str) -> FieldBlock:
    """Read the lines between the head of a field and the next one."""
    found = FieldBlock()
    is_enumeration = any(kind.startswith("enum<") for kind in kinds)
    inline: tuple[int, str] | None = None
    index = 0
    while index < len(lines):
        text = lines[index].text.strip()
        is_bare_label = LABELS.meaning(text, "options", "example") is not None and not text.endswith(":")
        match = _LABELLED.fullmatch(f"{text}:" if is_bare_label else text)
        if (limits := _limits(text, kinds)) is not None:
            found.limits |= limits
        elif match is not None:
            label, rest = match[1], match[2].strip()
            meaning = LABELS.meaning(label, "options", "example", "default") or _by_form(
                lines, index, rest, is_enumeration=is_enumeration and not found.values
            )
            if meaning == "options":
                found.values, index = _options(lines, index, rest, kinds, file)
                continue
            if meaning == "example":
                index = _examples(lines, index, rest, kinds, found.examples)
                continue
            if meaning == "default":
                found.default.append(_value(rest, kinds))
            else:
                if rest and " " not in rest.replace(", ", ",") and ("," in rest or inline is None):
                    inline = index, rest
                found.rest.append(lines[index])
        else:
            found.rest.append(lines[index])
        index += 1
    if is_enumeration and not found.values and inline is not None:
        found.values, _ = _options(lines, inline[0], inline[1], kinds, file)
    return found


def default_in(text: str, kinds: frozenset[str]) -> tuple[Any, ...]:
    """Return the default that a mark in the head of a field gives: `default:8`, in whatever language."""
    match = _LABELLED.fullmatch(text)
    return () if match is None or not match[2] else (_value(match[2], kinds),)


def _by_form(lines: Sequence[TextLine], index: int, rest: str, *, is_enumeration: bool) -> str | None:
    """Tell what a label in an unknown language stands for, where it ends its line."""
    below = next((line.text.strip() for line in lines[index + 1 : index + 3] if line.text.strip()), "")
    if rest or not below:
        return None
    if is_enumeration and below.endswith(",") and below[0] not in '{["':
        return "options"
    if literal(below) is not None or below[0] in '{["':
        return "example"
    return "options" if is_enumeration and " " not in below.rstrip(",") else None


def _options(
    lines: Sequence[TextLine], index: int, rest: str, kinds: frozenset[str], file: str
) -> tuple[list[Shown], int]:
    """Collect listed values: all but the last one end with a comma."""
    found: list[Shown] = []
    text, number = rest, lines[index].number
    index += 1
    while True:
        found += [Shown(_listed(part, kinds), Spot(file, number)) for part in text.split(",") if part.strip(" \t`")]
        if index >= len(lines) or (found and not text.endswith(",")):
            return found, index
        text, number = lines[index].text.strip(), lines[index].number
        index += 1


def _examples(lines: Sequence[TextLine], index: int, rest: str, kinds: frozenset[str], found: list[Any]) -> int:
    """Collect the values that follow a label, and return the index of the line after them."""
    text = "\n".join((rest, *(line.text for line in lines[index + 1 :])))
    position, any_found = 0, False
    while (read := literal(text[position:].lstrip(", \t"))) is not None:
        skipped = len(text[position:]) - len(text[position:].lstrip(", \t"))
        value, end = read
        if any_found and isinstance(value, int | float | bool):
            break  # a number on its own may be anything
        found.append(_as_typed(value, text[position + skipped :][:end].strip(), kinds))
        position, any_found = position + skipped + end, True
    if any_found:
        return index + text.count("\n", 0, position) + 1
    if not rest:
        # The value stands in the next line that says something.
        for offset, line in enumerate(lines[index + 1 : index + 3], 1):
            if line.text.strip():
                found.append(_value(line.text.strip(), kinds))
                return index + offset + 1
        return index + 1
    found.append(_value(rest, kinds))
    return index + 1


def _value(text: str, kinds: frozenset[str]) -> Any:
    plain = text.strip().strip("`")
    read = literal(plain)
    return plain if read is None or plain[read[1] :].strip() else _as_typed(read[0], plain, kinds)


def _listed(text: str, kinds: frozenset[str]) -> Any:
    plain = text.strip().strip("`")
    if plain[:1] in "\"'" and plain[-1:] == plain[:1] and len(plain) > 1:
        return plain[1:-1]
    return plain if kinds & {"enum<string>", "string"} else _value(plain, kinds)


def _as_typed(value: Any, written: str, kinds: frozenset[str]) -> Any:
    """Take what is written without quotes for text, where only text can be meant."""
    return written if kinds <= {"string", "enum<string>", "file"} and not isinstance(value, str) else value


def _limits(text: str, kinds: frozenset[str]) -> Mapping[str, Any] | None:
    match = _RANGE.fullmatch(text)
    if match is not None and (match["low"] or match["high"]):
        found = {}
        if match["low"]:
            found["minimum" if match["above"] in ("<=", "≤") else "exclusiveMinimum"] = _number(match["low"])
        if match["high"]:
            found[_BOUNDS[match["sign"]]] = _number(match["high"])
        return found
    match = _LENGTH.fullmatch(text)
    if match is not None and kinds <= {"string", "null"}:
        return {"minLength": int(match["low"]), "maxLength": int(match["high"])}
    label, _, number = text.partition(":")
    keyword = {"min-length": "minLength", "max-length": "maxLength"}.get(
        LABELS.meaning(label, "min-length", "max-length") or ""
    )
    return {keyword: int(number)} if keyword and number.strip().isdecimal() else None


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
