"""Calls a mock of any contract, with requests made of what the contract says."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from typing import Any

import httpx
from attrs import frozen

from conformance.contract import Contract, Input, Operation, load
from conformance.contract.resources import Resources
from conformance.mock import MockServer
from conformance.mock.record import RequestRecord
from conformance.probes.builder import Builder
from tests.reference.caller import NO_TLS

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "sk-of-a-test:x"
OTHERS = tuple(sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml")))


@frozen
class MockCaller:
    """A client of one mock that knows its contract."""

    server: MockServer
    http: httpx.Client

    @property
    def contract(self) -> Contract:
        return self.server.contract

    @property
    def maker(self) -> Operation:
        """The operation that makes things, the one that costs money if there is one."""
        return maker_of(self.contract)

    def operation(self, action: str) -> Operation:
        resources = Resources(self.contract)
        return next(found for found in self.contract.operations if resources.action(found) == action)

    def call(self, operation: Operation, job: str | None = None, **headers: str) -> httpx.Response:
        """Send the smallest valid request for an operation, about a job if there is one."""
        made = {self.maker.id: (job,)} if job is not None else {}
        builder = Builder(self.contract, operation, made)
        request = builder.request(builder.required())
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**dict(request.headers), **credentials(operation), **more}
        return self.http.request(request.method, request.path, content=request.body, headers=sent)

    def create(self, **headers: str) -> httpx.Response:
        return self.call(self.maker, **headers)

    def read(self, job: str, **headers: str) -> httpx.Response:
        return self.call(self.operation("read"), job, **headers)

    def value(self, answer: httpx.Response, role: str) -> Any:
        """Return what an answer of the maker or a reader gives for a role, or None."""
        found = self.maker.success.by_role(role)
        assert found is not None
        return found.read(answer.json())[1]

    def job(self, **headers: str) -> str:
        return str(self.value(self.create(**headers), "id"))

    def told(self, number: int) -> RequestRecord:
        """Return what the log tells of a request, once it does: the answer may have come before."""
        came = Event()

        def listen(record: RequestRecord) -> None:
            if record.request == number:
                came.set()

        self.server.log.listeners.append(listen)
        try:
            known = any(record.request == number for record in self.records)
            assert known or came.wait(10), number
        finally:
            self.server.log.listeners.remove(listen)
        return next(record for record in self.records if record.request == number)

    @property
    def records(self) -> tuple[RequestRecord, ...]:
        return tuple(self.server.log.records)

    @property
    def last(self) -> RequestRecord:
        """What the log tells of the last request."""
        return self.told(self.server.requests)


def maker_of(contract: Contract) -> Operation:
    resources = Resources(contract)
    makers = [found for found in contract.operations if resources.action(found) == "create"]
    return min(makers, key=lambda found: (not found.billable, len(found.path)))


def credentials(operation: Operation) -> dict[str, str]:
    """Return the header fields that let a caller in."""
    scheme = operation.scheme
    if scheme is None:
        return {}
    secret = base64.b64encode(TOKEN.encode()).decode() if scheme.kind == "basic" else TOKEN
    return {scheme.parameter: f"{scheme.word} {secret}".strip()}


def words_of(contract: Contract) -> Input:
    """Return the input in which a caller says something in words."""
    return next(
        found
        for found in maker_of(contract).inputs
        if found.required and "string" in found.schema.types and not found.schema.enum and found.schema.role is None
    )


def form(contract: Contract, **more: str) -> Mapping[str, tuple[None, str]]:
    """Return the smallest form of the own contract as httpx takes it, and more."""
    builder = Builder(contract, maker_of(contract))
    parts = {part.name or "": part.value.decode() for part in builder.required()}
    return {name: (None, value) for name, value in {**parts, **more}.items()}


def connected(server: MockServer, timeout: float = 10) -> httpx.Client:
    return httpx.Client(base_url=server.url, timeout=timeout, trust_env=False, verify=NO_TLS)


def loaded(path: Path) -> Contract:
    return load(path)
