"""The contract as frozen values: operations, what goes into them, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from attrs import field, frozen

from conformance.contract.document import Applied, Document
from conformance.contract.node import Provenance
from conformance.contract.schema import Bound, Lifecycle, Schema

__all__ = [
    "FORM",
    "METHODS",
    "Body",
    "BodyKind",
    "Contract",
    "Header",
    "Input",
    "Location",
    "MediaType",
    "Operation",
    "Property",
    "Response",
    "SecurityScheme",
]

BodyKind = Literal["multipart", "json", "urlencoded", "octets"]
Location = Literal["path", "query", "header", "cookie", "body"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FORM = "multipart/form-data"
_URLENCODED = "application/x-www-form-urlencoded"
_EXPRESSION = re.compile(r"\$request\.(?:body#/|query\.|path\.|header\.)(.+)")


@frozen(eq=False)
class Property:
    """One property of an answer's body, at any depth outside of arrays."""

    path: tuple[str, ...]
    schema: Schema = field(repr=False)
    required: bool

    @property
    def name(self) -> str:
        """The property's path as people write it: `error.code`."""
        return ".".join(self.path)

    @property
    def pointer(self) -> str:
        """Where it is written."""
        return self.schema.pointer

    @property
    def provenance(self) -> Provenance:
        """Where it comes from."""
        return self.schema.provenance

    @property
    def role(self) -> str | None:
        """What the value is for (`x-role`)."""
        return self.schema.role

    @property
    def should(self) -> Mapping[str, Any] | None:
        """The schema that values SHOULD satisfy (`x-should`)."""
        return self.schema.should

    @property
    def echoes(self) -> tuple[str, ...]:
        """Names of the request values that this one repeats, the preferred one first (`x-echoes`)."""
        found = (_EXPRESSION.fullmatch(expression) for expression in self.schema.keywords.get("x-echoes", ()))
        return tuple(match[1] for match in found if match is not None)

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The stages of its values, where it is a status (`x-lifecycle`)."""
        return self.schema.lifecycle

    def read(self, body: object) -> tuple[bool, Any]:
        """Look the property up in a decoded body; return whether it is there, and its value."""
        value = body
        for key in self.path:
            if not isinstance(value, Mapping) or key not in value:
                return False, None
            value = value[key]
        return True, value


@frozen(eq=False)
class Header:
    """One header of an answer."""

    name: str
    pointer: str
    schema: Schema | None = field(repr=False)
    required: bool
    provenance: Provenance
    role: str | None


@frozen(eq=False)
class Input:
    """One value that a caller gives: a parameter, or a member of a body.

    Attributes:
        content_types: how a part of a multipart body may be labelled, the contract's first choice first.
        explode: whether the items of an array are repeated rather than joined by commas.
        is_whole: whether it is the body itself, and no member of it.
    """

    name: str
    location: Location
    pointer: str
    schema: Schema = field(repr=False)
    required: bool
    provenance: Provenance
    content_types: tuple[str, ...] = ()
    explode: bool = True
    is_whole: bool = False

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What the contract demands, and what it suggests, beyond the type."""
        return self.schema.bounds

    @property
    def branches(self) -> tuple[Schema, ...]:
        """The alternatives of a union, or the schema alone."""
        return self.schema.branches


