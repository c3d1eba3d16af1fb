"""Does to clients at random what real gateways do to them: the same to the same requests, for the same seed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from random import Random
from typing import Any

from attrs import Factory, define, evolve, frozen

from conformance.mock.deed import Deed
from conformance.mock.deeds import DEEDS
from conformance.mock.notes import notes_of
from conformance.reference.calls import Call
from conformance.reference.pipeline import Handler, Pipeline
from conformance.reference.protocol import outlet_of
from conformance.reference.showing import copied, place

__all__ = ["Nasty"]

_DEEDS_PER_CALL = 0.4
_TRAITS_PER_JOB = 0.3
_TIMES = ("created-time", "completed-time", "expiry-time")
_UNTIL_GONE = 0.01  # by then uvicorn knows that the connection is closed, and sends nothing more
_SHORTEST_WAIT = 0.2


@frozen
class _Traits:
    """What a job is like all its life: whether its times are in the other unit, and where its progress stands still."""

    other_unit: bool
    still: int | None

    @property
    def says(self) -> tuple[str, ...]:
        unit = ("this job's times are in another unit",) if self.other_unit else ()
        return unit if self.still is None else (*unit, f"this job's progress stands still at {self.still} %")


@define
class Nasty:
    """The chance of one server.

    What is done to a request depends on the seed, on its operation, and on how many valid requests for that came
    before; so a client that looks at a job once more or less changes nothing for the creates. A request that says
    what it wants, by a `Prefer` header or a script, is left alone.
    """

    seed: str
    slowest: float = 2.0
    _calls: Counter[str] = Factory(Counter)
    _jobs: int = 0
    _traits: dict[str, _Traits] = Factory(dict)

    def pipeline(self, pipeline: Pipeline) -> Pipeline:
        """Return a pipeline with chance in it."""
        return evolve(
            pipeline,
            judge=self._judging(pipeline.judge),
            work=self._working(pipeline.work),
            answer=self._answering(pipeline.answer),
            render=self._rendering(pipeline.render),
            deliver=self._delivering(pipeline.deliver),
        )

    def _judging(self, inner: Handler) -> Handler:
        async def judge(call: Call) -> Call:
            call = await inner(call)
            notes = notes_of(call)
            if notes.rule is not None or call.script.applied:
                return call
            self._calls[call.routed.id] += 1
            chance = Random(f"{self.seed}/{call.routed.id}/{self._calls[call.routed.id]}")  # noqa: S311 - to be repeated
            if chance.random() < _DEEDS_PER_CALL:
                notes.deed = chance.choice([deed for deed in DEEDS if deed.fits(call)])
                notes.chance = chance
                if notes.deed.moment == "refusing":
                    return notes.deed.does(call, chance)
            return call

        return judge

    def _working(self, inner: Handler) -> Handler:
        async def work(call: Call) -> Call:
            call = await inner(call)
            if call.thing is not None and call.served.makes:
                self._jobs += 1
                chance = Random(f"{self.seed}/job/{self._jobs}")  # noqa: S311 - to be repeated
                other_unit, stands = (chance.random() < _TRAITS_PER_JOB for _ in range(2))
                self._traits[str(call.thing.id)] = _Traits(other_unit, chance.randrange(10, 90) if stands else None)
            return call

        return work

    def _answering(self, inner: Handler) -> Handler:
        async def answer(call: Call) -> Call:
            call = self._as_its_traits_are(await inner(call))
            return self._done("showing", call)

        return answer

    def _rendering(self, inner: Handler) -> Handler:
        async def render(call: Call) -> Call:
            call = await inner(call)
            notes = notes_of(call)
            if notes.deed is None:
                return call
            if call.refusal is None:
                return self._done("writing", call)
            if notes.deed.moment in ("showing", "writing"):
                notes.deed = None  # the call was refused before it came to that
                return call
            return call if notes.deed.written is None else notes.deed.written(call)

        return render

    def _delivering(self, inner: Handler) -> Handler:
        async def deliver(call: Call) -> Call:
            deed, chance = notes_of(call).deed, notes_of(call).chance
            if deed is None or chance is None:
                return await inner(call)
            if deed.late:
                await asyncio.sleep(min(self.slowest, max(_SHORTEST_WAIT, self.slowest * chance.random())))
            return await (inner(call) if deed.share is None else _cut(call, inner, deed.share))

        return deliver

    def _done(self, moment: str, call: Call) -> Call:
        notes = notes_of(call)
        deed: Deed | None = notes.deed
        return call if deed is None or notes.chance is None or deed.moment != moment else deed.does(call, notes.chance)

    def _as_its_traits_are(self, call: Call) -> Call:
        traits = self._traits.get(str(call.thing.id)) if call.thing is not None else None
        template, made = call.served.template, call.reply
        if traits is None or template is None or call.thing is None or made is None or not isinstance(made.body, dict):
            return call
        body: dict[str, Any] = copied(made.body)
        for found in call.routed.success.properties:
            there, value = found.read(body)
            if there and found.role in _TIMES and traits.other_unit and isinstance(value, int):
                place(body, found.path, value * 1000 if template.unit == 1 else value // 1000)
            is_under_way = call.thing.stage not in ("succeeded", "failed")
            if there and found.role == "progress" and traits.still is not None and is_under_way:
                place(body, found.path, traits.still)
        notes_of(call).traits = traits.says
        return call.but(reply=evolve(made, body=body))


async def _cut(call: Call, inner: Handler, share: float) -> Call:
    """Close the connection when a share of the answer has left."""
    message, outlet = call.prepared, outlet_of(call)
    sent = int(len(message.body) * share) if message is not None else 0
    notes_of(call).sent = sent
    if message is None or sent == 0:
        outlet.abort()
        await asyncio.sleep(_UNTIL_GONE)
        return call
    headers = (*message.headers, ("Content-Length", str(len(message.body))))
    with contextlib.suppress(RuntimeError):  # which is what uvicorn makes of the missing bytes
        await inner(call.but(prepared=evolve(message, headers=headers, body=message.body[:sent])))
    outlet.close()
    return call
