"""The checks: pure functions from exchanges to findings, each finding about one requirement."""

from conformance.checks import (
    coherence,
    expectation,
    headers,
    in_front,
    json_text,
    meaning,
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
_ROOMS = (coherence, expectation, headers, in_front, json_text, meaning, run_wide, secrecy, shape, state, times, timing)
