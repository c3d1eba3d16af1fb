"""Writes ``generated/docs``: two pages that need no network, one of the contract and one of its requirements.

``contract_view`` and ``requirement_view`` say what there is to show, ``schema_view`` how a schema reads, ``pages``
fills the templates. Style and script are those of the HTML report, with ``docs.css`` for what only these pages have.
"""

from scripts.generator.docs.pages import write_docs

__all__ = ["write_docs"]
