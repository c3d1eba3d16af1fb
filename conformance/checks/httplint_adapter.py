"""The httplint adapter: it reads header fields, and says which of them break their own grammar.

Of its several hundred notes few are verdicts; those are listed here, with the fields that they count for. It is
blind to what only a status asks for (a challenge, `Allow`), and finds fault with what recipients put up with
(`Expires: 0`): neither is left to it. Dates and lengths are judged on the wire, challenges with the credentials.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from conformance.engine.exchange import Answer

__all__ = ["Fields", "fields_of", "prepare_fields"]

_SYNTAX = {
    "BAD_SYNTAX",
    "BAD_SYNTAX_DETAILED",
    "BAD_DATE_SYNTAX",
    "CC_BAD_VALUE_TYPE",
    "FIELD_NAME_BAD_SYNTAX",
}
_REPEATED = "SINGLE_HEADER_REPEAT"
_JUDGED = frozenset(("allow", "cache-control", "content-type", "etag", "last-modified", "retry-after", "vary"))
_READ = _JUDGED | {"date"}


@frozen
class Fields:
    """The header fields of an answer.

    Attributes:
        values: what those that matter say, by their names in lower case, as far as httplint reads them.
        broken: names of fields that break their grammar.
        repeated: names of fields that stand several times and may not.
    """

    values: Mapping[str, Any] = field(repr=False)
    broken: tuple[str, ...]
    repeated: tuple[str, ...]

    def directives(self) -> Mapping[str, Any]:
        """Return the directives of `Cache-Control`."""
        return {str(name).lower(): value for name, value in self.values.get("cache-control") or ()}


def fields_of(answer: Answer) -> Fields:
    """Read and judge the header fields of an answer; of most of them the name is enough."""
    return _read(answer.status, tuple((name, value if name.lower() in _READ else "") for name, value in answer.headers))


def prepare_fields() -> None:
    """Load what judging needs; slow, and best done while answers are awaited."""
    fields_of(Answer(200, (), b""))


@lru_cache(maxsize=4096)  # the checks ask one after the other, and most answers have the same fields
def _read(status: int, headers: tuple[tuple[str, str], ...]) -> Fields:
    from httplint import HttpResponseLinter  # noqa: PLC0415 - slow to import; commands that judge nothing do without it

    linter = HttpResponseLinter()
    linter.process_response_topline(b"HTTP/1.1", str(status).encode(), b"")
    linter.process_headers(
        [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]
    )
    linter.finish_content(complete=False)
    noted = [(type(note).__name__, _field(note)) for note in linter.notes]
    broken = (name for kind, name in noted if kind in _SYNTAX and (name in _JUDGED or kind == "FIELD_NAME_BAD_SYNTAX"))
    repeated = (name for kind, name in noted if kind == _REPEATED and name in _JUDGED)
    return Fields(dict(linter.headers.parsed), tuple(dict.fromkeys(broken)), tuple(dict.fromkeys(repeated)))


def _field(note: Any) -> str:
    """Return the name of the field that a note is about."""
    return str(note.vars.get("field_name", "")).lower()
