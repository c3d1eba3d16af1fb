"""Contracts of other services, which nothing here was written for."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOREIGN"]

FOREIGN = sorted((Path(__file__).resolve().parents[1] / "growth" / "contracts").glob("*.yaml"))
