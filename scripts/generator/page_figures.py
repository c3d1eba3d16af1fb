"""Numbers on the project's pages that the contract gives, each between marks that a reader does not see.

``<!--count models-->33<!--/count--> models``: the noun is one of the contract's `x-counts`. A number that stands
before such a noun without marks would be left behind by the next change, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.lint.counts import counts, mentions

__all__ = ["filled", "write"]

ROOT = Path(__file__).resolve().parents[2]

_PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/*.md")
_MARK = re.compile(r"(<!--count (?P<noun>[^>]*?)-->)(?P<old>.*?)(<!--/count-->)", re.DOTALL)


def write(contract: Contract, folder: Path) -> None:
    """Write the pages that have such numbers into a folder.

    Raises:
        UsageError: a number has no marks, or marks name what the contract does not count.
    """
    nouns = counts(contract.document)
    for page in _pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        made = filled(text, nouns, page)
        if _MARK.search(text):
            (folder / page).parent.mkdir(parents=True, exist_ok=True)
            (folder / page).write_text(made, encoding="utf-8")


def filled(text: str, nouns: Mapping[str, int], page: Path) -> str:
    """Return a page with its numbers as the contract gives them; see `write`."""
    # Marks weigh as much as before, so that places stay.
    for bare in mentions(_MARK.sub(lambda mark: " " * len(mark[0]), text), nouns):
        raise UsageError(
            f"{page}:{_line(text, bare.start)}: says `{bare.phrase}`, and the contract counts {nouns[bare.noun]};"
            f" write `<!--count {bare.noun}-->{nouns[bare.noun]}<!--/count-->`, which ./scripts/regenerate keeps right"
        )
    for mark in _MARK.finditer(text):
        if mark["noun"].strip() not in nouns:
            raise UsageError(
                f"{page}:{_line(text, mark.start())}: the contract counts no `{mark['noun'].strip()}`;"
                f" its `x-counts` has {', '.join(f'`{noun}`' for noun in nouns) or 'nothing'}"
            )
    return _MARK.sub(lambda mark: f"{mark[1]}{nouns[mark['noun'].strip()]}{mark[4]}", text)


def _pages() -> Iterator[Path]:
    for pattern in _PAGES:
        yield from sorted(path.relative_to(ROOT) for path in ROOT.glob(pattern))


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
