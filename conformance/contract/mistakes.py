"""What is wrong with the text of a YAML or JSON file, in plain words: the line, and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import yaml
from attrs import frozen
from yaml.reader import Reader

__all__ = ["FileMistake", "mistake_of", "text_of"]

_CONFLICT = re.compile(r"^(<<<<<<< |=======$|>>>>>>> )", re.MULTILINE)
_MARKUP = re.compile(r"\s*<(!doctype|html|\?xml|head|body)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r":\s")
_OTHER_CODINGS = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x1f\x8b", "compressed"),
    (b"PK\x03\x04", "a ZIP"),
)
_OPENED = re.compile(r"""(?:^|[:\[{,-])\s*(["'])""")
_NEAR = 20
_TABS = "is indented by a tab, which YAML does not take for spaces; write spaces"
_ALIASES = "a text that begins with `*` or `&` names an anchor in YAML; put it into quotes"


class FileMistake(ValueError):
    """Something in the text of a file, with its line where it has one."""

    def __init__(self, said: str, line: int | None = None) -> None:
        super().__init__(said)
        self.said = said
        self.line = line

    def at(self, path: Path) -> str:
        """Return what is wrong, file and line first."""
        return f"{path}: {self.said}" if self.line is None else f"{path}:{self.line}: {self.said}"


def text_of(raw: bytes) -> str:
    """Return the text of a file's bytes, without the mark of its coding.

    Raises:
        FileMistake: they are no text in UTF-8.
    """
    for mark, coding in _OTHER_CODINGS:
        if raw.startswith(mark):
            kind = f"text in {coding}" if coding.startswith("UTF") else f"{coding} file"
            raise FileMistake(f"is {kind.replace('compressed file', 'a compressed file')}; save it as text in UTF-8")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        said = f"has a byte that is not UTF-8 (0x{raw[error.start]:02x}); save the file as text in UTF-8"
        raise FileMistake(said, line) from None
    if found := Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        said = f"has the control character U+{ord(found[0]):04X}, which YAML does not allow; remove it"
        raise FileMistake(said, line)
    return text


def mistake_of(error: yaml.YAMLError, text: str) -> FileMistake:
    """Say what a reader of YAML stumbled over; it has to be the one written in Python, which says more."""
    if found := _CONFLICT.search(text):
        said = "has a mark of a merge that was not settled; choose one of the two versions, and remove the marks"
        return FileMistake(said, text.count("\n", 0, found.start()) + 1)
    if _MARKUP.match(text):
        return FileMistake("has a page in HTML or XML in place of YAML; save the file itself", 1)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem is None:
        return FileMistake(f"is not YAML: {' '.join(str(error).split())}")
    stumble = _Stumble.of(error, text)
    for pattern, tell in _WORDS:
        if pattern.search(f"{error.context or ''}: {error.problem}"):
            line, said = tell(stumble)
            about = "the line " if said.startswith(("is ", "has ", "goes ", "stands ")) else ""
            return FileMistake(f"is not YAML: {about}{said}", line)
    return FileMistake(f"is not YAML: {error.problem}; see how the lines around it are written", stumble.line)


@frozen
class _Stumble:
    """Where reading ended, and where what was being read had begun; columns count from 0."""

    problem: str
    line: int
    column: int
    start: int
    start_column: int
    lines: list[str]

    @classmethod
    def of(cls, error: yaml.MarkedYAMLError, text: str) -> _Stumble:
        at = error.problem_mark or error.context_mark
        begun = error.context_mark or at
        if at is None or begun is None:
            return cls(str(error.problem), 1, 0, 1, 0, text.split("\n"))
        lines = text.split("\n")
        return cls(str(error.problem), at.line + 1, at.column, begun.line + 1, begun.column, lines)

    @property
    def written(self) -> str:
        """The line."""
        return self.lines[self.line - 1].rstrip("\r") if self.line <= len(self.lines) else ""

    @property
    def is_at_end(self) -> bool:
        return not self.written.strip() and not any(line.strip() for line in self.lines[self.line :])

    @property
    def has_tab(self) -> bool:
        """Whether the line is indented by a tab."""
        return "\t" in self.written[: len(self.written) - len(self.written.lstrip())]


_Told = tuple[int, str]


def _tab(stumble: _Stumble) -> _Told:
    sign = stumble.written[stumble.column : stumble.column + 1]
    if sign == "\t" or stumble.has_tab:
        return stumble.line, _TABS
    shown = "a backtick" if sign == "`" else f"`{sign}`"
    return stumble.line, f"a text cannot begin with {shown} in YAML; put it into quotes"


def _quote(stumble: _Stumble) -> _Told:
    return stumble.start, "a quote is opened here and never closed; close it"


def _indicator(stumble: _Stumble) -> _Told:
    sign = stumble.written[stumble.column - 1 : stumble.column].strip() or "a sign of YAML"
    return stumble.line, f"a text that begins with `{sign}` means something else in YAML; put it into quotes"


def _nesting(stumble: _Stumble) -> _Told:
    sign = stumble.written[stumble.column : stumble.column + 1]
    return (
        stumble.line,
        f"`{sign}` begins another level, which starts in a line of its own; break the line, or quote it",
    )


def _escape(stumble: _Stumble) -> _Told:
    sign = stumble.written[stumble.column : stumble.column + 1]
    return stumble.line, f"`\\{sign}` means nothing in double quotes; write `\\\\{sign}`, or use single quotes"


def _bracket(stumble: _Stumble) -> _Told:
    opened = stumble.lines[stumble.start - 1][stumble.start_column : stumble.start_column + 1] or "["
    closing = {"[": "]", "{": "}"}.get(opened, "]")
    if stumble.is_at_end or "<stream end>" in stumble.problem:
        return stumble.start, f"the `{opened}` that is opened here is never closed; write `{closing}` at its end"
    return (
        stumble.line,
        f"stands inside the `{opened}` of line {stumble.start}; write `,` between entries, and `{closing}` at the end",
    )


def _second_colon(stumble: _Stumble) -> _Told:
    if stumble.has_tab:
        return stumble.line, _TABS
    if _SEPARATOR.search(stumble.written[: stumble.column]):
        return stumble.line, "has a second `: ` in one line; put the text behind the first one into quotes"
    return (
        stumble.line,
        "is indented under a line that has a value already; indent it as its neighbours are, or take that value away",
    )


def _no_colon(stumble: _Stumble) -> _Told:
    if "\t" in stumble.lines[stumble.start - 1].split("#")[0]:
        return stumble.start, _TABS
    written = stumble.lines[stumble.start - 1].strip()
    return stumble.start, f"`{written[:60]}` is no `key: value`; write the `:` and a space behind the key"


def _indentation(stumble: _Stumble) -> _Told:
    if stumble.has_tab:
        return stumble.line, _TABS
    found = stumble.problem.partition("but found ")[2].strip("'")
    if found == "-" and stumble.column == stumble.start_column:
        return stumble.line, f"is an entry of a list (`-`) among the keys that begin in line {stumble.start}; indent it"
    if (
        found in ("<block mapping start>", "<block sequence start>", "-", "?")
        and stumble.column != stumble.start_column
    ):
        own = f"{stumble.column} {'space' if stumble.column == 1 else 'spaces'}"
        theirs = f"what it stands among, from line {stumble.start}, by {stumble.start_column}"
        return stumble.line, f"is indented by {own}, and {theirs}; align it with its neighbours"
    if found == "?":
        return stumble.line, f"is a key among the entries of a list (`-`) that begin in line {stumble.start}; indent it"
    for number in range(stumble.line, max(0, stumble.line - _NEAR), -1):
        begun = _OPENED.search(stumble.lines[number - 1])
        if begun and stumble.lines[number - 1].count(begun[1]) % 2:
            return number, f"has a quote ({begun[1]}) that is not closed, or one inside the text; close or double it"
    said = "goes on behind a value that has ended: what begins with a quote, `[` or `{` ends with it"
    return stumble.line, f"{said}; put the whole value into quotes"


def _alias(stumble: _Stumble) -> _Told:
    name = stumble.problem.rpartition(" ")[2].strip("'")
    return (
        stumble.line,
        f"`*{name}` repeats an anchor (`&{name}`) that does not stand above it; correct it, or quote it",
    )


def _anchor(stumble: _Stumble) -> _Told:
    return stumble.line, f"an anchor is set twice, first in line {stumble.start}; give the second another name"


def _tag(stumble: _Stumble) -> _Told:
    name = stumble.problem.rpartition("tag ")[2].strip("'").replace("tag:yaml.org,2002:", "!!")
    return stumble.line, f"`{name}` is a tag that only some programs read; remove it, and write the value out"


def _second_document(stumble: _Stumble) -> _Told:
    return stumble.line, "a second document begins here (`---`); keep one in the file"


def _merge(stumble: _Stumble) -> _Told:
    return stumble.line, "`<<` merges mappings, and this is none; write the keys out, or use `$ref`"


def _key(stumble: _Stumble) -> _Told:
    return stumble.line, "a list or a mapping stands where a key is wanted; a key is a text (`{…}` goes into quotes)"


_WORDS: tuple[tuple[re.Pattern[str], Callable[[_Stumble], _Told]], ...] = tuple(
    (re.compile(pattern), tell)
    for pattern, tell in (
        ("cannot start any token|tab character", _tab),
        ("unknown escape|escape sequence", _escape),
        ("quoted scalar", _quote),
        ("chomping or indentation", _indicator),
        ("(keys|entries) are not allowed", _nesting),
        ("flow (sequence|mapping|node)", _bracket),
        ("mapping values are not allowed", _second_colon),
        ("could not find expected ':'", _no_colon),
        ("expected <block end>", _indentation),
        ("undefined alias", _alias),
        ("duplicate anchor", _anchor),
        ("scanning an (alias|anchor)", lambda stumble: (stumble.start, _ALIASES)),
        ("could not determine a constructor|undefined tag handle|scanning a tag", _tag),
        ("but found another document|expected '<document start>'", _second_document),
        ("for merging", _merge),
        ("unhashable|unacceptable key", _key),
    )
)
