"""Remembers what each output was made from, so that a run makes only what is out of date.

The memory is a file in the output, which git ignores: `--check` never looks at it, and whoever deletes it loses
nothing but time.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from attrs import field, frozen

from conformance.contract import Contract
from scripts.generator.steps import ROOT, OutputStep, files

__all__ = ["FILE", "Stamps"]

FILE = ".stamps.json"
_CODE = ("scripts/generator/**/*.py", "conformance/**/*.py")


@frozen
class Stamps:
    """What is known about an output folder: by step, the digests of what it was made from and of what was made."""

    output: Path
    contract: Contract = field(repr=False)
    known: dict[str, list[str]] = field(factory=dict, repr=False)

    @classmethod
    def read(cls, output: Path, contract: Contract) -> Stamps:
        """Read the memory; what cannot be read was not remembered."""
        try:
            known = json.loads((output / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        return cls(output, contract, known if isinstance(known, dict) else {})

    def is_fresh(self, step: OutputStep) -> bool:
        """Tell whether an output is what it was when it was made, and would be made from the same again."""
        return not step.is_own and self.known.get(step.name) == self._now(step)

    def write(self, steps: Sequence[OutputStep]) -> None:
        """Remember outputs as they are now."""
        known = self.known | {step.name: self._now(step) for step in steps if not step.is_own}
        temporary = self.output / f"{FILE}.new"
        temporary.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(self.output / FILE)

    def _now(self, step: OutputStep) -> list[str]:
        place = step.place(self.output)
        return [
            _digest(self._sources(step)),
            _digest((str(name), (place / name).read_bytes()) for name in files(place)),
        ]

    def _sources(self, step: OutputStep) -> Iterator[tuple[str, bytes]]:
        document = self.contract.document
        yield "contract", document.raw
        yield "as read", json.dumps(document.data, sort_keys=False, default=str).encode()
        yield "python", f"{sys.version_info.major}.{sys.version_info.minor}".encode()
        for tool in step.tools:
            yield tool, metadata.version(tool).encode()
        for pattern in (*_CODE, *step.reads):
            for path in sorted(ROOT.glob(pattern)):
                if path.is_file():
                    yield str(path.relative_to(ROOT)), path.read_bytes()


def _digest(parts: Iterator[tuple[str, bytes]]) -> str:
    found = hashlib.sha256()
    for name, content in parts:
        found.update(f"{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()
