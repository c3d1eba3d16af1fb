"""HTML and Markdown as the lines that a browser would show; a field's head becomes one line for each of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from attrs import define, field
from markdown_it import MarkdownIt

from scripts.source_page.lines import TextLine
from scripts.source_page.words import LABELS, is_name, is_type

__all__ = ["markdown_lines", "markup_lines"]

_HIDDEN = frozenset({"script", "style", "noscript", "svg", "template", "nav", "footer", "title", "select"})
_INLINE = frozenset(
    {"a", "abbr", "b", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "small", "span", "strong", "sub", "sup"}
    | {"time", "u", "var", "wbr", "font", "del", "ins", "label", "input", "img", "path"}
)
_SPACED = frozenset({"p", "ul", "ol", "table", "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6"})
_ATOMS = frozenset({"code", "strong", "b", "kbd"})
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "source", "path"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PARTED = re.compile(r"[()·|]|\s[-\u2013\u2014]\s|,\s|:\s|:$")
_FIELD_TAGS = {"paramfield": ("path", "query", "header", "cookie", "body"), "responsefield": ("name",)}


def markdown_lines(text: str) -> list[TextLine]:
    """Return the lines of a Markdown page, by way of its HTML, which keeps the lines of the file."""
    reader = MarkdownIt("commonmark", {"breaks": True, "html": True}).enable("table")
    tokens = reader.parse(_without_front_matter(text))
    for token in tokens:
        if token.map is not None:
            token.attrSet("data-line", str(token.map[0] + (2 if token.type == "fence" else 1)))
            if token.type == "html_block":
                token.content = f'<i data-line="{token.map[0] + 1}"></i>{token.content}'
    return markup_lines(str(reader.renderer.render(tokens, reader.options, {})))


def markup_lines(text: str) -> list[TextLine]:
    """Return the lines of an HTML page."""
    parser = _Visible()
    parser.feed(text)
    parser.close()
    parser.end_line()
    return parser.lines


@define
class _Piece:
    text: str
    is_atom: bool


@define
class _Row:
    cells: list[str] = field(factory=list)
    is_in_cell: bool = False


class _Visible(HTMLParser):
    """Collects what is visible, line by line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[TextLine] = []
        self._pieces: list[_Piece] = []
        self._hidden: list[str] = []
        self._anchors: list[tuple[str, str]] = []
        self._headings = self._atoms = self._code = 0
        self._row: _Row | None = None
        self._line = 0
        self._given: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("data-line", "").isdigit():
            self._given = int(given["data-line"])
        if self._hidden or tag in _HIDDEN or ("hidden" in given and tag not in _VOID):
            if tag not in _VOID:
                self._hidden.append(tag)
            return
        if tag in _FIELD_TAGS:
            self._add_field(tag, given)
        if tag == "br":
            self._break(given)
        elif self._row is None and (tag not in _INLINE or given.get("data-component-part", "").startswith("field-")):
            self._end_block(tag)
        if tag not in _VOID:
            self._open(tag, given)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        self._anchors.append((tag, given.get("id", "")))
        self._code += tag == "pre"
        self._atoms += tag in _ATOMS
        self._headings += tag in _HEADINGS
        if tag == "tr":
            self._end_row()
            self.end_line()
            self._row = _Row()
        elif tag in ("td", "th"):
            self._end_cell()
            if self._row is not None:
                self._row.is_in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            # What was never closed in between is closed with it.
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()
        elif self._row is None and tag not in _INLINE:
            self._end_block(tag)
        self._close(tag)

    def _end_block(self, tag: str) -> None:
        self.end_line()
        if tag in _SPACED:
            self._space()

    def _close(self, tag: str) -> None:
        self._atoms -= tag in _ATOMS and self._atoms > 0
        while self._anchors and any(open_tag == tag for open_tag, _ in self._anchors):
            if self._anchors.pop()[0] == tag:
                break
        self._headings -= tag in _HEADINGS and self._headings > 0
        if tag == "pre" and self._code:
            self._code -= 1

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._code:
            self._add_code(data)
            return
        if not self._pieces:
            leading = len(data) - len(data.lstrip())
            self._line = self._here() + (data.count("\n", 0, leading) if self._given is None else 0)
        if data:
            self._pieces.append(_Piece(re.sub(r"\s+", " ", data), self._atoms > 0))

    def end_line(self) -> None:
        """Write down what has been collected."""
        if self._row is not None:
            return
        pieces, self._pieces = self._pieces, []
        text = "".join(piece.text for piece in pieces)
        if self._code:
            text = text.removesuffix("\n")
            for offset, line in enumerate(text.split("\n") if text.strip() else ()):
                self._write(line, self._line + offset, is_code=True)
            return
        for part in _parts(pieces):
            self._write(part, self._line)

    def _add_code(self, data: str) -> None:
        if not self._pieces:
            self._line = self._here()
            if data.startswith("\n"):  # the first one in a `pre` is not shown
                data, self._line = data[1:], self._line + (self._given is None)
        self._pieces.append(_Piece(data, is_atom=False))

    def _break(self, given: dict[str, str]) -> None:
        if self._row is not None:
            self._pieces.append(_Piece(" ", is_atom=False))
        elif self._code:
            self._pieces.append(_Piece("\n", is_atom=False))
        else:
            self.end_line()
            if self._given is not None and "data-line" not in given:
                self._given += 1

    def _add_field(self, tag: str, given: dict[str, str]) -> None:
        """Write a field that is an element with attributes, as Mintlify's own pages have it in their source."""
        self.end_line()
        self._space()
        place = next((name for name in _FIELD_TAGS[tag] if given.get(name)), None)
        if place is None:
            return
        kind = "response" if tag == "responsefield" else place
        said = [given[place], given.get("type") or "any"]
        said += [LABELS.first("required")] if given.get("required", "false") not in ("false", "{false}") else []
        said += [LABELS.first("required")] if "required" in given and not given["required"] else []
        said += [LABELS.first("deprecated")] if given.get("deprecated", "false") not in ("false", "{false}") else []
        said += [f"default: {given['default']}"] if given.get("default") else []
        for text in said:
            self.lines.append(TextLine(self._here(), text, anchor=f"{kind}-"))
        self._space()

    def _end_cell(self) -> None:
        """End a cell, which the next one does where nothing else does."""
        if self._row is not None and self._row.is_in_cell:
            self._row.cells.append(_joined(self._pieces))
            self._row.is_in_cell = False
            self._pieces = []

    def _end_row(self) -> None:
        """Write a row of a table that describes a field as a page would."""
        if self._row is None:
            return
        self._end_cell()
        row, self._row = self._row, None
        cells = [cell.strip() for cell in row.cells]
        name = next((index for index, cell in enumerate(cells) if is_name(cell)), None)
        kind = next((index for index, cell in enumerate(cells) if index != name and is_type(cell)), None)
        if name is None or kind is None:
            self._write(" ".join(cells), self._line)
            self._space()
            return
        others = [cell for index, cell in enumerate(cells) if index not in (name, kind)]
        marks = [LABELS.first("required") for cell in others if LABELS.means(cell, "yes", "required")]
        for text in (cells[name], cells[kind], *marks):
            self._write(text, self._line)
        self._space()
        for text in others:
            if not LABELS.means(text, "yes", "no", "required"):
                self._write(text, self._line)
        self._space()

    def _here(self) -> int:
        return self._given if self._given is not None else self.getpos()[0]

    def _write(self, text: str, line: int, *, is_code: bool = False) -> None:
        if not is_code:
            text = text.strip()
        if text.strip() or is_code:
            anchor = next((name for _, name in reversed(self._anchors) if name), "")
            self.lines.append(TextLine(line, text, is_code, self._headings > 0, anchor))

    def _space(self) -> None:
        if self.lines and self.lines[-1].text:
            self.lines.append(TextLine(self.lines[-1].number, ""))


