"""Reads operations out of a saved page: by the order of its lines, whatever its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, frozen

from conformance.errors import UsageError
from scripts.source_page.blocks import FieldBlock, default_in, read_block
from scripts.source_page.curl import CurlRequest, json_at, read_curl
from scripts.source_page.facts import Credential, OperationFacts, Shown, Spot, StatedAnswer, StatedSource, StatedValue
from scripts.source_page.headings import PageSamples, heading_in, sections
from scripts.source_page.heads import FieldHead, find_heads, required_mark
from scripts.source_page.lines import PageText, TextLine, decoded, fences, form_of, lines_of
from scripts.source_page.openapi_file import is_openapi, read_openapi

__all__ = ["read_source"]

_METHOD = re.compile(r"(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE)(?:\s+(/\S*))?")
_SEGMENT = re.compile(r"[\w.~{}:*-]+")
_STATUS = re.compile(r"([1-5](?:\d\d|XX))(?:\b.*)?", re.IGNORECASE)
_WORD_BEFORE_STATUS = re.compile(r"^[^\W\d]+\s+(?=[1-5]\d\d\b)")
_MEDIA = re.compile(r"(?:[1-5]\d\d\s*[-·]?\s*)?((?:application|multipart|text|video|image|audio)/[\w.+*-]+)")
_LOCATIONS = {"headers": "header", "path": "path", "query": "query", "body": "body", "answer": "answer"}


@frozen(eq=False)
class _Part:
    """The lines of one operation; what is code, and what was read from it, is blank in them."""

    method: str
    path: str
    line: TextLine
    lines: PageText
    curl: CurlRequest | None
    curl_line: int
    answers: tuple[tuple[str, Any, int], ...]


def read_source(path: Path) -> StatedSource:
    """Read a saved page, or an OpenAPI document, whichever a file is.

    Raises:
        UsageError: it is neither, or cannot be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; name a saved page") from error
    text = decoded(raw, path)
    if is_openapi(text) and form_of(text, path) == "text":
        return read_openapi(text, path)
    form = form_of(text, path)
    if form != "html":
        for fence in fences(text):
            if is_openapi(fence.text):
                return read_openapi(fence.text, path, first_line=fence.first_line)
    lines = lines_of(text, form)
    parts = [part for part in _parts(lines, path.name) if part.curl is not None or find_heads(part.lines)]
    if not parts:
        raise UsageError(
            f"{path}: is no page of an API reference: no line names a method and a path, such as `POST /v1/things`, "
            "with fields or a curl command below it; save it as text, HTML or Markdown, or name an OpenAPI document"
        )
    operations = tuple(_operation(part, path) for part in parts)
    servers = tuple(
        Shown(url, Spot(path.name, part.curl_line))
        for part in parts
        if part.curl is not None and (url := _server(part.curl, part.path))
    )
    return StatedSource(path.name, operations, servers)


def _parts(lines: PageText, file: str) -> Iterator[_Part]:
    """Cut a page where an operation is named; a page that names none may still have a sample."""
    named = list(_named(lines))
    if not named and lines:
        yield _part(lines, "", "", lines[0], file)
    for index, (start, end, method, path) in enumerate(named):
        until = named[index + 1][0] if index + 1 < len(named) else len(lines)
        yield _part(lines[end:until], method, path, lines[start], file)


def _named(lines: PageText) -> Iterator[tuple[int, int, str, str]]:
    """Yield where a method and its path stand, in one line or piece by piece."""
    index = 0
    while index < len(lines):
        match = None if lines[index].is_code else _METHOD.fullmatch(lines[index].text.strip().strip("`*"))
        end, path = (index + 1, match[2] or "") if match is not None else (index + 1, "")
        if match is not None and not path:
            end, path = _path_at(lines, index + 1)
        if match is not None and path:
            yield index, end, match[1], path.strip("`")
            index = end
        else:
            index += 1


def _path_at(lines: PageText, index: int) -> tuple[int, str]:
    path = ""
    while index < len(lines):
        text = lines[index].text.strip().strip("`")
        is_slash = text.startswith("/") and " " not in text
        if text and not is_slash and not (path.endswith("/") and _SEGMENT.fullmatch(text)):
            break
        if path and not text:
            break
        path += text
        index += 1
    return index, path


