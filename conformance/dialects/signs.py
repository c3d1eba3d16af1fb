"""Signs: what servers of a kind are told by, read from data (`signs.yaml`, and files of the user's)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.contract.document import Document, Tokens, read

__all__ = ["ANY", "MISSING", "Dialect", "Knowledge", "Question", "Sign", "read_signs"]

ANY = "any"
MISSING = "missing"
_NONE = "none"
_CREATE, _METHODS = "create", ("GET", "PUT")
_QUESTION = frozenset({"says", "ask", "at", "anonymous"})
_DIALECT = frozenset({"says", "overlay", "signs"})
_SIGN = frozenset({"says", "in", "status", "header", "member", "text", "documented", "points"})
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|XX)")


@frozen
class Question:
    """One free request: `ask` is `create` or a method, which has an address (`at`)."""

    name: str
    says: str
    ask: str
    at: str = ""
    anonymous: bool = False


@frozen(eq=False)
class Sign:
    """What an answer is looked at for; all of it has to be there.

    Attributes:
        questions: whose answers can show it; empty for all.
        points: that it counts for its dialect.
    """

    says: str
    questions: tuple[str, ...]
    points: int
    status: str | None = None
    headers: Mapping[str, re.Pattern[str]] = field(factory=dict)
    members: Mapping[str, re.Pattern[str] | None] = field(factory=dict)
    text: re.Pattern[str] | None = None
    is_documented: bool = False


@frozen(eq=False)
class Dialect:
    """A kind of server, and the overlay that makes the contract speak as it does, where one is known.

    Attributes:
        is_plain: the contract fits as it is.
    """

    name: str
    says: str
    overlay: str | None
    signs: tuple[Sign, ...]
    is_plain: bool = False


@frozen(eq=False)
class Knowledge:
    """Everything that can be asked and told."""

    questions: Mapping[str, Question]
    dialects: Mapping[str, Dialect]


def read_signs(more: Sequence[Path] = ()) -> Knowledge:
    """Return what comes with the suite, and what files of the user's add to it or put in its place.

    Raises:
        ContractError: a file cannot be used; the message says where and what to do.
    """
    questions: dict[str, Question] = {}
    dialects: dict[str, Dialect] = {}
    for path in (Path(str(resources.files(__package__) / "signs.yaml")), *more):
        document = read(path, kind="identification")
        _check(document, (), document.data, frozenset({"questions", "dialects"}))
        for name, value in _mapping(document, ("questions",)).items():
            questions[name] = _question(document, name, value)
        for name, value in _mapping(document, ("dialects",)).items():
            dialects[name] = _dialect(document, name, value, questions)
    return Knowledge(questions, dialects)


def _question(document: Document, name: str, value: Any) -> Question:
    place = ("questions", name)
    _check(document, place, value, _QUESTION)
    says, ask, at = _text(document, place, value, "says"), _text(document, place, value, "ask"), value.get("at", "")
    if ask != _CREATE and ask not in _METHODS:
        raise document.error((*place, "ask"), f"`{ask}` is not asked: write {_CREATE}, or {' or '.join(_METHODS)}")
    if (ask == _CREATE) is bool(at) or not isinstance(at, str) or not re.match(r"/|\{create\}|\{made\}|$", at):
        raise document.error((*place, "at"), "GET and PUT have an address, `/…`, `{create}…` or `{made}…`; others none")
    return Question(name, says, ask, at, value.get("anonymous", False) is True)


def _dialect(document: Document, name: str, value: Any, questions: Mapping[str, Question]) -> Dialect:
    place = ("dialects", name)
    _check(document, place, value, _DIALECT)
    signs = value.get("signs")
    if not isinstance(signs, list) or not signs:
        raise document.error((*place, "signs"), "is a list of signs, with one at least")
    overlay = value.get("overlay")
    if not isinstance(overlay, str | None):
        raise document.error((*place, "overlay"), f"is the name or the path of an overlay, or {_NONE}")
    is_plain = overlay == _NONE
    looked_for = (_sign(document, (*place, "signs", str(index)), sign, questions) for index, sign in enumerate(signs))
    says = _text(document, place, value, "says")
    return Dialect(name, says, None if is_plain else overlay, tuple(looked_for), is_plain)


def _sign(document: Document, place: Tokens, value: Any, questions: Mapping[str, Question]) -> Sign:
    _check(document, place, value, _SIGN)
    asked = value.get("in")
    if not isinstance(asked, list) or not asked:
        raise document.error((*place, "in"), f"is a list of questions, or [{ANY}]")
    for name in asked:
        if name != ANY and name not in questions:
            near = get_close_matches(str(name), questions, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(questions)}"
            raise document.error((*place, "in"), f"there is no question `{name}`; {hint}")
    points, status = value.get("points", 1), value.get("status")
    if not isinstance(points, int):
        raise document.error((*place, "points"), f"is a whole number, and not {points!r}")
    if status is not None and not _STATUS.fullmatch(str(status)):
        raise document.error((*place, "status"), f"`{status}` is no status: write one, or a range such as 4XX")
    headers = {name: _pattern(document, (*place, "header", name), found) for name, found in _in(value, "header")}
    members = {
        path: None if found == MISSING else _pattern(document, (*place, "member", path), found)
        for path, found in _in(value, "member")
    }
    text = _pattern(document, (*place, "text"), value["text"]) if "text" in value else None
    is_documented = value.get("documented", False) is True
    if status is None and not headers and not members and text is None and not is_documented:
        raise document.error(place, "this sign looks for nothing: give it status, header, member, text or documented")
    return Sign(
        _text(document, place, value, "says"),
        () if ANY in asked else tuple(asked),
        points,
        None if status is None else str(status),
        headers,
        members,
        text,
        is_documented,
    )


def _in(value: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    found = value.get(key)
    return [(str(name), each) for name, each in found.items()] if isinstance(found, Mapping) else []


def _pattern(document: Document, place: Tokens, value: Any) -> re.Pattern[str]:
    try:
        return re.compile(str(value), re.DOTALL)
    except re.error as error:
        raise document.error(place, f"`{value}` is no pattern: {error}; mend it") from None


def _mapping(document: Document, place: Tokens) -> Mapping[str, Any]:
    found = document.data.get(place[0], {})
    if not isinstance(found, Mapping):
        raise document.error(place, "is no mapping of names to what they stand for")
    return {str(name): value for name, value in found.items()}


def _text(document: Document, place: Tokens, value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    if not isinstance(found, str) or not found:
        raise document.error((*place, key), f"`{key}` is missing, or no text; write it")
    return found


def _check(document: Document, place: Tokens, value: Any, known: frozenset[str]) -> None:
    if not isinstance(value, Mapping):
        raise document.error(place, f"is no mapping; it has {', '.join(sorted(known))}")
    for key in value:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"there is {', '.join(sorted(known))}"
            raise document.error((*place, str(key)), f"there is no `{key}` here; {hint}")
