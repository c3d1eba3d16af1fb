"""The checks: pure functions from exchanges to findings, each finding about one requirement."""

from conformance.checks import coherence, expectation, headers, json_text, run_wide, secrecy, shape, timing
from conformance.checks.findings import CHECKS, COVERS, RUN_CHECKS, Check, Context, Finding, Mark

__all__ = ["CHECKS", "COVERS", "RUN_CHECKS", "Check", "Context", "Finding", "Mark"]

_ROOMS = (coherence, expectation, headers, json_text, run_wide, secrecy, shape, timing)  # importing them registers
