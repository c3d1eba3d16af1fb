"""One request as the log tells of it: to people in a line, to programs as an object of JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from attrs import frozen

__all__ = ["FIELDS", "RequestRecord", "printable"]

FIELDS: Mapping[str, str] = {
    "time": "when the request came, in UTC (RFC 3339)",
    "request": "its number, from 1",
    "method": "its method",
    "path": "its path and query as sent, without credentials",
    "operation": "the operation of the contract that it is for; null where there is none",
    "status": "the status of the answer; null where the connection was closed without one",
    "milliseconds": "how long the answer took",
    "job": "the id of the job that it made or is about, or null",
    "made": "whether it made something",
    "model": "the model that was asked for, or null",
    "stage": "where the job stands: waiting, running, succeeded or failed; or null",
    "progress": "how much of the job is done, in percent; or null",
    "refused": "why it was refused, or null",
    "field": "the input that is at fault, or null",
    "followed": "the preferences of a `Prefer` header that were followed, as `name=value`",
    "ignored": "those that were not: objects of `preference` and `why`",
    "script": "file and line of the rule of `--script` that was followed, or null",
    "nasty": "what `--nasty` did to it, by name; or null",
    "nasty_says": "the same in sentences, and what it does to the job all its life; a list",
    "hidden": "whether it made something and the answer does not say so, or never came",
}
"""What each member of an object in the log says."""


@frozen
class RequestRecord:
    """One request and what came of it; the attributes are those of `FIELDS`."""

    began: float
    request: int
    method: str
    path: str
    operation: str | None
    status: int | None
    seconds: float
    job: str | None = None
    made: bool = False
    model: str | None = None
    stage: str | None = None
    progress: int | None = None
    refused: str | None = None
    field: str | None = None
    followed: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    script: str | None = None
    nasty: str | None = None
    nasty_says: tuple[str, ...] = ()
    hidden: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON data, all members always there."""
        moment = datetime.fromtimestamp(self.began, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "milliseconds": round(self.seconds * 1000, 1),
            "followed": list(self.followed),
            "nasty_says": list(self.nasty_says),
            "ignored": [{"preference": name, "why": why} for name, why in self.ignored],
        }
        return {name: told[name] if name in told else getattr(self, name) for name in FIELDS}

    @property
    def line(self) -> str:
        """The record in a line for people; what a caller sent cannot move the cursor of a terminal."""
        clock = datetime.fromtimestamp(self.began).astimezone().strftime("%H:%M:%S")
        status = "---" if self.status is None else str(self.status)
        pieces = [clock, status, f"{self.seconds * 1000:7.0f} ms", f"{self.method} {self.path}", *self._came_of_it()]
        pieces += self._on_purpose()
        return printable("  ".join(pieces))

    def _came_of_it(self) -> Iterator[str]:
        if self.job is not None:
            yield f"{'made ' if self.made else ''}{self.job}"
        if self.model is not None:
            yield self.model
        if self.stage is not None:
            yield self.stage if self.progress is None else f"{self.stage} {self.progress} %"
        if self.refused is not None:
            yield f"refused: {self.refused}"
        elif self.status is not None and self.status >= 400:
            yield _phrase(self.status)

    def _on_purpose(self) -> Iterator[str]:
        if self.followed:
            yield f"Prefer: {', '.join(self.followed)}"
        for preference, why in self.ignored:
            yield f"Prefer ignored: {preference} ({why})"
        if self.script is not None:
            yield f"script: {self.script}"
        if self.nasty_says:
            yield f"nasty: {'; '.join(self.nasty_says)}"
        if self.hidden:
            yield "THE JOB WAS MADE, and the answer does not say so"


def printable(text: str) -> str:
    """Return a text with what could steer a terminal, or turn the text around, written as escapes."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
