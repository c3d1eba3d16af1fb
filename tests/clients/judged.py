"""Clients judged in this process: adapters of the tests by name, and what came of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.clients.judging import Judged, TimeLimits
from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract
from conformance.vectors import Vector
from scripts.benchmarks.judging_at_once import judged_at_once

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "sk-judge-7c1e5f3a9b2d4860"
QUICK = TimeLimits(start=60.0, call=8.0, silence=0.3, wait=0.7, grace=6.0, whole=600.0)


def judged(
    contract: Contract,
    vectors: Sequence[Vector],
    command: Sequence[str],
    limits: TimeLimits = QUICK,
    *,
    at_once: int = 1,
) -> Judged:
    """Judge a client, by more than one adapter at once where it is known to wait much."""
    return judged_at_once(contract, vectors, command, MadeUpToken.of(TOKEN), limits, at_once)


def broken(name: str, *more: str) -> list[str]:
    """Return the command of a broken client, or of the honest one."""
    return ["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.clients.broken", name, *more]


def misbehaving(way: str) -> list[str]:
    """Return the command of an adapter that misbehaves in one way."""
    return [sys.executable, str(ROOT / "tests/clients/misbehaving.py"), way]