def _part(lines: PageText, method: str, path: str, line: TextLine, file: str) -> _Part:
    """Take the samples out of the lines, so that what is left is fields and prose."""
    left = list(lines)
    curl: CurlRequest | None = None
    curl_line = line.number
    answers: list[tuple[str, Any, int]] = []
    index = 0
    while index < len(left):
        text = left[index].text.strip().removeprefix("$ ")
        taken = 0
        if text.startswith("curl "):
            read = read_curl([evolve(left[index], text=text), *left[index + 1 :]], 0, file)
            if read is not None:
                if curl is None:
                    curl, curl_line = read, left[index].number
                taken = read.lines
        elif text[:1] in ("{", "[") and not _is_announced(left, index):
            shown = json_at(left, index)
            if shown is not None:
                answers.append((_status_above(left, index), shown[0], left[index].number))
                taken = shown[1]
        if not taken and left[index].is_code and not _is_announced(left, index):
            taken = next((at for at in range(index, len(left)) if not left[at].is_code), len(left)) - index
        for at in range(index, index + taken):
            left[at] = evolve(left[at], text="", is_code=False)
        index += taken or 1
    if curl is not None:
        method, path = method or curl.method, path or curl.path
    return _Part(method, path, line, tuple(left), curl, curl_line, tuple(_once(answers)))


def _once(answers: Sequence[tuple[str, Any, int]]) -> Iterator[tuple[str, Any, int]]:
    """Leave out what sites show twice, for narrow screens and for wide ones."""
    for index, (status, value, line) in enumerate(answers):
        if not any(value == other and status in ("", known) for known, other, _ in answers[:index]):
            yield status, value, line


def _is_announced(lines: Sequence[TextLine], index: int) -> bool:
    """Tell whether a label stands above a line, so that it is a field's example."""
    above = [line.text.strip() for line in lines[max(0, index - 2) : index] if line.text.strip()]
    return bool(above) and above[-1].endswith(":")


def _status_above(lines: Sequence[TextLine], index: int) -> str:
    above = [line.text.strip() for line in lines[max(0, index - 3) : index] if line.text.strip()]
    found = [match[1] for text in above if len(text) < 40 and (match := _STATUS.fullmatch(text))]
    return found[-1] if found else ""


def _operation(part: _Part, path: Path) -> OperationFacts:
    heads, blocks = _fields(part.lines, path.name)
    answered = frozenset(name for _, value, _ in part.answers if isinstance(value, dict) for name in value)
    placed = sections(heads, PageSamples(part.method, part.path, part.curl, answered))
    if placed is None and heads:
        raise UsageError(
            f"{path}:{heads[0].line.number}: cannot tell what is sent from what is answered: no heading is known, and "
            "no sample shows it; add the page's headings to scripts/source_page/labels.yaml"
        )
    placed = placed or []
    required = required_mark(heads)
    values = [
        _value(head, block, section, required, path.name, part.path)
        for head, block, section in zip(heads, blocks, placed, strict=True)
        if section != "authorizations" and not _carries(head, part.curl)
    ]
    media = [
        (match[1], Spot(path.name, line.number))
        for head, section in zip(heads, placed, strict=True)
        if section == "body"
        for line in head.gap
        if (match := _MEDIA.fullmatch(line.text.strip()))
    ]
    if not media and part.curl is not None and part.curl.media:
        media = [(part.curl.media, Spot(path.name, part.curl_line))]
    return OperationFacts(
        part.method,
        part.path,
        Spot(path.name, part.line.number),
        tuple(value for value in values if value.location != "answer"),
        tuple(_answers(part, heads, placed, values, blocks[-1].rest if blocks else part.lines, path.name)),
        part.curl.samples if part.curl is not None else (),
        tuple(_credentials(part, heads, placed, path.name)),
        tuple(media),
    )


def _fields(lines: PageText, file: str) -> tuple[list[FieldHead], list[FieldBlock]]:
    """Return the heads, each with the gap in front of it, and what stands below each."""
    heads = find_heads(lines)
    blocks: list[FieldBlock] = []
    gap: tuple[TextLine, ...] = lines[: heads[0].start] if heads else ()
    for index, head in enumerate(heads):
        until = heads[index + 1].start if index + 1 < len(heads) else len(lines)
        heads[index] = evolve(head, gap=gap)
        blocks.append(read_block(lines[head.end : until], head.kinds, file))
        gap = tuple(blocks[-1].rest)
    return heads, blocks


