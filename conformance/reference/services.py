"""What the server does for each operation, worked out once from the contract."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve, field, frozen

from conformance.bodies.sample_files import sample_file
from conformance.contract import Contract, Document, MediaType, Operation, Schema, Stage
from conformance.contract.instance import instance
from conformance.contract.resources import Action, Resources, identity
from conformance.reference.refusals import error_shape
from conformance.reference.showing import AnswerTemplate, place, template
from conformance.reference.things import Thing

__all__ = ["Listing", "Service", "sample_thing", "services_of", "with_items"]

_PAGE_SIZE = "page-size"
_NAME = "sample"
_ENDS: tuple[Stage, ...] = ("succeeded", "failed")


@frozen(eq=False)
class Listing:
    """Where an answer lists things, and how it shows each of them; `size` names the input that limits them."""

    path: tuple[str, ...]
    item: AnswerTemplate = field(repr=False)
    identity: Schema | None = field(repr=False)
    size: str | None


@frozen(eq=False)
class Service:
    """What is done for one operation.

    Attributes:
        collection: of the things that it makes, shows or removes.
        named: path parameters that name things, each with the collection that they are in.
        naming: the path parameter by which a new thing is named, where callers choose.
        identity: the schema of the ids that it gives.
        bodiless: the operation as it is when no body was sent.
        media: of a successful answer; None where it has no body.
        template: of the answer, where it is JSON.
        content: the answer, where it is not.
    """

    operation: Operation
    action: Action
    pattern: re.Pattern[str] = field(repr=False)
    collection: str | None
    named: Mapping[str, str | None]
    naming: str | None
    identity: Schema | None = field(repr=False)
    bodiless: Operation = field(repr=False)
    media: MediaType | None = field(repr=False)
    template: AnswerTemplate | None = field(repr=False)
    listing: Listing | None = field(repr=False)
    content: bytes = field(default=b"", repr=False)

    @property
    def makes(self) -> bool:
        """Whether it makes a thing."""
        return self.action == "create" or self.naming is not None

    @property
    def owner(self) -> str | None:
        """The collection of the thing that its path names last."""
        return next(iter(reversed(list(self.named.values()))), None)

    @property
    def lives(self) -> bool:
        """Whether what it shows moves on by itself."""
        return self.template is not None and bool(self.template.lifecycle.stages)

    @property
    def media_type(self) -> str | None:
        """The media type of its answer; of a range, one that is in it."""
        if self.media is None:
            return None
        return self.media.name.replace("*/*", "application/octet-stream").replace("/*", "/octet-stream")


@lru_cache(maxsize=64)
def services_of(contract: Contract) -> tuple[Service, ...]:
    """Return what is done for each operation, those with fewer names in their paths first.

    Raises:
        UsageError: an answer that the contract allows cannot be made, or credentials are of an unknown kind.
    """
    resources = Resources(contract)
    made = tuple(_service(operation, resources) for operation in contract.operations)
    for service in made:
        _check(service, contract.document)
    return tuple(sorted(made, key=lambda service: service.operation.path.count("{")))


def _service(operation: Operation, resources: Resources) -> Service:
    success = operation.success
    media = next((found for found in success.media if found.kind == "json"), next(iter(success.media), None))
    schema = media.schema if media is not None and media.kind == "json" else None
    known = identity(success)
    action = resources.action(operation)
    named = {name: resources.collection(maker) for name, maker in resources.names(operation).items()}
    path_names = re.findall(r"\{([^/{}]+)\}", operation.path)
    naming = (
        path_names[-1]
        if operation.method == "PUT" and action == "create" and not operation.billable and known and path_names
        else None
    )
    return Service(
        operation=operation,
        action=action,
        pattern=re.compile(re.sub(r"\\\{[^/{}]+\\\}", "[^/]+", re.escape(operation.path))),
        collection=_collection(operation, resources, named),
        named=named,
        naming=naming,
        identity=known.schema if known is not None else None,
        bodiless=evolve(operation, body=None),
        media=media,
        template=template(schema) if schema is not None else None,
        listing=_listing(operation, resources),
        content=_content(media) if media is not None and media.kind != "json" else b"",
    )


def _collection(operation: Operation, resources: Resources, named: Mapping[str, str | None]) -> str | None:
    """Return the collection of what an operation makes, lists or is about, whatever it shows of it."""
    if resources.listed(operation) is not None:
        beside = (other for other in resources.contract.operations if other.path == operation.path)
        makers = (other for other in beside if resources.action(other) == "create")
        return resources.collection(next(makers, operation))
    if named and resources.action(operation) != "create":
        return list(named.values())[-1]
    return resources.collection(operation)


def _listing(operation: Operation, resources: Resources) -> Listing | None:
    found = resources.listed(operation)
    if found is None:
        return None
    path, item = found
    sized = (declared.name for declared in operation.parameters if declared.schema.role == _PAGE_SIZE)
    identifier = next((member for member in item.properties.values() if member.role == "id"), None)
    return Listing(path, template(item), identifier, next(sized, None))


def _content(media: MediaType) -> bytes:
    if media.schema is not None and not media.schema.is_file:
        return str(instance(media.schema)).encode()
    return sample_file((media.name,)).value


def _check(service: Service, document: Document) -> None:
    """Hold every answer to its schema, before anybody asks for one."""
    for scheme in (scheme for alternative in service.operation.security for scheme in alternative):
        if scheme.kind == "unknown":
            message = "the reference server knows bearer tokens, HTTP basic and API keys; this scheme is none of them"
            raise document.error(scheme.pointer, message)
    for refusal in service.operation.refusals:
        error_shape(refusal)
    if service.template is None:
        return
    schema = service.template.schema
    for body in _sample_answers(service, service.template):
        problem = next(schema.errors(body), None)
        if problem is not None:
            where = ".".join(map(str, problem.instance_path)) or "the whole"
            message = f"no valid answer can be made of it ({where}: {problem.message}); check its roles and examples"
            raise document.error(schema.pointer, message)


def _sample_answers(service: Service, shown: AnswerTemplate) -> Iterator[Any]:
    thing = sample_thing(service)
    if service.listing is not None:
        yield with_items(shown.show(None, {}), service.listing, [thing])
        return
    if service.identity is None:
        yield shown.show(None, {})
        return
    yield shown.show(thing, {})
    for stage in _ENDS if service.lives else ():
        yield shown.show(evolve(thing, end=stage).ended(), {}, "https://example.com/result")


def sample_thing(service: Service) -> Thing:
    """Return a thing that nobody made."""
    schema = service.identity if service.listing is None else service.listing.identity
    return Thing(instance(schema) if schema is not None else _NAME, time.time(), {})


def with_items(body: Any, listing: Listing, things: Iterable[Thing]) -> Any:
    """Return the answer of a list with things in it."""
    items = [listing.item.show(thing, thing.values) for thing in things]
    if not listing.path:
        return items
    place(body, listing.path, items)
    return body
