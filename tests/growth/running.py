"""What the tests of growth do with a contract: lint it, make a client of it, and judge servers of it."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, load
from conformance.reference import ReferenceServer, generic_faults
from scripts.generator.command import main as generate
from tests.growth.editing import ContractEdit, matching
from tests.suite.runs import TOKEN, Said, carry_out, command

__all__ = [
    "EmbeddedRun",
    "client_classes",
    "client_package",
    "failures_of_a_fault",
    "judge",
    "methods_of",
    "regenerate",
    "requirement_ids",
]

CEILING = 60


@frozen
class EmbeddedRun:
    """How `run` ended on the reference server of a contract, and its report."""

    said: Said
    verdicts: Mapping[str, str] = field(repr=False)
    reasons: Mapping[str, str] = field(repr=False)

    @property
    def failed(self) -> dict[str, str]:
        """The requirements that failed, of any level, with reasons."""
        return {name: self.reasons[name] for name, verdict in self.verdicts.items() if verdict == "fail"}


def judge(contract: Path, folder: Path) -> EmbeddedRun:
    """Run the suite against the reference server of a contract."""
    path = folder / "report.json"
    said = command("run", "--contract", contract, "--max-creates", CEILING, "--report-json", path)
    assert path.is_file(), said
    lines: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["verdicts"]
    return EmbeddedRun(
        said, {line["id"]: line["verdict"] for line in lines}, {line["id"]: line["reason"] for line in lines}
    )


def requirement_ids(contract: Path) -> list[str]:
    """Return the ids of all requirements of a contract, as the command lists them."""
    said = command("requirements", "--contract", contract, "--json")
    assert said.code == 0, said
    return [row["id"] for row in json.loads(said.stdout)]


def failures_of_a_fault(path: Path, edit: ContractEdit) -> tuple[set[str], set[str]]:
    """Judge a server with the first fault of what an edit brings; return what has to fail, and what does.

    Raises:
        LookupError: no generic fault breaks a requirement that the edit names.
    """
    contract = load(path)
    for fault in generic_faults(contract):
        if matching(matching(fault.fails, edit.adds), [edit.fault]):
            return set(fault.fails), _failures(contract, fault)
    raise LookupError(f"no generic fault breaks {edit.fault}")


def _failures(contract: Contract, fault: Any) -> set[str]:
    with ReferenceServer(contract, token=TOKEN, behaviours=(fault,)) as server:
        made = carry_out(contract, server.url, CEILING)
    assert server.defects == ()
    return {line.id for line in made.report.verdicts if line.verdict == "fail"}


def regenerate(contract: Path, output: Path) -> Said:
    """Write the client of a contract into a folder, by the script's own code."""
    said, blamed = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(blamed):
        code = generate(["--only", "python", "--contract", str(contract), "--output", str(output)])
    return Said(code, said.getvalue(), blamed.getvalue())


def methods_of(contract: Contract) -> set[str]:
    """Return the names that a contract's operations have in Python."""
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", operation.id).lower() for operation in contract.operations}


def client_classes(package: ModuleType) -> tuple[type[Any], type[Any]]:
    """Return the two clients that a package gives: the blocking one, and the one whose methods are awaited."""
    names = [name for name in package.__all__ if name.endswith("Client")]
    (blocking,) = (name for name in names if not name.startswith("Async"))
    (awaited,) = (name for name in names if name.startswith("Async"))
    return getattr(package, blocking), getattr(package, awaited)


@contextmanager
def client_package(output: Path, name: str) -> Iterator[ModuleType]:
    """Import the Python client in a folder of generated files, with all its modules, under a name of its own."""
    (package,) = (path.parent for path in (output / "python").glob("*/__init__.py"))
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        for found in pkgutil.walk_packages(module.__path__, f"{name}."):
            if not found.name.endswith("__main__"):  # importing that one runs the command
                importlib.import_module(found.name)
        yield module
    finally:
        for loaded in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
            del sys.modules[loaded]
