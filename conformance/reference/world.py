"""What one server remembers while it runs."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from attrs import Factory, define, field

from conformance.bodies.troubles import Limits
from conformance.contract import Contract
from conformance.reference.refusals import header_named
from conformance.reference.services import Service, services_of
from conformance.reference.things import Thing, id_factory

__all__ = ["World"]

_KEPT = 10_000


@define
class World:
    """The state of one server: the things made, its counters and what behaviours keep between requests.

    Attributes:
        creates: accepted requests that cost money.
        second_token: of another account, which does not see what this one makes.
        made: things made, by operation id.
        defects: exceptions that no stage expected; each is a mistake in the reference server.
        is_everywhere: whether callers know the server by other addresses than `url`.
        job_seconds: how long a job takes; None where it moves on each time that somebody looks.
    """

    contract: Contract = field(repr=False)
    token: str = field(repr=False)
    deterministic: bool = False
    limits: Limits = Factory(Limits)
    idle_seconds: float = 10.0
    second_token: str | None = None
    url: str = ""
    is_everywhere: bool = False
    job_seconds: float | None = None
    requests: int = 0
    creates: int = 0
    made: Counter[str] = Factory(Counter)
    defects: list[Exception] = Factory(list)
    memory: dict[str, Any] = Factory(dict)
    services: tuple[Service, ...] = field(
        init=False, repr=False, default=Factory(lambda self: services_of(self.contract), takes_self=True)
    )
    request_id_header: str | None = field(
        init=False, default=Factory(lambda self: header_named(self.contract, "request-id"), takes_self=True)
    )
    _things: defaultdict[str | None, OrderedDict[str, Thing]] = Factory(lambda: defaultdict(OrderedDict))
    _new_id: dict[str, Callable[[], Any]] = Factory(dict)

    def service(self, operation_id: str) -> Service:
        """Return what is done for an operation."""
        return next(service for service in self.services if service.operation.id == operation_id)

    def new_id(self, service: Service) -> Any:
        """Return an id that nothing in the collection has."""
        if service.identity is None:
            return f"{sum(self.made.values()) + 1:08d}"
        key = service.identity.pointer
        if key not in self._new_id:
            self._new_id[key] = id_factory(service.identity, deterministic=self.deterministic)
        return self._new_id[key]()

    def keep(self, collection: str | None, thing: Thing) -> Thing:
        """Remember a thing as it now stands; the oldest are forgotten after very many."""
        kept = self._things[collection]
        kept[str(thing.id)] = thing
        while len(kept) > _KEPT:
            kept.popitem(last=False)
        return thing

    def find(self, collection: str | None, name: str, account: str | None = None) -> Thing | None:
        """Return the thing with an id as it now stands, if there is one, and it is an account's own if one is named."""
        found = self._things[collection].get(name)
        if found is None or (account is not None and found.account != account):
            return None
        return found.at(time.time())

    def remove(self, collection: str | None, thing: Thing) -> None:
        """Forget a thing."""
        self._things[collection].pop(str(thing.id), None)

    def things(self, collection: str | None, account: str | None = None) -> Iterator[Thing]:
        """Yield what is in a collection, or what an account has there, as it now stands; the newest first."""
        now = time.time()
        kept = reversed(self._things[collection].values())
        return (thing.at(now) for thing in kept if account is None or thing.account == account)

    def can_look_up(self, service: Service) -> bool:
        """Whether the contract has a way to ask later for what an operation makes."""
        return any(other.action == "read" and other.collection == service.collection for other in self.services)

    def result_url(self, service: Service, thing: Thing, called: str | None = None) -> str:
        """Return where the result of a job is: here, if the contract has an operation for it.

        `called` is the name by which the caller knows the server.
        """
        for other in self.services:
            if other.action == "fetch" and other.template is None and service.collection in other.named.values():
                path = other.operation.path
                for name in other.named:
                    path = path.replace(f"{{{name}}}", str(thing.id))
                return (f"http://{called}" if self.is_everywhere and called else self.url) + path
        return f"https://example.com/{thing.id}"
