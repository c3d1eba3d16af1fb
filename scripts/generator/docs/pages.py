"""Fills the templates of the two pages; all that a page needs stands in it, and its policy allows nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from conformance.contract import Contract
from conformance.reports.html.page import asset, policy, prose
from conformance.requirements import Layer, Level
from scripts.generator.docs.contract_view import ContractView
from scripts.generator.docs.requirement_view import ORIGINS, RequirementsView

__all__ = ["INDEX", "REQUIREMENTS", "write_docs"]

INDEX = "index.html"
REQUIREMENTS = "requirements.html"

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates" / "docs"


def write_docs(contract: Contract, folder: Path) -> None:
    """Write the page of a contract, and that of its requirements, into a folder."""
    view = ContractView(contract)
    listed = RequirementsView(contract, view.anchors)
    environment = _environment()
    style = f"{asset('page.css')}\n{(_TEMPLATES / 'docs.css').read_text(encoding='utf-8').strip()}"
    script = asset("page.js")
    shared: dict[str, Any] = {
        "contract": contract,
        "view": view,
        "listed": listed,
        "index": INDEX,
        "requirements": REQUIREMENTS,
        "style": Markup(style),  # noqa: S704 - files of this repository
        "script": Markup(script),  # noqa: S704 - a file of this repository
        "policy": policy(style, script),
        "levels": _counted((entry.level for entry in listed.all), (level.value for level in Level)),
        "layers": _counted((entry.layer for entry in listed.all), (layer.value for layer in Layer)),
        "origins": _counted((entry.origin for entry in listed.all), ORIGINS),
    }
    for name in (INDEX, REQUIREMENTS):
        written = environment.get_template(f"{name}.jinja").render(shared)
        (folder / name).write_text("\n".join(line.rstrip() for line in written.splitlines()) + "\n", encoding="utf-8")


def _counted(found: Iterable[str], order: Iterable[str]) -> Mapping[str, int]:
    """Return what occurs, with how often, in an order."""
    counts = Counter(found)
    return {name: counts[name] for name in order if counts[name]}


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters.update(prose=prose, markdown=_markdown)
    return made


def _markdown(text: str) -> Markup:
    """Return a description as markup: CommonMark with tables, in which HTML is text and images are left out."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    # A wide table scrolls by itself, by keys too.
    table = '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>'
    rendered = reader.render(text).replace("<table>", table).replace("</table>", "</table></div>")
    return Markup(rendered)  # noqa: S704 - the reader escapes what is no mark
