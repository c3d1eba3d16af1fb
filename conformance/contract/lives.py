"""The lives of jobs: which operations make jobs of one kind, which one shows them, and which send the result."""

from __future__ import annotations

from functools import lru_cache

from attrs import field, frozen

from conformance.contract.model import Contract, Operation
from conformance.contract.resources import Resources, identity
from conformance.contract.schema import Stage

__all__ = ["Life", "downloads", "life_of", "lives"]


@frozen(eq=False)
class Life:
    """The life of the jobs of one kind.

    Attributes:
        reader: the operation that shows where a job stands.
        name: the path parameter by which it is told which job is meant.
        makers: the operations that make such jobs, the one in whose collection they stand first.
        fetchers: the operations that send what a job has become.
    """

    reader: Operation
    name: str
    makers: tuple[Operation, ...] = field(repr=False)
    fetchers: tuple[Operation, ...] = field(repr=False)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages that its statuses stand for."""
        status = self.reader.success.by_role("status")
        return tuple(status.lifecycle.stages.values()) if status is not None and status.lifecycle else ()

    @property
    def keeper(self) -> Operation:
        """The operation whose ids the path of the reader takes."""
        return self.makers[0]


@lru_cache(maxsize=64)
def lives(contract: Contract) -> tuple[Life, ...]:
    """Return the lives that a contract lets its callers watch: one for each operation that reads jobs with stages."""
    resources = Resources(contract)
    return tuple(life for reader in contract.operations if (life := _life(resources, reader)) is not None)


def life_of(contract: Contract, operation: Operation) -> Life | None:
    """Return the life that an operation has a part in; None where nobody can watch any."""
    return next((life for life in lives(contract) if operation in (life.reader, *life.makers, *life.fetchers)), None)


def downloads(contract: Contract, operation: Operation) -> bool:
    """Tell whether an operation sends something made as bytes, and shows no values."""
    is_fetch = Resources(contract).action(operation) == "fetch"
    media = operation.success.media
    return is_fetch and bool(media) and all(found.kind != "json" for found in media)


def _life(resources: Resources, reader: Operation) -> Life | None:
    status = reader.success.by_role("status")
    named = resources.names(reader)
    if resources.action(reader) != "read" or status is None or status.lifecycle is None or len(named) != 1:
        return None
    ((name, keeper),) = named.items()
    kind = resources.collection(reader)
    others = [
        other
        for other in resources.contract.operations
        if other is not keeper and resources.action(other) == "create" and resources.collection(other) == kind
    ]
    fetchers = [
        other
        for other in resources.contract.operations
        if downloads(resources.contract, other)
        and resources.reader(other) is reader
        and len(resources.names(other)) == 1
    ]
    makers = (keeper, *(other for other in others if identity(other.success) is not None))
    return Life(reader, name, makers, tuple(fetchers))
