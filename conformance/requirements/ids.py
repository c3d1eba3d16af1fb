"""The stable ids of requirements that are derived from inputs and answers, built in one place."""

from __future__ import annotations

from conformance.contract import Input, Operation

__all__ = ["answer_prefix", "body_prefix", "input_prefix"]


def input_prefix(operation: Operation, declared: Input) -> str:
    """Return the beginning of the ids of all requirements about one input."""
    if declared.location == "body":
        return f"{operation.id}/request/{declared.name}"
    same = [other for other in operation.parameters if other.name == declared.name]
    name = declared.name if len(same) == 1 else f"{declared.location}.{declared.name}"
    return f"{operation.id}/parameter/{name}"


def body_prefix(operation: Operation) -> str:
    """Return the beginning of the ids of requirements about a body as a whole."""
    taken = any(declared.name == "body" and not declared.is_whole for declared in operation.fields)
    return f"{operation.id}/request/{'whole-body' if taken else 'body'}"


def answer_prefix(operation: Operation, kind: str) -> str:
    """Return the beginning of the ids of requirements about answers of one status, or about refusals: `error`."""
    return f"{operation.id}/response/{kind}"
