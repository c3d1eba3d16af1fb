"""Where the request ends and the answer begins: by the page's headings, or else by what its samples carry."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from scripts.source_page.curl import CurlRequest
from scripts.source_page.heads import FieldHead
from scripts.source_page.lines import TextLine
from scripts.source_page.words import LABELS, SECTIONS

__all__ = ["PageSamples", "heading_in", "sections"]

_ANCHORS = {
    "authorization": "authorizations",
    "header": "headers",
    "path": "path",
    "query": "query",
    "body": "body",
    "response": "answer",
}
_STATUS_BEHIND = re.compile(r"[\s(·-]*[1-5](?:\d\d|XX).*$")
_SENTENCE_ENDS = (".", "\u3002", "!", "?", ":", ",")
_BODILESS = ("GET", "HEAD", "DELETE")


@frozen
class PageSamples:
    """What the samples of an operation carry: the names sent, asked for and answered."""

    method: str
    path: str
    curl: CurlRequest | None
    answered: frozenset[str]


def heading_in(lines: Sequence[TextLine]) -> tuple[int, str] | None:
    """Return the last line of some that is a heading whose meaning is known, and the meaning."""
    for index in range(len(lines) - 1, -1, -1):
        text = lines[index].text.strip()
        meaning = LABELS.meaning(text, *SECTIONS) or LABELS.meaning(_STATUS_BEHIND.sub("", text), *SECTIONS)
        if meaning is not None and len(text) < 60:
            return index, meaning
    return None


def sections(heads: Sequence[FieldHead], samples: PageSamples) -> list[str] | None:
    """Return what each field belongs to, or None where nothing tells request and answer apart."""
    by_words = _by_words(heads)
    if by_words is not None and _is_whole(heads, by_words, samples):
        return by_words
    by_structure = _by_structure(heads, samples)
    return by_structure if by_structure is not None else by_words


def _by_words(heads: Sequence[FieldHead]) -> list[str] | None:
    found: list[str] = []
    current: str | None = None
    for head in heads:
        heading = heading_in(head.gap)
        anchored = _anchored(head)
        current = anchored or (heading[1] if heading is not None else current)
        if current is None:
            return None
        found.append(current)
    return found or None


def _anchored(head: FieldHead) -> str | None:
    """Return what the id of a field's element says: `body-name`; any other id may stand on anything."""
    prefix, _, name = head.line.anchor.partition("-")
    own = re.sub("[^a-z0-9]+", "-", head.name.lower()).strip("-")
    return _ANCHORS.get(prefix) if name.lower() in ("", own) else None


def _is_whole(heads: Sequence[FieldHead], found: Sequence[str], samples: PageSamples) -> bool:
    """Tell whether the headings that are known account for everything: no name twice, and an answer if one is shown."""
    placed = [(section, head.name) for head, section in zip(heads, found, strict=True)]
    return len(set(placed)) == len(placed) and ("answer" in found or not samples.answered)


def _by_structure(heads: Sequence[FieldHead], samples: PageSamples) -> list[str] | None:
    curl = samples.curl
    in_headers = {name.lower() for name in curl.headers} if curl is not None else set()
    found = [
        "authorizations" if head.location == "header" or (head.name.lower() in in_headers and not index) else ""
        for index, head in enumerate(heads)
    ]
    first = next((index for index, section in enumerate(found) if not section), len(heads))
    sent = (curl.names | curl.asked if curl is not None else frozenset()) | set(re.findall(r"{(\w+)}", samples.path))
    if not sent and not samples.answered and first < len(heads):
        return None
    best: tuple[int, int] | None = None
    for split in range(first, len(heads) + 1):
        if split < len(heads) and not _may_follow_heading(heads[split]):
            continue
        before = [head.path[0] for head in heads[first:split] if len(head.path) == 1]
        after = [head.path[0] for head in heads[split:] if len(head.path) == 1]
        if len(set(before)) != len(before) or len(set(after)) != len(after):
            continue
        score = sum(1 if name in sent else -1 for name in before)
        score += sum((1 if name in samples.answered else 0) - (name in sent) for name in after)
        if best is None or score > best[0]:
            best = score, split
    if best is None:
        return None
    for index in range(first, len(heads)):
        found[index] = "answer" if index >= best[1] else _sent_in(heads[index], samples, in_headers)
    return found


def _may_follow_heading(head: FieldHead) -> bool:
    """Tell whether a heading, in whatever language, may stand above a field: a short line that is no sentence."""
    said = [line for line in head.gap if line.text.strip()]
    return any(line.is_heading or (len(line.text) <= 40 and not line.text.endswith(_SENTENCE_ENDS)) for line in said)


def _sent_in(head: FieldHead, samples: PageSamples, in_headers: set[str]) -> str:
    if f"{{{head.name}}}" in samples.path:
        return "path"
    if head.location in ("query", "path"):
        return head.location
    if head.name.lower() in in_headers:
        return "headers"
    has_body = samples.curl is not None and head.path[0] in samples.curl.names
    return "query" if samples.method in _BODILESS and not has_body else "body"
