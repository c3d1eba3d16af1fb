"""Which vectors a user wants, by patterns of their ids and requirements, their level or their kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import get_args

from conformance.errors import UsageError
from conformance.requirements import Level
from conformance.vectors import Vector
from conformance.vectors.vector import VectorKind

__all__ = ["chosen", "vector_named"]

_KIND = "kind:"


def chosen(vectors: Sequence[Vector], only: Iterable[str], skip: Iterable[str]) -> tuple[Vector, ...]:
    """Return the vectors that are wanted.

    Raises:
        UsageError: a pattern matches nothing, or nothing is left.
    """
    wanted, unwanted = tuple(only), tuple(skip)
    for option, patterns in (("--only", wanted), ("--skip", unwanted)):
        for pattern in patterns:
            if not any(_matches(pattern, vector) for vector in vectors):
                raise UsageError(f"{option} {pattern}: no vector matches; {_advice(pattern, vectors)}")
    taken = [
        vector
        for vector in vectors
        if (not wanted or any(_matches(pattern, vector) for pattern in wanted))
        and not any(_matches(pattern, vector) for pattern in unwanted)
    ]
    if not taken:
        raise UsageError("--only and --skip leave no vector; `videos-conformance client --list` shows them all")
    return tuple(taken)


def vector_named(vectors: Sequence[Vector], name: str) -> Vector:
    """Return the vector with an id.

    Raises:
        UsageError: there is none.
    """
    for vector in vectors:
        if vector.id == name:
            return vector
    raise UsageError(f"--vector {name}: there is no such vector; {_advice(name, vectors)}")


def _matches(pattern: str, vector: Vector) -> bool:
    if pattern in Level.__members__:
        return vector.level.value == pattern
    if pattern.startswith(_KIND):
        return vector.kind == pattern.removeprefix(_KIND)
    return fnmatchcase(vector.id, pattern) or fnmatchcase(vector.requirement, pattern)


def _advice(pattern: str, vectors: Sequence[Vector]) -> str:
    if pattern.startswith(_KIND):
        return f"the kinds are {', '.join(f'{_KIND}{kind}' for kind in get_args(VectorKind))}"
    near = get_close_matches(pattern, [vector.id for vector in vectors], n=3, cutoff=0.5)
    if near:
        return f"did you mean {', '.join(near)}?"
    return "write a glob of ids ('*/money/*'), a level (MUST) or a kind (kind:money); `client --list` shows them all"
