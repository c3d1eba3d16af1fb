"""Calls a reference server as its clients do, with forms made of what the contract gives."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import field, frozen

from conformance.bodies.multipart import Framing, encode
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, write
from conformance.bodies.samples import ordinary, samples
from conformance.contract import Contract, Input, Operation, Property
from conformance.reference import ReferenceServer

TOKEN = "sk-of-a-test"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)

# Made once: to load the system's certificates anew takes longer than most of these tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@frozen
class Caller:
    """A client of one server that knows the contract's create."""

    server: ReferenceServer
    http: httpx.Client = field(repr=False)

    @property
    def contract(self) -> Contract:
        return self.server.contract

    @property
    def path(self) -> str:
        return create_of(self.contract).path

    def send(self, parts: Iterable[Part], framing: Framing | None = None, **headers: str) -> httpx.Response:
        """Send a form to the create."""
        framing = framing or Framing()
        return self.send_bytes(encode(parts, framing), framing.content_type, **headers)

    def send_bytes(self, body: bytes, content_type: str, **headers: str) -> httpx.Response:
        """Send any bytes to the create."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.path, content=body, headers={"Content-Type": content_type, **extra})

    def create(self, *more: Part, **headers: str) -> httpx.Response:
        """Send the smallest valid form, and perhaps more."""
        return self.send((*minimal(self.contract), *more), None, **headers)

    def raw(self, *chunks: bytes) -> bytes:
        """Write bytes to a connection of its own, and return what comes back until it is closed."""
        address = urlsplit(self.server.url)
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
            for chunk in chunks:
                connection.sendall(chunk)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer


Serve = Callable[..., Caller]


@frozen
class Connect:
    """Starts servers of any contract, and returns clients of them."""

    stack: ExitStack = field(repr=False)
    servers: list[ReferenceServer] = field(factory=list, repr=False)

    def __call__(
        self, contract: Contract, *behaviours: Any, token: str = TOKEN, headers: Mapping[str, str] | None = None
    ) -> httpx.Client:
        self.servers.append(self.stack.enter_context(ReferenceServer(contract, token=token, behaviours=behaviours)))
        client = httpx.Client(
            base_url=self.servers[-1].url, headers=headers, timeout=10, trust_env=False, verify=NO_TLS
        )
        return self.stack.enter_context(client)


def create_of(contract: Contract) -> Operation:
    """Return the first operation that costs money."""
    return contract.billable[0]


def minimal(contract: Contract, *, without: str = "") -> tuple[Part, ...]:
    """Return the parts of the smallest valid form, perhaps without one of them."""
    required = [field for field in create_of(contract).fields if field.required and field.name != without]
    return tuple(part for field in required for part in example(field))


def example(declared: Input, way: Representation | None = None) -> tuple[Part, ...]:
    """Return a valid value of a field, in its first form or in another."""
    return ordinary(declared, "multipart") if way is None else write(way, samples(way)[0])


def fields_of(contract: Contract, kind: str) -> list[Input]:
    """Return the create's fields of a type."""
    return [declared for declared in create_of(contract).fields if declared.schema.types == {kind}]


def shown(contract: Contract, role: str) -> Property:
    """Return the property of the create's answer that has a role."""
    return next(found for found in create_of(contract).success.properties if found.role == role)


def value_of(response: httpx.Response, contract: Contract, role: str) -> Any:
    """Return the value that an answer gives for a role, or None."""
    return shown(contract, role).read(response.json())[1]


def problems(contract: Contract, response: httpx.Response) -> list[str]:
    """Return what is wrong with an answer by the contract."""
    create = create_of(contract)
    owner = create.response(response.status_code) or create.refusals[0]
    if owner.schema is None:
        return []
    if not response.headers.get("content-type", "").startswith("application/json"):
        return ["is not declared as JSON"]
    return [error.message for error in owner.schema.errors(response.json())]


def advice(contract: Contract, response: httpx.Response) -> list[str]:
    """Return what a refusal does that the contract advises against, such as to say no reason."""
    schema = create_of(contract).refusals[0].schema
    return [] if schema is None else [error.message for error in schema.advice(response.json())]
