"""Amounts of money and of time as people write them, and files of prices."""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from conformance.contract.mistakes import FileMistake, mistake_of, text_of
from conformance.errors import UsageError

__all__ = ["amount_of", "duration_of", "prices_in"]

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")
_SECONDS = (3600, 60, 1)


def amount_of(option: str, text: Any) -> Decimal:
    """Read an amount of money: a decimal number, never a float's idea of one.

    Raises:
        UsageError: it is none, or is negative.
    """
    try:
        amount = Decimal(str(text).strip())
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or amount < 0 or isinstance(text, bool):
        raise UsageError(f"{option}: {text!r} is no amount; write a number such as 0.50")
    return amount


def duration_of(option: str, text: str) -> float:
    """Read a time: 90, 90s, 10m, 1h30m.

    Raises:
        UsageError: it is none.
    """
    found = _DURATION.fullmatch(text.strip())
    seconds = sum(float(part or 0) * unit for part, unit in zip(found.groups(), _SECONDS, strict=True)) if found else 0
    if seconds <= 0:
        raise UsageError(f"{option}: {text!r} is no time; write 90s, 10m or 1h30m")
    return seconds


def prices_in(path: Path) -> dict[str, Decimal]:
    """Read a file that maps models to prices.

    Raises:
        UsageError: it cannot be read, or is something else.
    """
    try:
        text = text_of(path.read_bytes())
        data = _parsed(path, text)
    except OSError as error:
        raise UsageError(f"--price-file {path}: cannot be read: {error.strerror}") from None
    except FileMistake as mistake:
        raise UsageError(f"--price-file {mistake.at(path)}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--price-file {path}: is no {path.suffix.lstrip('.') or 'YAML'}: {error}") from None
    if not isinstance(data, dict) or not data:
        raise UsageError(f"--price-file {path}: write a price for each model, such as `model-1: 0.50`")
    return {str(model): amount_of(f"--price-file {path}: {model}", amount) for model, amount in data.items()}


def _parsed(path: Path, text: str) -> Any:
    if path.suffix == ".json":
        return json.loads(text, parse_float=Decimal)
    if path.suffix == ".toml":
        return tomllib.loads(text, parse_float=Decimal)
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes texts of everything, and nothing else
    except yaml.YAMLError as error:
        raise mistake_of(error, text) from None