def _value(head: FieldHead, block: FieldBlock, section: str, required: str | None, file: str, path: str) -> StatedValue:
    kinds = head.kinds
    if block.values and not any(kind.startswith("enum<") for kind in kinds):
        kinds = frozenset(kind if kind == "null" else f"enum<{kind}>" for kind in kinds)
    kinds |= {"null"} if head.has("nullable") else set()
    defaults = [value for mark in head.marks for value in default_in(mark, kinds)]
    is_in_path = section in ("path", "query", "headers") and f"{{{head.name}}}" in path
    location = "path" if is_in_path else _LOCATIONS[section]
    return StatedValue(
        location,
        head.path,
        kinds,
        head.has("required") or required in head.marks or location == "path",
        Spot(file, head.line.number),
        tuple(block.values),
        tuple(block.examples),
        tuple([*defaults, *block.default][:1]),
        block.limits,
        head.has("deprecated"),
    )


def _carries(head: FieldHead, curl: CurlRequest | None) -> bool:
    """Tell whether a field is the header that carries the credential."""
    return head.location == "header" and curl is not None and head.name.lower() == "authorization"


def _credentials(
    part: _Part, heads: Sequence[FieldHead], placed: Sequence[str], file: str
) -> Iterator[tuple[Credential, Spot]]:
    sent = part.curl.headers if part.curl is not None else {}
    named = [head for head, section in zip(heads, placed, strict=True) if section == "authorizations"]
    for head in named:
        yield (
            Credential(head.location or "header", head.name, _word(sent.get(head.name.lower()))),
            Spot(file, head.line.number),
        )
    if not named and "authorization" in sent:
        yield Credential("header", "Authorization", _word(sent["authorization"])), Spot(file, part.curl_line)


def _word(header: str | None) -> str | None:
    """Return what stands in front of the secret; None where no sample shows the header."""
    if header is None:
        return None
    word, blank, _ = header.partition(" ")
    return word if blank else ""


def _answers(
    part: _Part,
    heads: Sequence[FieldHead],
    placed: Sequence[str],
    values: Sequence[StatedValue],
    tail: Sequence[TextLine],
    file: str,
) -> Iterator[StatedAnswer]:
    """Yield the answers: those with fields, then those of which there is but a status or an example."""
    answered = [value for value in values if value.location == "answer"]
    groups: dict[str, list[StatedValue]] = {}
    spots: dict[str, int] = {}
    status, listed = "", []
    for number, head in enumerate(head for head, section in zip(heads, placed, strict=True) if section == "answer"):
        found = _statuses(head.gap, after_heading=not number)
        status = found[0][0] if found else status
        listed += found[1:]
        groups.setdefault(status, []).append(answered[number])
        spots.setdefault(status, found[0][1] if found else head.line.number)
    if not answered:
        heading = heading_in(tail)
        listed = _statuses(tail, after_heading=True) if heading is not None and heading[1] == "answer" else []
    for stated, _, line in part.answers:
        name = stated or next(iter(groups), "")
        groups.setdefault(name, [])
        spots.setdefault(name, line)
    for name, line in listed:
        groups.setdefault(name, [])
        spots.setdefault(name, line)
    first = next(iter(groups), "")
    for name, found_values in groups.items():
        examples = tuple(
            Shown(value, Spot(file, line)) for stated, value, line in part.answers if (stated or first) == name
        )
        yield StatedAnswer(name, Spot(file, spots[name]), tuple(found_values), examples)


def _statuses(lines: Sequence[TextLine], *, after_heading: bool) -> list[tuple[str, int]]:
    """Return the statuses that are named among some lines, each with its line."""
    heading = heading_in(lines) if after_heading else None
    return [
        (match[1].upper(), line.number)
        for line in lines[heading[0] if heading is not None else 0 :]
        if len(line.text) < 60 and (match := _STATUS.fullmatch(_WORD_BEFORE_STATUS.sub("", line.text.strip())))
    ]


def _server(curl: CurlRequest, path: str) -> str:
    """Return the address of the sample without the path of the operation."""
    parts = urlsplit(curl.url)
    if not parts.scheme or not parts.netloc or not curl.path.rstrip("/").endswith(path.rstrip("/")):
        return ""
    return f"{parts.scheme}://{parts.netloc}{curl.path.rstrip('/').removesuffix(path.rstrip('/'))}"
