"""The one command that carries a change of the contract everywhere: lint, client, exports, docs, set, pages, changelog.

Everything is made anew in a scratch folder, and put in place when all of it is there (``swapping``); what would come
out the same is not made again (``stamps``). ``--check`` believes neither: it makes all of it, and compares.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from conformance.contract import Contract, ContractSource, load
from conformance.contract.document import read
from conformance.contract.source import overlay_path
from conformance.errors import ConformanceError, UsageError
from conformance.lint import counts, lint_file, structure
from conformance.lint.elements import Outline
from scripts.generator import swapping
from scripts.generator.comparing import compare
from scripts.generator.stamps import Stamps
from scripts.generator.steps import OUTPUTS, OWN, ROOT, OutputStep, files

_OWN_CONTRACT = ROOT / "openapi.yaml"
# A keyword without effect is the lint's to name; it does no harm here.
_FORM = [rule for rule in (*structure.TEXT, *structure.RULES) if rule.id != "schema-keyword"]
# How a component may be called is the lint's to judge: classes get names of their own.
_NAMED_FREELY = ("#/components/schemas", "#/components/parameters", "#/components/responses")


def main(argv: list[str]) -> int:
    """Run the command; return 0 where all is done, 1 for a difference and 2 for unusable input."""
    options = _parser().parse_args(argv)
    try:
        return _check(options) if options.check else _write(options)
    except ConformanceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; everything is as it was", file=sys.stderr)
        return 130


def _check(options: argparse.Namespace) -> int:
    """Make everything in a folder elsewhere, and compare; nothing is believed, and nothing is changed."""
    output: Path = options.output
    if not output.is_dir():
        raise UsageError(f"{output}: there is no such folder to compare with; leave --check out to write it")
    contract, steps = _contract(options), _steps(options)
    with tempfile.TemporaryDirectory(prefix="regenerate-") as folder, swapping.locked(output, to_write=False):
        if swapping.is_broken_off(output):
            raise UsageError(f"{output}: a run was broken off while it wrote; ./scripts/regenerate takes that back")
        for step in steps:
            _make(step, contract, Path(folder))
        return compare(steps, Path(folder), output)


def _write(options: argparse.Namespace) -> int:
    """Make what is out of date, and put all of it in place at once."""
    steps, output = _steps(options), options.output
    output.mkdir(parents=True, exist_ok=True)
    with swapping.locked(output, to_write=True):
        if swapping.recover(output):
            print(f"{output}: a run was broken off while it wrote; what it had done was taken back", file=sys.stderr)
        with _counted(options):
            changed = _swap(options, _contract(options), steps)
    for name, count in changed.items():
        if count:
            print(f"{name}: {count} {'file' if count == 1 else 'files'} changed")
    return 0


@contextmanager
def _counted(options: argparse.Namespace) -> Iterator[None]:
    """Let the numbers in the prose of the own contract follow what they count, unless something fails."""
    path = _OWN_CONTRACT
    before = path.read_bytes() if _is_own(options) else b""
    mended = counts.mended(read(path)) if before else before
    if mended != before:
        _replace(path, mended)
    try:
        yield
    except BaseException:
        if mended != before:
            _replace(path, before)
        raise
    if mended != before:
        print(f"{path.name}: numbers in its prose follow what they count")


def _swap(options: argparse.Namespace, contract: Contract, steps: Sequence[OutputStep]) -> Mapping[str, int]:
    """Return how many files were changed by each step that was out of date."""
    output, stamps = options.output, Stamps.read(options.output, contract)
    due = [step for step in steps if not stamps.is_fresh(step)]
    with swapping.scratch(output) as scratch:
        for step in due:
            _make(step, contract, scratch)
        changes = {step.name: list(_changes(step, scratch / step.name, output)) for step in due}
        swapping.swap([change for some in changes.values() for change in some], scratch, output)
    stamps.write(due)
    return {name: len(some) for name, some in changes.items()}


def _make(step: OutputStep, contract: Contract, scratch: Path) -> None:
    folder = scratch / step.name
    folder.mkdir()
    step.write(contract, folder)


def _changes(step: OutputStep, made: Path, output: Path) -> Iterator[swapping.FileChange]:
    """Yield what is to be done, so that what stands in a step's place is what it made."""
    place, names = step.place(output), set(files(made))
    for name in sorted(names):
        kept = place / name
        if not kept.is_file() or kept.read_bytes() != (made / name).read_bytes():
            yield swapping.FileChange(kept, made / name)
    for name in step.kept(output, made):
        if name not in names:
            yield swapping.FileChange(place / name, None)


def _contract(options: argparse.Namespace) -> Contract:
    """Read the contract, which has to be clean: one of the project's own by its lint, any other in its form.

    Raises:
        UsageError: it is not; the message has a line for each thing to mend.
    """
    if _is_own(options):
        findings = [finding.in_file(_OWN_CONTRACT) for finding in lint_file(_OWN_CONTRACT)]
        if findings:
            raise UsageError(
                "\n".join((f"the contract has {len(findings)} to mend, so nothing is written:", *findings))
            )
        return load()
    source = ContractSource(options.contract, tuple(map(overlay_path, options.overlay)))
    outline = Outline.of(source.document())
    if not outline.document.data.get("paths"):
        raise outline.document.error("#", "there is nothing to call: `paths` is missing, or names no path")
    for rule in _FORM:
        for finding in rule.findings(outline):
            if finding.pointer not in _NAMED_FREELY:
                raise outline.document.error(finding.pointer, finding.message)
    return load(source)


def _steps(options: argparse.Namespace) -> tuple[OutputStep, ...]:
    """Return the outputs that are asked for.

    Raises:
        UsageError: one of them is of the project's own contract alone.
    """
    known = (*OUTPUTS, *OWN) if _is_own(options) else OUTPUTS
    for name in options.only:
        if name not in {step.name for step in known}:
            raise UsageError(f"--only {name}: that is made of the project's own contract alone; leave it out")
    return tuple(step for step in known if not options.only or step.name in options.only)


def _is_own(options: argparse.Namespace) -> bool:
    """Tell whether the project's own files are written, of which the set of its contract is one."""
    is_plain = not options.overlay and (options.contract or _OWN_CONTRACT).resolve() == _OWN_CONTRACT
    return bool(is_plain and options.output.resolve() == ROOT / "generated")


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/regenerate",
        description="Carry a change of the contract everywhere: lint it, then write what is made from it anew.",
    )
    parser.add_argument(
        "--check", action="store_true", help="make everything, change nothing; show differences, and exit 1 on one"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[step.name for step in (*OUTPUTS, *OWN)],
        help="make this output alone; may be repeated",
    )
    parser.add_argument(
        "--overlay", action="append", default=[], metavar="FILE", help="OpenAPI Overlay to apply; may be repeated"
    )
    parser.add_argument("--contract", type=Path, metavar="FILE")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", metavar="DIR")
    return parser
