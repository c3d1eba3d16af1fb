"""Calls a reference server as its clients do, with forms made of what the contract gives."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import field, frozen

from conformance.bodies.parts import Framing, Part, encode
from conformance.bodies.representations import Form, forms, write
from conformance.contract import Contract, Field, Property
from conformance.reference import ReferenceServer

TOKEN = "sk-of-a-test"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)


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
        return self.contract.create.path

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


def minimal(contract: Contract, *, without: str = "") -> tuple[Part, ...]:
    """Return the parts of the smallest valid form, perhaps without one of them."""
    required = [field for field in contract.create.fields if field.required and field.name != without]
    return tuple(part for field in required for part in example(field))


def example(field: Field, form: Form | None = None) -> tuple[Part, ...]:
    """Return a valid value of a field, in its first form or in another."""
    form = form or forms(field)[0]
    if form.kind == "file":
        return write(form, PNG)
    fitting = [value for value in field.examples if _fits(form, value)] or list(form.schema.get("examples", ()))
    return write(form, next(iter(fitting)))


def fields_of(contract: Contract, kind: str) -> list[Field]:
    """Return the create's fields of a type."""
    return [field for field in contract.create.fields if field.schema.get("type") == kind]


def shown(contract: Contract, role: str) -> Property:
    """Return the property of the create's answer that has a role."""
    return next(found for found in contract.create.success.properties if found.role == role)


def value_of(response: httpx.Response, contract: Contract, role: str) -> Any:
    """Return the value that an answer gives for a role, or None."""
    return shown(contract, role).read(response.json())[1]


def problems(contract: Contract, response: httpx.Response) -> list[str]:
    """Return what is wrong with an answer by the contract."""
    documented = contract.create.response(response.status_code)
    owner = documented or contract.create.refusals[0]
    if owner.schema_pointer is None:
        return []
    if not response.headers.get("content-type", "").startswith("application/json"):
        return ["is not declared as JSON"]
    return [error.message for error in contract.validator(owner.schema_pointer).iter_errors(response.json())]


def _fits(form: Form, value: Any) -> bool:
    return isinstance(value, (dict, list)) == (form.kind not in ("text", "file"))
