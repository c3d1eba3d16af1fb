"""The checks: pure functions from exchanges to findings, each finding about one requirement."""

from conformance.checks import (
    authentication,
    coherence,
    expectation,
    headers,
    json_text,
    likeness,
    run_wide,
    secrecy,
    shape,
    timing,
)
from conformance.checks.findings import CHECKS, COVERS, RUN_CHECKS, Check, Context, Finding, Mark

__all__ = ["CHECKS", "COVERS", "RUN_CHECKS", "Check", "Context", "Finding", "Mark"]

_REGISTERED = (
    authentication, coherence, expectation, headers, json_text, likeness, run_wide, secrecy, shape, timing,
)  # fmt: skip  # importing them registers their checks
