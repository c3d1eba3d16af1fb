"""The pipeline: small stages in a row, each of which a behaviour can wrap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import evolve, fields, frozen

from conformance.reference import answering, bodies, routing, scripting, security, working
from conformance.reference.calls import Call, Refusal

__all__ = ["STAGES", "Pipeline", "Stage"]

Stage = Callable[[Call], Awaitable[Call]]


@frozen
class Pipeline:
    """The stages of an exchange, in order.

    A stage that raises a refusal ends the work; `refuse` then takes the place of those that are left
    before `render`.
    """

    route: Stage = routing.route
    authorize: Stage = security.authorize
    prefer: Stage = scripting.prefer
    receive: Stage = bodies.receive
    decode: Stage = bodies.decode
    judge: Stage = bodies.judge
    identify: Stage = working.identify
    work: Stage = working.work
    answer: Stage = answering.answer
    refuse: Stage = answering.refuse
    render: Stage = answering.render
    deliver: Stage = answering.deliver

    async def run(self, call: Call) -> Call:
        """Take a request from its first stage to its answer."""
        try:
            for stage in (
                self.route, self.authorize, self.prefer, self.receive, self.decode,
                self.judge, self.identify, self.work, self.answer,
            ):  # fmt: skip
                call = await stage(call)
        except Refusal as refusal:
            call = await self.refuse(evolve(call, refusal=refusal))
        return await self.deliver(await self.render(call))


STAGES = tuple(attribute.name for attribute in fields(Pipeline))
