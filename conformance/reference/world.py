"""What one server remembers while it runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from attrs import Factory, define, field

from conformance.bodies.reading import Limits
from conformance.contract import Contract, Operation, resolve
from conformance.reference.jobs import Job, JobShape, id_factory

__all__ = ["World"]

_JOBS_KEPT = 100_000


@define
class World:
    """The state of one server: its jobs, its counters and what behaviours keep between requests.

    `defects` collects exceptions that no stage expected; each is a mistake in the reference server.
    """

    contract: Contract = field(repr=False)
    token: str = field(repr=False)
    deterministic: bool = False
    limits: Limits = Factory(Limits)
    idle_seconds: float = 10.0
    url: str = ""
    requests: int = 0
    creates: int = 0
    defects: list[Exception] = Factory(list)
    memory: dict[str, Any] = Factory(dict)
    _jobs: OrderedDict[str, Job] = Factory(OrderedDict)
    _new_id: Callable[[], str] = Factory(
        lambda self: id_factory(self.shape(self.contract.create), deterministic=self.deterministic), takes_self=True
    )

    def shape(self, operation: Operation) -> JobShape:
        """Return how an operation's success shows a job."""
        return JobShape(operation.success)

    def new_id(self) -> str:
        """Return an id that no job has."""
        return self._new_id()

    def keep(self, job: Job) -> Job:
        """Remember a job as it now stands; the oldest are forgotten after very many."""
        self._jobs[job.id] = job
        while len(self._jobs) > _JOBS_KEPT:
            self._jobs.popitem(last=False)
        return job

    def job(self, job_id: str) -> Job | None:
        """Return the job with an id, if there is one."""
        return self._jobs.get(job_id)

    def shows_job(self, operation: Operation) -> bool:
        """Tell whether an operation answers with the same schema as the create."""
        return bool(self._success_schema(operation) == self._success_schema(self.contract.create))

    def looks_up(self, operation: Operation) -> bool:
        """Tell whether an operation looks up one job by its id."""
        return operation.method == "GET" and len(path_names(operation)) == 1 and self.shows_job(operation)

    def gives_result(self, operation: Operation) -> bool:
        """Tell whether an operation hands out what one job made."""
        success = operation.success
        return (
            operation.method == "GET"
            and len(path_names(operation)) == 1
            and bool(success.media_types)
            and success.schema_pointer is None
        )

    def result_url(self, job: Job) -> str:
        """Return where the result of a job is: here, if the contract has an operation for it."""
        giver = next((operation for operation in self.contract.operations if self.gives_result(operation)), None)
        if giver is None:
            return f"https://example.com/{job.id}"
        return self.url + giver.path.replace(f"{{{path_names(giver)[0]}}}", job.id)

    def creates_job(self, operation: Operation) -> bool:
        """Tell whether an operation makes a job."""
        return operation.billable or (operation.method == "POST" and self.shows_job(operation))

    @property
    def can_look_up(self) -> bool:
        """Whether the contract has a way to ask for a job later."""
        return any(self.looks_up(operation) for operation in self.contract.operations)

    def _success_schema(self, operation: Operation) -> Any:
        pointer = operation.success.schema_pointer
        return None if pointer is None else resolve(self.contract.document, pointer)


def path_names(operation: Operation) -> tuple[str, ...]:
    """Return the names of an operation's path parameters."""
    return tuple(parameter.name for parameter in operation.parameters if parameter.location == "path")
