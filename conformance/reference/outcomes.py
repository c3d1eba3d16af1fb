"""The words by which an outcome is asked for, in a `Prefer` header or in a file, and what each of them changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, get_args

from conformance.contract import Stage
from conformance.reference.nearest import nearest
from conformance.reference.services import Service

__all__ = ["LONGEST_WAIT", "WORDS", "UnfollowedError", "changes"]

LONGEST_WAIT = 600.0
_MOST_LOOKS = 1000
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_STATUS = re.compile(r"[\w.-]{1,100}", re.ASCII)
_Changes = Mapping[str, Any]


class UnfollowedError(Exception):
    """A word that cannot be followed here, and why."""


def changes(word: str, value: str, service: Service) -> _Changes:
    """Return what a word changes in the script of a call.

    Raises:
        UnfollowedError: there is no such word, its value is none, or the operation has no use for it.
    """
    if word not in WORDS:
        raise UnfollowedError(f"there is no {word!r}{nearest(word, WORDS)}")
    if word in _OF_JOBS and not (service.makes and service.lives):
        raise UnfollowedError(f"{service.operation.id} makes no job")
    return WORDS[word](value, service)


def _code(value: str, service: Service) -> _Changes:
    documented = [response.pattern for response in service.operation.responses]
    if not re.fullmatch("[0-9]{3}", value) or service.operation.response(int(value)) is None:
        raise UnfollowedError(f"{service.operation.id} documents {', '.join(documented)}")
    return {"code": int(value)}


def _job(value: str, service: Service) -> _Changes:
    del service
    if value not in get_args(Stage):
        raise UnfollowedError(f"a job ends as one of {', '.join(get_args(Stage))}")
    return {"stage": value}


def _status(value: str, service: Service) -> _Changes:
    """A status of the contract is where the job ends; any other one it shows, and it never ends."""
    if not _STATUS.fullmatch(value):
        raise UnfollowedError("a status is a word of letters, digits, `_`, `.` and `-`")
    stage = service.template.lifecycle.stage(value) if service.template is not None else None
    return {"stage": "running", "says": value} if stage is None else {"stage": stage}


def _looks(value: str, service: Service) -> _Changes:
    del service
    if not re.fullmatch("[0-9]{1,4}", value) or not 1 <= int(value) <= _MOST_LOOKS:
        raise UnfollowedError(f"it is a number of looks, from 1 to {_MOST_LOOKS}")
    return {"looks": int(value)}


def _progress(value: str, service: Service) -> _Changes:
    del service
    steps = re.split(r"[\s,]+", value.strip())
    if not all(re.fullmatch("[0-9]{1,3}", step) and int(step) <= 100 for step in steps) or len(steps) > _MOST_LOOKS:
        raise UnfollowedError("it is a list of percentages, such as 10 50 90")
    return {"progress": tuple(map(int, steps))}


def _seconds_of(name: str) -> Callable[[str, Service], _Changes]:
    def read(value: str, service: Service) -> _Changes:
        del service
        if not _NUMBER.fullmatch(value):
            raise UnfollowedError("it is a number of seconds")
        return {name: min(float(value), LONGEST_WAIT)}

    return read


def _pause(value: str, service: Service) -> _Changes:
    del service
    if not re.fullmatch("[0-9]{1,6}", value):
        raise UnfollowedError("it is a whole number of seconds")
    return {"pause": int(value)}


WORDS: Mapping[str, Callable[[str, Service], _Changes]] = MappingProxyType(
    {
        "code": _code,
        "job": _job,
        "status": _status,
        "looks": _looks,
        "progress": _progress,
        "seconds": _seconds_of("seconds"),
        "wait": _seconds_of("wait"),
        "retry-after": _pause,
    }
)
_OF_JOBS = frozenset({"job", "status", "looks", "progress", "seconds"})
