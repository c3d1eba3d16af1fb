"""All that a client is judged by: every vector, a boundary of its own in a text, and how its adapter behaves."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.clients.boundaries import stand_in
from conformance.contract import Contract
from conformance.requirements import Level
from conformance.vectors import Vector, vectors

__all__ = ["CONDUCT", "CONDUCT_LEVEL", "judged_by", "levels"]

CONDUCT = "client/adapter"
CONDUCT_LEVEL = Level.SHOULD
"""The line of the report that is about the adapter itself."""


def judged_by(contract: Contract) -> tuple[Vector, ...]:
    """Return every vector of a contract, and last what stands for the one that is made of a client's boundary."""
    found = vectors(contract)
    return (*found, *filter(None, [stand_in(contract, found)]))


def levels(contract: Contract) -> Mapping[str, Level]:
    """Return how binding each line of a client's report is, by its id."""
    return {**{vector.id: vector.level for vector in judged_by(contract)}, CONDUCT: CONDUCT_LEVEL}
