"""Jobs: how they are named, and how they move on from poll to poll."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve, field, frozen

from conformance.contract import Lifecycle, Property, Response, Stage

__all__ = ["Job", "JobShape", "id_factory"]

_PROGRESS = (0, 25, 50, 75)
_KEPT_SECONDS = 24 * 60 * 60
_EARLIEST_MILLISECONDS = 100_000_000_000  # in seconds this is the year 5138


@frozen
class Job:
    """A job as it stands; `age` counts the polls so far, `end` is the stage where it stays."""

    id: str
    created: float
    echoes: Mapping[tuple[str, ...], Any] = field(repr=False)
    parent: str | None = None
    end: Stage = "succeeded"
    age: int = 0
    completed: float | None = None

    @property
    def stage(self) -> Stage:
        """Where the job stands in its life."""
        if self.age == 0 or self.end == "waiting":
            return "waiting"
        return "running" if self.age < len(_PROGRESS) or self.end == "running" else self.end

    @property
    def progress(self) -> int:
        """How much of the work is done, in percent."""
        if self.stage == "waiting":
            return 0
        return 100 if self.stage == "succeeded" else _PROGRESS[min(self.age, len(_PROGRESS) - 1)]

    @property
    def expires(self) -> float | None:
        """When the result goes away, if there is one."""
        return self.completed + _KEPT_SECONDS if self.completed and self.stage == "succeeded" else None

    def polled(self) -> Job:
        """Return the job one poll later."""
        later = evolve(self, age=self.age + 1)
        ended = later.stage in ("succeeded", "failed") and later.completed is None
        return evolve(later, completed=time.time()) if ended else later

    def ended(self) -> Job:
        """Return the job where it stays, as if polled long enough."""
        job = self
        while job.stage != job.end and job.age < len(_PROGRESS):
            job = job.polled()
        return job


@frozen
class JobShape:
    """How a response of the contract shows a job: each value by the role of its property."""

    response: Response = field(repr=False)

    def body(self, job: Job, result_url: str) -> dict[str, Any]:
        """Return the answer that shows a job; optional properties without a value are left out."""
        values = {
            "id": job.id,
            "legacy-id": job.id,
            "status": self._status(job.stage),
            "progress": job.progress,
            "created-time": self.time(job.created),
            "completed-time": self.time(job.completed),
            "expiry-time": self.time(job.expires),
            "parent-id": job.parent,
            "error-code": "generation_failed" if job.stage == "failed" else None,
            "error-message": "The job was asked to fail." if job.stage == "failed" else None,
            "result-url": result_url if job.stage == "succeeded" else None,
        }
        body: dict[str, Any] = {}
        for shown in self.response.properties:
            value = job.echoes.get(shown.path, values.get(shown.role or ""))
            if value is None and shown.required and len(shown.path) == 1:
                value = constant(shown)
            if value is not None:
                place(body, shown.path, value)
        return body

    def echoes(self, values: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
        """Return what the answer repeats of a request."""
        found: dict[tuple[str, ...], Any] = {}
        for shown in self.response.properties:
            name = next((name for name in shown.echoes if name in values), None)
            if name is not None:
                found[shown.path] = str(values[name]) if shown.schema.get("type") == "string" else values[name]
        return found

    def time(self, seconds: float | None) -> int | None:
        """Return a time in the unit that the contract's example has."""
        if seconds is None:
            return None
        created = self.response.by_role("created-time")
        examples = created.schema.get("examples", ()) if created else ()
        milliseconds = any(example > _EARLIEST_MILLISECONDS for example in examples)
        return int(seconds * 1000) if milliseconds else int(seconds)

    def lifecycle(self) -> Lifecycle:
        """Return the constants of the status."""
        status = self.response.by_role("status")
        return (status and status.lifecycle) or Lifecycle({})

    def _status(self, stage: Stage) -> str | None:
        return next(iter(self.lifecycle().statuses(stage)), None)


def place(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value at a path, making the objects on the way."""
    for key in path[:-1]:
        body = body.setdefault(key, {})
    body[path[-1]] = value


def constant(shown: Property) -> Any:
    """Return the one value, or the first example, that the contract gives for a property."""
    schema = {**shown.schema, **(shown.should or {})}
    if "const" in schema:
        return schema["const"]
    return next(iter((*schema.get("examples", ()), *schema.get("enum", ()))), None)


def id_factory(shape: JobShape, *, deterministic: bool) -> Callable[[], str]:
    """Return a maker of ids that begin as the contract's example does.

    They cannot be guessed, unless `deterministic` asks for a predictable sequence.
    """
    declared = shape.response.by_role("id")
    example = str(next(iter(declared.schema.get("examples", ())), "")) if declared else ""
    prefix = "".join(example.rpartition("_")[:2])
    if deterministic:
        numbers = itertools.count(1)
        return lambda: f"{prefix}{next(numbers):06d}"
    return lambda: prefix + secrets.token_hex(16)
