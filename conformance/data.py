"""Reads the data files that come with the package."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

__all__ = ["read_data"]

# The loader in C reads the same language ten times as fast; not every installation has it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_data(room: str, name: str) -> Any:
    """Return what a YAML file says.

    Args:
        room: that the file stands in.
        name: of the file.
    """
    text = (resources.files(f"conformance.{room}") / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - either loader is a safe one
