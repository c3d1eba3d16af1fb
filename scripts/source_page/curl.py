"""Reads the sample request of a page, a curl command, and the JSON that pages show."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from scripts.source_page.facts import Sample, Spot
from scripts.source_page.lines import TextLine

__all__ = ["CurlRequest", "json_at", "literal", "read_curl"]

_LONGEST = 500  # lines
_PLACEHOLDER = re.compile(r"<[^<>]*>|\{\}|\[\]|@.*|123|true|", re.DOTALL)
_FORMS = ("-F", "--form", "--form-string")
_DATA = ("-d", "--data", "--data-raw", "--data-binary", "--json", "--data-urlencode", "--data-ascii")
_TAKES_VALUE = frozenset(
    {*_FORMS, *_DATA, "-X", "--request", "-H", "--header", "--url", "-o", "--output", "-u", "--user", "-m"}
)


def _refuse(word: str) -> Any:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


@frozen
class CurlRequest:
    """What a sample sends; `lines` is how many lines of the page it takes."""

    method: str
    url: str
    headers: Mapping[str, str]
    samples: tuple[Sample, ...]
    media: str
    lines: int

    @property
    def path(self) -> str:
        """The path of the address, its parameters as they are written."""
        return unquote(urlsplit(self.url).path)

    @property
    def names(self) -> frozenset[str]:
        """The names of the values in its body."""
        return frozenset(sample.name for sample in self.samples)

    @property
    def asked(self) -> frozenset[str]:
        """The names of the parameters in the query."""
        return frozenset(name for name, _ in parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


def read_curl(lines: Sequence[TextLine], start: int, file: str) -> CurlRequest | None:
    """Read the command that begins at a line; None where it is none."""
    text = ""
    for count in range(1, min(_LONGEST, len(lines) - start) + 1):
        text += lines[start + count - 1].text + "\n"
        if text.rstrip().endswith("\\"):
            continue
        with contextlib.suppress(ValueError):
            words = shlex.split(text.replace("\\\n", " "))
            return _read(words, lines[start : start + count], file)
    return None


def _read(words: list[str], lines: Sequence[TextLine], file: str) -> CurlRequest | None:
    given: list[tuple[str, str]] = []
    rest = iter(words[1:])
    for word in rest:
        option, glued, value = word.partition("=")
        if word in _TAKES_VALUE:
            given.append((word, next(rest, "")))
        elif option in _TAKES_VALUE and glued and word.startswith("--"):
            given.append((option, value))
        elif not word.startswith("-"):
            given.append(("--url", word))
    url = next((value for option, value in given if option == "--url"), "")
    if not url:
        return None
    headers = {
        name.strip().lower(): value.strip()
        for option, text in given
        if option in ("-H", "--header")
        for name, _, value in [text.partition(":")]
    }
    samples: list[Sample] = []
    for option, text in given:
        if option in _FORMS or (option in _DATA and "=" in text and text.lstrip()[:1] not in "{["):
            name, _, value = text.partition("=")
            samples.append(_sample(name, value, lines, file, is_text=True))
        elif option in _DATA:
            with contextlib.suppress(ValueError, RecursionError):
                body = _DECODER.decode(text.strip())
                if isinstance(body, dict):
                    samples += [_sample(name, value, lines, file, is_text=False) for name, value in body.items()]
    stated = next((value for option, value in given if option in ("-X", "--request")), "")
    form = "multipart/form-data" if any(option in _FORMS for option, _ in given) else ""
    has_body = bool(samples) or bool(form)
    media = headers.get("content-type", form).partition(";")[0].strip()
    return CurlRequest(
        stated.upper() or ("POST" if has_body else "GET"), url, headers, tuple(samples), media, len(lines)
    )


def _sample(name: str, value: Any, lines: Sequence[TextLine], file: str, *, is_text: bool) -> Sample:
    written = re.compile(rf"(?<![\w.-]){re.escape(name)}(?:=|\"\s*:)")
    line = next((line for line in lines if written.search(line.text)), lines[0])
    shown = value if isinstance(value, str) else json.dumps(value)
    is_placeholder = _PLACEHOLDER.fullmatch(shown) is not None
    return Sample(name, value, is_placeholder, Spot(file, line.number), is_text)


def json_at(lines: Sequence[TextLine], start: int) -> tuple[Any, int] | None:
    """Read the object or array that begins at a line, and return it with the number of lines that it takes."""
    text = "\n".join(line.text for line in lines[start:])
    found = literal(text)
    if found is None or not isinstance(found[0], dict | list):
        return None
    value, end = found
    behind = text[end:].partition("\n")[0].strip()
    return (value, text.count("\n", 0, end) + 1) if not behind else None


def literal(text: str) -> tuple[Any, int] | None:
    """Read the JSON value that a text begins with, and return it with where it ends."""
    start = len(text) - len(text.lstrip())
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    behind = text[end : end + 1]
    return None if behind and (behind.isalnum() or behind in "._-") else (value, end)
