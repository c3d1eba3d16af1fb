"""Things that operations make (jobs, loans, …): how they are named, and how a job moves on from poll to poll."""

from __future__ import annotations

import itertools
import string
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from random import Random, SystemRandom
from typing import Any

from attrs import evolve, field, frozen

from conformance.contract import Schema, Stage
from conformance.contract.instance import instance

__all__ = ["Thing", "id_factory"]

_PROGRESS = (0, 25, 50, 75)
_KEPT_SECONDS = 24 * 60 * 60


@frozen
class Thing:
    """Something made, as it stands.

    Attributes:
        values: what was sent for it, by the names of the inputs.
        parent: the id of what it was made from, or belongs to.
        end: the stage where it stays.
        age: how many of its steps are behind it; where a job takes no time, it moves on each time that it is looked up.
        steps: the progress that it shows at each age before its end, the first while it waits.
        seconds: how long it takes to its end; None where it moves on by being looked up.
        says: a status that it shows in place of its stage's own.
        account: whose it is.
    """

    id: Any
    created: float
    values: Mapping[str, Any] = field(repr=False)
    parent: Any = None
    end: Stage = "succeeded"
    age: int = 0
    completed: float | None = None
    steps: tuple[int, ...] = _PROGRESS
    seconds: float | None = None
    says: str | None = None
    account: str = ""

    @property
    def stage(self) -> Stage:
        """Where the job stands in its life."""
        if self.age == 0 or self.end == "waiting":
            return "waiting"
        return "running" if self.age < len(self.steps) or self.end == "running" else self.end

    @property
    def progress(self) -> int:
        """How much of the work is done, in percent."""
        stage = self.stage
        if stage == "waiting":
            return 0
        return 100 if stage == "succeeded" else self.steps[min(self.age, len(self.steps) - 1)]

    @property
    def expires(self) -> float | None:
        """When the result goes away, if there is one."""
        return self.completed + _KEPT_SECONDS if self.completed and self.stage == "succeeded" else None

    def at(self, moment: float) -> Thing:
        """Return the job as it stands at a time, where it takes time."""
        if self.seconds is None:
            return self
        share = (moment - self.created) / self.seconds if self.seconds > 0 else 1.0
        later = evolve(self, age=max(self.age, min(int(share * len(self.steps)), len(self.steps))))
        ended = later.stage in ("succeeded", "failed") and later.completed is None
        return evolve(later, completed=self.created + self.seconds) if ended else later

    def polled(self) -> Thing:
        """Return the job one poll later; one that takes time does not move for being looked at."""
        if self.seconds is not None:
            return self.at(time.time())
        later = evolve(self, age=self.age + 1)
        ended = later.stage in ("succeeded", "failed") and later.completed is None
        return evolve(later, completed=time.time()) if ended else later

    def ended(self) -> Thing:
        """Return the job where it stays, as if polled long enough."""
        job = evolve(self, seconds=None)
        while job.stage != job.end and job.age < len(self.steps):
            job = job.polled()
        return job


def id_factory(schema: Schema, *, deterministic: bool) -> Callable[[], Any]:
    """Return a maker of ids that are what the contract says, and begin as its example does.

    They cannot be guessed, unless `deterministic` asks for a predictable sequence.

    Raises:
        ContractError: the contract allows no id that this server could make.
    """
    shown = instance(schema)
    for make in _makers(shown, deterministic=deterministic):
        value = make()
        if schema.is_valid(value) and not any(schema.advice(value)):
            return make
    return lambda: shown  # the contract allows too few ids to tell things apart


def _makers(shown: Any, *, deterministic: bool) -> Iterator[Callable[[], Any]]:
    numbers = itertools.count(1)
    chance = Random(0) if deterministic else SystemRandom()  # noqa: S311 - predictable on request
    if not isinstance(shown, str):
        yield (lambda: next(numbers)) if deterministic else (lambda: chance.randrange(1, 2**53))
        return
    prefix = "".join(shown.rpartition("_")[:2])
    if deterministic:
        yield lambda: f"{prefix}{next(numbers):06d}"
    yield lambda: f"{prefix}{chance.getrandbits(128):032x}"
    yield lambda: str(uuid.UUID(int=chance.getrandbits(128), version=4))
    yield lambda: "".join(_like(character, chance) for character in shown)


def _like(character: str, chance: Random) -> str:
    """Return a character of the same kind: another digit, or another of the first letters."""
    for kind in (string.digits, "abcdef", "ABCDEF"):
        if character in kind:
            return chance.choice(kind)
    return character