@frozen(eq=False)
class MediaType:
    """A body in one media type; `inputs` are its members, or the whole of it."""

    name: str
    pointer: str
    schema: Schema | None = field(repr=False)
    inputs: tuple[Input, ...] = field(default=(), repr=False)

    @cached_property
    def kind(self) -> BodyKind:
        """Which codec writes and reads it."""
        return kind_of(self.name)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its members."""
        return frozenset(declared.name for declared in self.inputs)


@frozen(eq=False)
class Body:
    """What may be sent as a body, by media type."""

    pointer: str
    required: bool
    media: tuple[MediaType, ...]


@frozen(eq=False)
class Response:
    """One documented answer: of one status, or of a range of them such as `4XX`."""

    pattern: str
    pointer: str
    provenance: Provenance
    media: tuple[MediaType, ...] = field(repr=False)
    properties: tuple[Property, ...] = field(repr=False)
    headers: Mapping[str, Header] = field(repr=False)

    @property
    def status(self) -> int:
        """The status, or the first one of the range."""
        return int(self.pattern.upper().replace("X", "0"))

    @property
    def is_success(self) -> bool:
        """Whether it accepts the request."""
        return self.pattern.startswith("2")

    def covers(self, status: int) -> bool:
        """Tell whether an answer with a status is this one."""
        return re.fullmatch(self.pattern.upper().replace("X", "[0-9]"), str(status)) is not None

    @property
    def media_types(self) -> tuple[str, ...]:
        """The names of its media types."""
        return tuple(media.name for media in self.media)

    @cached_property
    def schema(self) -> Schema | None:
        """The schema of its JSON body, where it has one."""
        return next((media.schema for media in self.media if media.kind == "json"), None)

    def by_role(self, role: str) -> Property | None:
        """Return the top-level property that has a role, if any."""
        return next((p for p in self.properties if p.role == role and len(p.path) == 1), None)

    def header_by_role(self, role: str) -> str | None:
        """Return the name of the header that has a role, if any."""
        return next((name for name, header in self.headers.items() if header.role == role), None)


@frozen(eq=False)
class SecurityScheme:
    """One way to say who calls: in which place of a request, and in which form."""

    name: str
    pointer: str
    kind: Literal["bearer", "basic", "apiKey", "unknown"]
    location: Literal["header", "query", "cookie"]
    parameter: str

    @property
    def word(self) -> str:
        """What stands before the credential in the `Authorization` header; empty where nothing does."""
        return {"bearer": "Bearer", "basic": "Basic"}.get(self.kind, "")


@frozen(eq=False)
class Operation:
    """One method on one path.

    Attributes:
        billable: an accepted request costs the caller money (`x-billable`).
        optional: servers may do without it (`x-optional`).
    """

    id: str
    method: str
    path: str
    pointer: str
    provenance: Provenance
    billable: bool
    security: tuple[tuple[SecurityScheme, ...], ...] = field(repr=False)
    body: Body | None = field(repr=False)
    parameters: tuple[Input, ...] = field(repr=False)
    responses: tuple[Response, ...] = field(repr=False)
    optional: bool = False

    @property
    def media(self) -> MediaType | None:
        """The media type in which its body is sent by default: the first one of the contract."""
        return self.body.media[0] if self.body is not None and self.body.media else None

    @property
    def fields(self) -> tuple[Input, ...]:
        """The members of its body."""
        return self.media.inputs if self.media is not None else ()

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Everything that a caller gives."""
        return (*self.parameters, *self.fields)

    def inputs_in(self, location: Location) -> tuple[Input, ...]:
        """Return what a caller gives in one place of the request."""
        return tuple(declared for declared in self.inputs if declared.location == location)

    @property
    def scheme(self) -> SecurityScheme | None:
        """The way in which it asks who calls; None where it does not, or where that is left to the caller."""
        if not self.security or any(not alternative for alternative in self.security):
            return None
        return self.security[0][0]

    @cached_property
    def success(self) -> Response:
        """The first documented 2xx answer."""
        return next(response for response in self.responses if response.is_success)

    @property
    def successes(self) -> tuple[Response, ...]:
        """The documented 2xx answers."""
        return tuple(response for response in self.responses if response.is_success)

    @property
    def refusals(self) -> tuple[Response, ...]:
        """The documented 4xx and 5xx answers."""
        return tuple(response for response in self.responses if response.status >= 400)

    @property
    def fixed_path(self) -> str:
        """What its path begins with, whatever its parameters are; without a slash at the end."""
        return self.path.partition("{")[0].rstrip("/")

    @cached_property
    def _address(self) -> re.Pattern[str]:
        return _addresses(self.path)

    @cached_property
    def _plain_address(self) -> re.Pattern[str]:
        return _addresses(self.path.rstrip("/").lower())

    def serves(self, address: str) -> bool:
        """Tell whether a path, without a query, is one of this operation's."""
        return self._address.fullmatch(address) is not None

    def may_serve(self, address: str) -> bool:
        """Tell whether some router would take a path for one of this operation's: in other case, escaped, with `/`."""
        plain = re.sub("/+", "/", unquote(address).partition(";")[0]).rstrip("/").lower()
        return self.serves(address) or self._plain_address.fullmatch(plain) is not None

    def response(self, status: int) -> Response | None:
        """Return the documented answer with a status, one of its own before one of a range, if any."""
        covering = [response for response in self.responses if response.covers(status)]
        return min(covering, key=lambda response: not response.pattern.isdigit(), default=None)

    def field(self, name: str) -> Input | None:
        """Return the member of the body with a name, if any."""
        return next((declared for declared in self.fields if declared.name == name), None)


@frozen(eq=False)
class Contract:
    """The whole contract."""

    document: Document = field(repr=False)
    operations: tuple[Operation, ...] = field(repr=False)
    webhooks: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self.document.path

    @property
    def sha256(self) -> str:
        """The digest of the file, in hexadecimal; with overlays it is another one."""
        return self.document.sha256

    @property
    def overlays(self) -> tuple[Applied, ...]:
        """The overlays that it was changed by, in their order."""
        return self.document.overlays

    @property
    def edition(self) -> str:
        """Its version, and after a plus the overlays, as semantic versions name a build: `1.0.0+new-api.vi`."""
        names = (re.sub(r"[^0-9A-Za-z-]", "-", overlay.name) for overlay in self.overlays)
        return "+".join(filter(None, (self.version, ".".join(names))))

    @property
    def version(self) -> str:
        """The contract's own version (`info.version`)."""
        return str(self.document.data["info"]["version"])

    @property
    def title(self) -> str:
        """The contract's title (`info.title`)."""
        return str(self.document.data["info"]["title"])

    @property
    def servers(self) -> tuple[str, ...]:
        """Base URLs that the contract names."""
        return tuple(server["url"] for server in self.document.data.get("servers", ()))

    @property
    def billable(self) -> tuple[Operation, ...]:
        """The operations whose accepted requests cost money."""
        return tuple(operation for operation in self.operations if operation.billable)

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with an id.

        Raises:
            KeyError: the contract has none.
        """
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


def _addresses(path: str) -> re.Pattern[str]:
    """Return what matches the addresses that a path with parameters stands for."""
    return re.compile(re.sub(r"\\\{[^/{}]+\\\}", "[^/]+", re.escape(path)))


def kind_of(media_type: str) -> BodyKind:
    """Return the kind of body that a media type stands for; what is unknown is bytes."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence == FORM:
        return "multipart"
    if essence == _URLENCODED:
        return "urlencoded"
    return "json" if essence == "application/json" or essence.endswith("+json") else "octets"