def _joined(pieces: list[_Piece]) -> str:
    return "".join(piece.text for piece in pieces).strip()


def _parts(pieces: list[_Piece]) -> Iterator[str]:
    """Take the head of a field apart, where it stands in one line: `name` `type` `required`, or name (type, …)."""
    shown = [piece for piece in pieces if piece.text.strip()]
    whole = _joined(shown)
    words = [piece.text.strip().rstrip(":") for piece in shown]
    if len(shown) > 1 and all(piece.is_atom or not piece.text.strip(" ,") for piece in shown):
        yield from (f"{word}," if _has_comma(shown, index) else word for index, word in enumerate(words) if word != ",")
    elif shown and shown[0].is_atom and is_name(words[0]):
        rest = [part.strip() for piece in shown[1:] for part in _PARTED.split(piece.text) if part and part.strip()]
        if rest and is_type(rest[0]):
            yield words[0]
            yield rest[0]
            marks = [part for part in rest[1:3] if LABELS.means(part, "required", "deprecated", "location")]
            yield from marks
            yield ""
            yield from (part for part in rest[1:] if part not in marks)
        else:
            yield whole
    else:
        yield whole


def _has_comma(pieces: list[_Piece], index: int) -> bool:
    return index + 1 < len(pieces) and pieces[index + 1].text.strip() == ","


def _without_front_matter(text: str) -> str:
    found = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    return "\n" * found[0].count("\n") + text[found.end() :] if found else text
