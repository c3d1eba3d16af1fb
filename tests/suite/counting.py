"""Servers that count the jobs that they really make, so that the suite's books can be held to the world."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from attrs import define
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.contract import Contract, Operation
from conformance.contract.instance import instance
from conformance.contract.resources import identity

Refuse = Callable[[int], Response | None]
"""How the request with a number, from 1, to a billable operation is refused; None where it makes a job."""


def refusal(status: int, **headers: str) -> Response:
    """Return a refusal without a reason; of a header's name, `_` is written `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": {"message": "not now"}}, status, headers=named)


@define
class Counting:
    """Makes a job of whatever is posted to a billable operation, valid or not, unless `refuse` says otherwise.

    Attributes:
        made: jobs that were made.
        elsewhere: the status of every answer to something else.
        most_at_once: how many requests to billable operations were under way at the same time.
    """

    contract: Contract
    refuse: Refuse = lambda _: None
    elsewhere: int = 404
    made: int = 0
    seen: int = 0
    under_way: int = 0
    most_at_once: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        operation = self._operation(request)
        self.under_way += operation is not None
        self.most_at_once = max(self.most_at_once, self.under_way)
        await request.body()
        response: Response = JSONResponse({}, self.elsewhere)
        if operation is not None:
            self.seen += 1
            response = self.refuse(self.seen) or self._make(operation)
        await response(scope, receive, send)
        self.under_way -= operation is not None

    def _operation(self, request: Request) -> Operation | None:
        for operation in self.contract.billable:
            if operation.method == request.method and operation.serves(request.url.path):
                return operation
        return None

    def _make(self, operation: Operation) -> Response:
        self.made += 1
        shown, schema = identity(operation.success), operation.success.schema
        assert shown is not None
        assert schema is not None
        return JSONResponse({**instance(schema), shown.name: f"job-{self.made}"}, operation.success.status)


@define
class Late:
    """Lets an application make jobs, and gives its acceptances only when the caller has gone."""

    application: ASGIApp
    made: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held: list[MutableMapping[str, Any]] = []

        async def hold(message: MutableMapping[str, Any]) -> None:
            held.append(message)

        await self.application(scope, receive, hold)
        if scope["method"] == "POST" and held[0]["status"] < 300:
            self.made += 1
            while (await receive())["type"] != "http.disconnect":
                pass
        for message in held:
            await send(message)
