"""The page that shows jobs and requests as they happen: one file, which needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.contract import Contract

__all__ = ["page", "policy"]

_ROOM = "conformance.mock"


def page(contract: Contract) -> str:
    """Return the page; what the contract says is escaped."""
    environment = Environment(
        loader=PackageLoader(_ROOM), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = Markup(_text("page.css")), Markup(_text("page.js"))  # noqa: S704 - files of our own
    return environment.get_template("page.html.jinja").render(contract=contract, style=style, script=script)


def policy() -> str:
    """Return what the page may do (CSP): its own style and script, and to ask its own server."""
    style, script = _digest("page.css"), _digest("page.js")
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _text(name: str) -> str:
    return (resources.files(_ROOM) / "templates" / name).read_text(encoding="utf-8")


@cache
def _digest(name: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(_text(name).encode()).digest()).decode()}"
