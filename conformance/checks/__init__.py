"""The checks: pure functions from exchanges to findings, each finding about one requirement."""

from conformance.checks import (
    authentication,
    coherence,
    expectation,
    headers,
    in_front,
    json_text,
    likeness,
    lives,
    meaning,
    results,
    run_wide,
    secrecy,
    shape,
    state,
    times,
    timing,
)
from conformance.checks.findings import CHECKS, COVERS, RUN_CHECKS, Check, Context, Finding, Mark

__all__ = ["CHECKS", "COVERS", "RUN_CHECKS", "Check", "Context", "Finding", "Mark"]

# Importing them registers their checks.
_REGISTERED = (
    *(authentication, coherence, expectation, headers, in_front, json_text, likeness),
    *(lives, meaning, results, run_wide, secrecy, shape, state, times, timing),
)
