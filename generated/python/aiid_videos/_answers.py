"""Turns answers into models, and those that are not what was asked for into errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import evolve

from ._sending import request_id, retry_after, sent
from .errors import (
    BY_STATUS,
    AnswerError,
    ClientError,
    RefusedError,
    ServerError,
    StatusError,
    UndecodableAnswerError,
)
from .models.video_status import STAGES
from .types import Response

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
E = TypeVar("E")

# Where the contract says that refusals hold their reason, and what identifies them.
_MESSAGES: tuple[str, ...] = ("message",)
_CODES: tuple[str, ...] = ("code",)
_TEXTS: tuple[str, ...] = (
    "error",
    "detail",
    "data",
)

# Codes with which a server says that nothing was made, whatever the status.
_NOTHING_MADE: tuple[Any, ...] = ("model_not_found",)


def respond(
    response: httpx.Response, answers: Mapping[str, Callable[[httpx.Response], T | None]]
) -> Response[T]:
    """Read an answer as the contract documents it for its status."""
    status = response.status_code
    read = answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default")
    if read is None and 200 <= status < 300:
        # Whoever accepts with another status than the documented one has accepted all the same.
        read = next((each for pattern, each in answers.items() if pattern.startswith("2")), None)
    return Response(
        status_code=status,
        content=response.content,
        headers=response.headers,
        parsed=read(response) if read else None,
        request_id=request_id(response),
        request=sent(response.request),
        repeats=int(response.extensions.get("repeats", 0)),
    )


def json_object(
    read: Callable[[Mapping[str, Any]], T],
    *identity: str,
    named: bool = False,
    shown: str = "",
    otherwise: Callable[[Mapping[str, Any]], E] | None = None,
) -> Callable[[httpx.Response], T | E | None]:
    """Make a reader of JSON objects.

    An object in which all of ``identity`` is missing is something else, whatever its status says; so is one whose
    names (if they are ``named`` so) are neither texts nor numbers, by which nobody could ask for it again.
    One that was asked for by its id may also show just where it stands, in the field ``shown``.
    """

    def reader(response: httpx.Response) -> T | E | None:
        value = decoded(response.content)
        if not isinstance(value, dict):
            return None
        fields = cast("dict[str, Any]", value)
        if not identity or any(_tells(fields.get(name), named) for name in identity):
            return read(fields)
        if shown and str(fields.get(shown)) in STAGES:
            return read(fields)
        return otherwise(fields) if otherwise else None

    return reader


def content(response: httpx.Response) -> bytes:
    """Read an answer as bytes."""
    return response.content


def expect(response: Response[Any], kind: type[T], *, optional: bool = False) -> T:
    """Return what a successful answer holds.

    Args:
        optional: Servers may do without what was asked for.

    Raises:
        AnswerError: It was not successful, or holds something else.
    """
    if 200 <= response.status_code < 300 and isinstance(response.parsed, kind):
        found = response.parsed
        if response.request_id and hasattr(kind, "request_id"):
            return cast("T", evolve(cast("Any", found), request_id=response.request_id))
        return found
    raise error_of(response, optional=optional)


def decoded(content: bytes) -> Any:
    """Return a body read as JSON, None where it is none."""
    try:
        try:
            return json.loads(content)
        except UnicodeDecodeError:
            # A wrong character in some text must not lose the job around it.
            return json.loads(content.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def error_of(
    response: Response[Any],
    otherwise: str = "the body is not what the contract promises",
    *,
    optional: bool = False,
) -> AnswerError:
    """Return the error that an answer is; ``otherwise`` is the reason where it seems to be a success."""
    status, answer = response.status_code, decoded(response.content)
    message, code = _reason(answer), _found(answer, _CODES, (str, int))
    repeatable = response.request.method in ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")
    if not 200 <= status < 300:
        group = (
            ClientError if 400 <= status < 500 else ServerError if status >= 500 else StatusError
        )
        kind: type[AnswerError] = BY_STATUS.get(status, group)
    elif message:
        kind = RefusedError
    else:
        kind, message = UndecodableAnswerError, otherwise
    return kind(
        message or _summary(response.content) or _elsewhere(response) or "no reason given",
        status_code=status,
        code=code,
        request_id=response.request_id,
        content=response.content,
        answer=answer,
        request=response.request,
        ambiguous=not repeatable
        and kind is not RefusedError
        and not _proves_nothing_made(status, code),
        repeats=response.repeats,
        retry_after=retry_after(response.headers.get("Retry-After", "")),
        may_lack_operation=optional and status in (404, 405, 501),
    )


def _proves_nothing_made(status: int, code: object) -> bool:
    """Whether a refusal is one of those that come before anything is made."""
    return 300 <= status < 500 or status == 501 or code in _NOTHING_MADE


def _tells(value: object, named: bool) -> bool:
    """Whether a value tells which object it is in."""
    is_name = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return value not in (None, "") and (is_name or not named)


def _elsewhere(response: Response[Any]) -> str:
    """Where a redirection leads, but for the rest of the address, which can hold a secret."""
    location = response.headers.get("Location", "") if 300 <= response.status_code < 400 else ""
    place = re.match(r"https?://[^/?#@]+(?=[/?#]|$)", location, re.IGNORECASE)
    return (
        f"a redirection to {place[0] if place else 'another address'}, which is not followed"
        if location
        else ""
    )


def _reason(answer: Any) -> str:
    found = _found(answer, _MESSAGES, str)
    if found is None and isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        found = next((fields[name] for name in _TEXTS if isinstance(fields.get(name), str)), None)
    return str(found or "")


def _found(answer: Any, names: tuple[str, ...], kind: type | tuple[type, ...]) -> Any:
    """The first of some names that has a value, outer objects before inner ones."""
    level: list[Any] = [answer]
    while level:
        objects = [cast("dict[str, Any]", value) for value in level if isinstance(value, dict)]
        for fields in objects:
            for name in names:
                if isinstance(fields.get(name), kind) and fields[name] != "":
                    return fields[name]
        level = [value for fields in objects for value in fields.values()]
    return None


def _summary(content: bytes) -> str:
    """The title of a page, or the beginning of a text."""
    text = content[:20_000].decode("utf-8", "replace")
    title = re.search(r"<title[^>]*>(.*?)</title", text, re.IGNORECASE | re.DOTALL)
    return " ".join((title[1] if title else text).split())[:200]
