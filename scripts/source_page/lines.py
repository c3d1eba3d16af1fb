"""A page as lines, whatever form it was saved in: what a reader would see, with the line of the file."""

from __future__ import annotations

import re
from email import message_from_bytes
from pathlib import Path

from attrs import frozen

from conformance.errors import UsageError

__all__ = ["Fence", "PageText", "TextLine", "decoded", "fences", "form_of", "lines_of"]

_LARGEST = 20_000_000  # a saved page is a hundredth of it
_BLANKS = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
_ARCHIVES = (".mhtml", ".mht")  # as browsers save a page in one file
_WIDE = str.maketrans({"\uff1a": ":", "\uff0c": ",", "\uff08": "(", "\uff09": ")", "\u3001": ","})
_MARKDOWN = re.compile(r"^(#{1,6} \S|```|~~~|<(Param|Response)Field\b)", re.MULTILINE)
_HTML = re.compile(r"<(!doctype html|html|head|body|main|article|div|section)[\s>]", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^ {0,3}\1[`~]*\s*$|\Z)", re.MULTILINE | re.DOTALL)


@frozen
class TextLine:
    """One line of a page.

    Attributes:
        is_code: whether it is marked as code.
        is_heading: whether it is marked as a heading.
        anchor: the id of the element that it stands in, where it has one.
    """

    number: int
    text: str
    is_code: bool = False
    is_heading: bool = False
    anchor: str = ""


@frozen
class Fence:
    """A block of code in Markdown, and the line where its content begins."""

    text: str
    first_line: int


PageText = tuple[TextLine, ...]


def decoded(raw: bytes, path: Path) -> str:
    """Return a file's text.

    Raises:
        UsageError: there is none.
    """
    if len(raw) > _LARGEST:
        raise UsageError(f"{path}: is {len(raw) // 1_000_000} MB, and no page; save the documentation page alone")
    if path.suffix.lower() in _ARCHIVES:
        raw = _page_in(raw, path)
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not text in UTF-8 (byte {error.start}); save the page as text or HTML") from None
    if "\0" in text:
        raise UsageError(f"{path}: is binary; save the page as text, HTML or Markdown")
    if not text.strip():
        raise UsageError(f"{path}: is empty; save the documentation page, or name an OpenAPI document")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _page_in(raw: bytes, path: Path) -> bytes:
    """Return the page of an archive, its lines being those of the page."""
    for part in message_from_bytes(raw).walk():
        if part.get_content_type() == "text/html":
            page = part.get_payload(decode=True)
            return page if isinstance(page, bytes) else b""
    raise UsageError(f"{path}: is no archive with a page in it; save the page as text or HTML")


def form_of(text: str, path: Path) -> str:
    """Return `html`, `markdown` or `text`: by the name, or else by what stands in it."""
    suffix = path.suffix.lower()
    if suffix in (".html", ".htm", ".xhtml", *_ARCHIVES):
        return "html"
    if suffix in (".md", ".mdx", ".markdown"):
        return "markdown"
    if _HTML.search(text[:4000]) and text.lstrip()[:1] == "<":
        return "html"
    return "markdown" if len(_MARKDOWN.findall(text)) > 1 else "text"


def fences(text: str) -> list[Fence]:
    """Return the blocks of code of a text in Markdown."""
    return [Fence(found[2], text.count("\n", 0, found.start(2)) + 1) for found in _FENCE.finditer(text)]


def lines_of(text: str, form: str) -> PageText:
    """Return the lines of a page."""
    if form == "text":
        return tuple(TextLine(number, _clean(line)) for number, line in enumerate(text.split("\n"), 1))
    from scripts.source_page.markup import markdown_lines, markup_lines  # noqa: PLC0415 - text needs no parser

    found = markdown_lines(text) if form == "markdown" else markup_lines(text)
    return tuple(TextLine(line.number, _clean(line.text), line.is_code, line.is_heading, line.anchor) for line in found)


def _clean(text: str) -> str:
    """Leave out what has no width, and write wide punctuation as narrow, but for what stands in quotes."""
    plain, quote, rest = _BLANKS.sub("", text).replace("\u00a0", " ").rstrip().partition('"')
    return plain.translate(_WIDE) + quote + rest
