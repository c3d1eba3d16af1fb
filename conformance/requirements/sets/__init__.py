"""Frozen sets: what a version of the contract is scored by, so that a suite that grows turns nobody's CI red."""

from conformance.requirements.sets.frozen import (
    NO_SET,
    Member,
    RequirementSet,
    SetList,
    is_own,
    named,
    names,
    newest,
    set_for,
    sets_with,
)

__all__ = [
    "NO_SET",
    "Member",
    "RequirementSet",
    "SetList",
    "is_own",
    "named",
    "names",
    "newest",
    "set_for",
    "sets_with",
]
