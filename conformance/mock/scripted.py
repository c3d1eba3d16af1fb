"""Gives requests the outcomes that the rules of a script have for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import Factory, define, evolve

from conformance.mock.notes import notes_of
from conformance.mock.script_file import OutcomeRule
from conformance.reference.calls import Call
from conformance.reference.pipeline import Handler, Pipeline
from conformance.reference.scripting import obeyed

__all__ = ["Scripted"]


@define
class Scripted:
    """The rules of one server, and how many requests each of them fitted; the first that decides does.

    Only requests that are valid count, and those that say themselves what they want are left to that.
    """

    rules: Sequence[OutcomeRule]
    _counts: Counter[int] = Factory(Counter)

    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        """Return a pipeline that keeps to the rules."""
        return evolve(pipeline, judge=self._judging(pipeline.judge))

    def _judging(self, inner: Handler) -> Handler:
        async def judge(call: Call) -> Call:
            call = await inner(call)
            rule = self._decided(call)
            if rule is None or call.script.applied:
                return call
            notes_of(call).rule = rule.place
            script = evolve(rule.script, ignored=call.script.ignored)
            return await obeyed(call.but(script=script), f"as {rule.place} says")

        return judge

    def _decided(self, call: Call) -> OutcomeRule | None:
        """Count a request with every rule that it fits; return the first that decides over it."""
        found: OutcomeRule | None = None
        for number, rule in enumerate(self.rules):
            if rule.fits(call):
                self._counts[number] += 1
                if found is None and rule.decides(self._counts[number]):
                    found = rule
        return found
