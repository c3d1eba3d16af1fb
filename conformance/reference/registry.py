"""How a behaviour is declared in Python: a small function that wraps one stage of the pipeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal, ParamSpec

from attrs import evolve, field, frozen

from conformance.errors import SuiteError
from conformance.reference.calls import Call
from conformance.reference.nearest import nearest
from conformance.reference.pipeline import STAGES, Handler, Pipeline

__all__ = ["BEHAVIOURS", "CONDITIONS", "Behaviour", "after", "around", "before", "condition", "hearing"]

P = ParamSpec("P")
_Change = Callable[..., Call]
_Detour = Callable[..., Awaitable[Call]]
_Mode = Literal["before", "after", "around", "hearing"]


@frozen
class Behaviour:
    """A function that changes what goes into a stage, what comes out of it, the stage itself, or the bytes before."""

    name: str
    stage: str
    mode: _Mode
    function: Callable[..., Any] = field(repr=False)

    def apply(self, pipeline: Pipeline, params: dict[str, Any], when: Callable[[Call], bool]) -> Pipeline:
        """Return the pipeline with the stage wrapped; where `when` does not hold, the stage is as before."""
        if self.mode == "hearing":
            return evolve(pipeline, hearing=(*pipeline.hearing, partial(self.function, **params)))
        inner: Handler = getattr(pipeline, self.stage)
        wrapped = _wrapped(inner, self.mode, partial(self.function, **params))

        async def stage(call: Call) -> Call:
            return await (wrapped if when(call) else inner)(call)

        changes: dict[str, Any] = {self.stage: stage}
        return evolve(pipeline, **changes)


BEHAVIOURS: dict[str, Behaviour] = {}
CONDITIONS: dict[str, Callable[..., bool]] = {}


def before(stage: str) -> Callable[[Callable[P, Call]], Callable[P, Call]]:
    """Register a function of the call that goes into a stage; it may refuse."""
    return partial(_register, stage, "before")


def after(stage: str) -> Callable[[Callable[P, Call]], Callable[P, Call]]:
    """Register a function of the call that comes out of a stage."""
    return partial(_register, stage, "after")


def around(stage: str) -> Callable[[Callable[P, Awaitable[Call]]], Callable[P, Awaitable[Call]]]:
    """Register a coroutine function of the call and of the stage that it stands in for."""
    return partial(_register, stage, "around")


def hearing(function: Callable[P, bytes]) -> Callable[P, bytes]:
    """Register a function of the bytes that come over a connection, before they are read; it has no conditions."""
    _declare(function, "", "hearing")
    return function


def condition(function: Callable[P, bool]) -> Callable[P, bool]:
    """Register a predicate of the call, for `when`."""
    if CONDITIONS.setdefault(function.__name__, function) is not function:
        raise SuiteError(f"the condition {function.__name__!r} is declared twice")
    return function


def _register(stage: str, mode: _Mode, function: Any) -> Any:
    if stage not in STAGES:
        name = function.__name__
        raise SuiteError(f"the behaviour {name!r} wraps {stage!r}, which is no stage{nearest(stage, STAGES)}")
    return _declare(function, stage, mode)


def _declare(function: Any, stage: str, mode: _Mode) -> Any:
    name = function.__name__
    if name in BEHAVIOURS:
        raise SuiteError(f"the behaviour {name!r} is declared twice")
    BEHAVIOURS[name] = Behaviour(name, stage, mode, function)
    return function


def _wrapped(inner: Handler, mode: _Mode, function: Any) -> Handler:
    async def before_it(call: Call) -> Call:
        return await inner(function(call))

    async def after_it(call: Call) -> Call:
        changed: Call = function(await inner(call))
        return changed

    async def around_it(call: Call) -> Call:
        changed: Call = await function(call, inner)
        return changed

    return {"before": before_it, "after": after_it, "around": around_it}[mode]
