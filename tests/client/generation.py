"""Generates clients from contracts, and imports them under names of their own."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.client import contracts

__all__ = ["generate"]

ROOT = Path(__file__).resolve().parents[2]


def generate(contract: dict[str, Any], folder: Path, name: str) -> ModuleType:
    """Generate a client from a contract, and import it under a name of its own."""
    path = contracts.save(contract, folder / "contract.yaml")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "scripts.generator",
        "--only",
        "python",
        "--contract",
        path,
        "--output",
        folder,
    ]
    subprocess.run(command, check=True, cwd=ROOT)
    package = folder / "python" / "aiid_videos"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    importlib.import_module(f"{name}.models")
    return module
