"""What only an accepted request can show, and why nothing in a run could decide a requirement."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from conformance.checks.findings import Finding
from conformance.requirements.lifecycle import CONTENT, LIFE

__all__ = ["accepted_operations", "needs_acceptance", "needs_one_acceptance", "why_unseen"]

_ACCEPTANCE = "/response/success-status"
_UNACCEPTED = "only an accepted request can show it, and none was accepted in this run"
_BY_ANY = (  # the answer to another accepted request may always show it better
    *("*/response/[12]*", f"*{_ACCEPTANCE}", "*/echo", "job/*", "*/valid/no-server-error", "*/request/minimal"),
    *("*/accepted", "*/unrestricted", "*/form/*", "*/value/*", "*/offered", "*/as/*", "*/known", "*/effect/*"),
    "meaning/acceptance-says-success",
)
_BY_ONE = (
    *("http/not-shared", "meaning/not-assigned", "state/refusals-unchanged", "state/same-again"),
    *(f"*/life/{rule}" for rule in LIFE),
    *(f"*/content/{rule}" for rule in CONTENT),
)
_OF_ALL_OPERATIONS = ("http", "job", "meaning", "state")
_REASONS = (
    ("time/limit", "no limit was set; `--max-response-time` sets one"),
    ("http/allow", "no request was answered with 405"),
    ("http/challenge", "no request was answered with 401"),
    ("http/challenge-*", "no 401 had a `WWW-Authenticate`"),
    ("http/request-id*", "no answer had a request id"),
    ("http/error-in-front", "no answer came from a server in front"),
    ("json/*", "no answer was announced as JSON"),
    ("*/life/private", "no other account asked for a job"),
    ("*/content/private-result", "no other account asked for a result"),
    *((f"*/life/{rule}", "no two looks at a job showed it") for rule in LIFE),
    *((f"*/content/{rule}", "no result was sent that could show it") for rule in CONTENT),
    ("job/*", "no answer showed a job to which it applies"),
    ("*/value/*", "the value was not sent"),
    ("*/echo", "no answer had the member where it was sent"),
    ("*/response/error/*", "no refusal had the member that this is about"),
    ("*/response/error-status", "no request was refused"),
    ("*/response/*", "no answer had the member that this is about"),
    ("*", "no request that could decide it was sent"),
)


def accepted_operations(found: Iterable[Finding]) -> frozenset[str]:
    """Return the ids of the operations of which some request was accepted."""
    return frozenset(
        finding.requirement.removesuffix(_ACCEPTANCE) for finding in found if finding.requirement.endswith(_ACCEPTANCE)
    )


def needs_acceptance(requirement_id: str) -> bool:
    """Tell whether only accepted requests can show whether a requirement holds, the more of them the better."""
    return _is_among(requirement_id, _BY_ANY)


def needs_one_acceptance(requirement_id: str) -> bool:
    """Tell whether only an accepted request can show whether a requirement holds, and a single one does."""
    return _is_among(requirement_id, _BY_ONE)


def _is_among(requirement_id: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(requirement_id, pattern) for pattern in patterns)


def why_unseen(requirement_id: str, accepted: frozenset[str]) -> str:
    """Return why a requirement that nothing was found out about could not be decided."""
    operation = requirement_id.partition("/")[0]
    shown = operation in accepted or (operation in _OF_ALL_OPERATIONS and bool(accepted))
    if not shown and _is_among(requirement_id, (*_BY_ANY, *_BY_ONE)):
        return _UNACCEPTED
    return next(reason for pattern, reason in _REASONS if fnmatchcase(requirement_id, pattern))
