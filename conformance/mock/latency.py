"""Lets answers come as late as those of a real server."""

from __future__ import annotations

import asyncio
import re
from random import Random

from attrs import evolve, frozen

from conformance.errors import UsageError
from conformance.reference.calls import Call
from conformance.reference.outcomes import LONGEST_WAIT
from conformance.reference.pipeline import Pipeline

__all__ = ["Latency", "latency"]

_NUMBER = r"([0-9]{1,3}(?:\.[0-9]{1,6})?)"
_FORM = re.compile(rf"{_NUMBER}(?:-{_NUMBER})?")


@frozen
class Latency:
    """By how many seconds each answer is late: the same, request by request, for the same seed."""

    least: float
    most: float
    seed: str

    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        """Return a pipeline that holds each answer back."""
        inner = pipeline.deliver

        async def deliver(call: Call) -> Call:
            chance = Random(f"{self.seed}/latency/{call.ordinal}")  # noqa: S311 - to be repeated
            await asyncio.sleep(chance.uniform(self.least, self.most))
            return await inner(call)

        return evolve(pipeline, deliver=deliver)


def latency(text: str, seed: str) -> Latency:
    """Read a number of seconds, or a range of them.

    Raises:
        UsageError: it is neither.
    """
    match = _FORM.fullmatch(text.strip())
    least, most = (float(match[1]), float(match[2] or match[1])) if match is not None else (1.0, 0.0)
    if least > most or most > LONGEST_WAIT:
        form = f"write seconds, as 0.5, or a range of them, as 0.1-2, up to {LONGEST_WAIT:g}"
        raise UsageError(f"--latency {text!r}: {form}")
    return Latency(least, most, seed)
