"""The pipeline: small stages in a row, each of which a behaviour can wrap."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import field, fields, frozen

from conformance.reference import answering, receiving, routing, scripting, security, working
from conformance.reference.calls import Call, Refusal

__all__ = ["STAGES", "Handler", "Hearing", "Pipeline"]

Handler = Callable[[Call], Awaitable[Call]]
Hearing = Callable[[bytes], bytes]


@frozen
class Pipeline:
    """The stages of an exchange, in order.

    A stage that raises a refusal ends the work; `refuse` then takes the place of those that are left
    before `render`.

    Attributes:
        hearing: what is made of the bytes of a connection before anybody reads them as HTTP.
    """

    route: Handler = routing.route
    authorize: Handler = security.authorize
    prefer: Handler = scripting.prefer
    obey: Handler = scripting.obey
    receive: Handler = receiving.receive
    decode: Handler = receiving.decode
    judge: Handler = receiving.judge
    identify: Handler = working.identify
    work: Handler = working.work
    answer: Handler = answering.answer
    refuse: Handler = answering.refuse
    render: Handler = answering.render
    deliver: Handler = answering.deliver
    hearing: tuple[Hearing, ...] = field(default=(), kw_only=True)

    def heard(self, data: bytes) -> bytes:
        """Return what is made of bytes that came in."""
        for change in self.hearing:
            data = change(data)
        return data

    async def run(self, call: Call) -> Call:
        """Take a request from its first stage to its answer."""
        try:
            for stage in (
                self.route, self.authorize, self.prefer, self.obey, self.receive, self.decode,
                self.judge, self.identify, self.work, self.answer,
            ):  # fmt: skip
                call = await stage(call)
        except Refusal as refusal:
            call = await self.refuse(call.but(refusal=refusal))
        return await self.deliver(await self.render(call))


STAGES = tuple(attribute.name for attribute in fields(Pipeline) if not attribute.kw_only)
