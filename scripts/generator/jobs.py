"""What the client's templates need to know of jobs: who makes them, and what else is done with them in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import field, frozen

from scripts.generator.methods import ClientMethod
from scripts.generator.models import ClientModel

__all__ = ["JobMaker", "JobViews", "readers"]


def readers(operations: Sequence[ClientMethod], stages: Callable[[ClientModel], object]) -> list[ClientMethod]:
    """The operation that reads a job which another operation returns, the first if there is any.

    Args:
        operations: all that the contract has.
        stages: tells of a model whether its status has the stages of a job.
    """
    return [
        poll
        for poll in operations
        if poll.method == "GET"
        and len(poll.parameters_in("path")) == 1
        and not any(each.required for each in poll.parameters if each.location != "path")
        and (job := poll.result_model) is not None
        and job.with_role("id")
        and stages(job)
        and any(other.method != "GET" and other.result_model is job for other in operations)
    ][:1]


@frozen
class JobMaker:
    """An operation that makes a job, and the method that waits for it as well.

    Attributes:
        command: what the command calls the operation.
        taken: the names that other methods of the client have.
    """

    operation: ClientMethod = field(repr=False)
    command: str
    taken: frozenset[str] = field(repr=False)

    @property
    def method_name(self) -> str:
        """The name of the method: what is done, and that it is waited for."""
        name = f"{self.command.replace('-', '_')}_and_wait"
        return f"{name}_" if name in self.taken else name


@frozen
class JobViews:
    """The operations of a contract, as far as they are about jobs or need a warning.

    Attributes:
        polls: the operation that reads a job, if there is one.
        commands: what the command calls each of the operations.
    """

    operations: Sequence[ClientMethod] = field(repr=False)
    polls: Sequence[ClientMethod] = field(repr=False)
    commands: Sequence[str] = field(repr=False)

    @property
    def makers(self) -> list[JobMaker]:
        """The operations that make a job which can be waited for; one that only moves it on makes none."""
        jobs = [poll.result_model for poll in self.polls]
        taken = frozenset(each.method_name for each in self.operations)
        return [
            JobMaker(each, command, taken)
            for each, command in zip(self.operations, self.commands, strict=True)
            if each.result_model is not None
            and any(each.result_model is job for job in jobs)
            and (each.operation.billable or (each.method == "POST" and each.body))
        ]

    def maker(self, operation: ClientMethod) -> JobMaker | None:
        """How an operation makes a job, if it does."""
        return next((each for each in self.makers if each.operation is operation), None)

    def is_free(self, command: str, operation: ClientMethod) -> bool:
        """Whether no other operation than the given one has a command of that name."""
        named = zip(self.operations, self.commands, strict=True)
        return all(each is operation for each, name in named if name == command)

    @property
    def takes_file_or_text(self) -> bool:
        """Whether a form has a field that takes a file or else a text."""
        forms = [each for each in self.operations if each.body_kind == "multipart" and each.body_model]
        return any("file_or_text" in each.part(given) for each in forms for given in each.fields)
