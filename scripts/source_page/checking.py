"""Compares saved pages, or OpenAPI documents, with the contract, and takes over what needs no judgement."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from conformance.contract import Contract, load
from conformance.contract.document import read
from conformance.errors import ConformanceError, SuiteError
from conformance.lint import lint_file
from conformance.lint.counts import mended
from scripts.source_page.described import described
from scripts.source_page.disagreements import Disagreement, ExplainedDeparture, explained, explanations, idle
from scripts.source_page.facts import StatedSource
from scripts.source_page.matching import compared
from scripts.source_page.page import read_source
from scripts.source_page.taking_over import TakenOver, take_over
from scripts.source_page.telling import WitnessReport, as_json, as_text

ROOT = Path(__file__).resolve().parents[2]


def main(argv: list[str]) -> int:
    """Run the command; return 0 where nothing is left, 1 for differences and 2 for unusable input."""
    options = _parser().parse_args(argv)
    try:
        sources = [read_source(page) for page in options.pages]
        contract = load(options.contract)
        said = compare(sources, contract)
        said = apply(said, sources, contract) if options.apply else foreseen(said, contract)
    except SuiteError as error:
        print(f"defect of this project: {error}; nothing is written", file=sys.stderr)
        return int(error.exit_code)
    except ConformanceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}; nothing is written", file=sys.stderr)
        return 2
    sys.stdout.write(as_json(said) if options.json else as_text(said))
    return int(not said.is_clean)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/check-source",
        description="Say where saved copies of the documentation, or OpenAPI documents, and the contract differ.",
        epilog="0: no difference but those that the contract explains; 1: differences; 2: unusable input.",
    )
    parser.add_argument(
        "pages", nargs="+", type=Path, metavar="PAGE", help="text, HTML, Markdown or OpenAPI; several count together"
    )
    parser.add_argument("--apply", action="store_true", help="write new values, fields and examples into the contract")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--contract", type=Path, default=ROOT / "openapi.yaml", metavar="FILE")
    return parser


def compare(sources: Sequence[StatedSource], contract: Contract) -> WitnessReport:
    """Return what sources, taken together, and a contract say differently."""
    reasons = _reasons(contract)
    found = tuple(explained(compared(sources, described(contract, contract.path.name)), reasons))
    # What an OpenAPI document says in full, a page may have left out.
    unused = idle(found, reasons) if all(source.is_page for source in sources) else ()
    files = tuple(source.file for source in sources)
    return WitnessReport(files, contract.path, contract.version, found, unused)


def foreseen(said: WitnessReport, contract: Contract) -> WitnessReport:
    """Add what could be taken over."""
    return evolve(said, taken=take_over(_text(contract), said.found)[1])


def _reasons(contract: Contract) -> tuple[ExplainedDeparture, ...]:
    try:
        return explanations(contract.document)
    except (KeyError, TypeError, AttributeError) as error:
        raise contract.document.error(
            ("x-departures",), "is not what the lint asks for: entries with `at`, `what` and `why`"
        ) from error


def _text(contract: Contract) -> str:
    # The bytes as they are, so that line ends stay what they are.
    return contract.document.raw.decode("utf-8")


def apply(said: WitnessReport, sources: Sequence[StatedSource], contract: Contract) -> WitnessReport:
    """Write all that can be taken over into the contract, or nothing.

    Raises:
        SuiteError: the contract would not say what was to be written.
    """
    path = contract.path.resolve()
    text, taken = take_over(_text(contract), said.found)
    if not taken:
        return said
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode())
        shutil.copymode(path, draft)
        _prove(said, taken, sources, draft)
        draft.write_bytes(mended(read(draft)))  # numbers in prose count what there is now
        lint = tuple(finding.in_file(Path(path.name)) for finding in lint_file(draft))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return evolve(said, taken=taken, lint=lint, is_written=True)


def _prove(said: WitnessReport, taken: Sequence[TakenOver], sources: Sequence[StatedSource], draft: Path) -> None:
    """Hold the draft to the sources: what was taken over is no difference any more, and there is no new one."""
    try:
        again = compare(sources, load(draft))
    except ConformanceError as error:
        raise SuiteError(f"the contract could not be read any more: {error}") from error
    wanted = sorted(_mark(each) for each in said.unexplained if each not in [one.found for one in taken])
    if (left := sorted(_mark(each) for each in again.unexplained)) != wanted:
        differing = [mark for mark in left if mark not in wanted] or [mark for mark in wanted if mark not in left]
        raise SuiteError(f"after writing, the source and the contract would differ otherwise: {differing[0]}")


def _mark(found: Disagreement) -> tuple[str, str, str, str]:
    said = None if found.source is None else found.source.value
    return found.operation, found.element, found.kind, repr(said)
