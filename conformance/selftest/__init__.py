"""The self-test: every fault of the reference server against every check."""

from conformance.selftest.matrix import (
    CORRECT,
    FOLLOW,
    LIMIT,
    PACE,
    Examination,
    everything,
    examine,
    examine_all,
    families,
    family,
    uncovered_checks,
    uncovered_families,
)

__all__ = [
    "CORRECT",
    "FOLLOW",
    "LIMIT",
    "PACE",
    "Examination",
    "everything",
    "examine",
    "examine_all",
    "families",
    "family",
    "uncovered_checks",
    "uncovered_families",
]
