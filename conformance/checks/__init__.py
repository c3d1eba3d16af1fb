"""Judges: pure functions from exchanges to findings, each finding about one requirement."""

from conformance.checks import access, coherence, expectation, json_text, run_wide, secrecy, shape, timing
from conformance.checks.model import CHECKS, RUN_CHECKS, Check, Finding, Mark, Scene

__all__ = ["CHECKS", "RUN_CHECKS", "Check", "Finding", "Mark", "Scene"]

_ROOMS = (access, coherence, expectation, json_text, run_wide, secrecy, shape, timing)  # importing them registers
