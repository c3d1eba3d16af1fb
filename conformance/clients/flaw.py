"""What is wrong with what a client did, and how each kind of it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from attrs import field, frozen

from conformance.data import read_data

__all__ = ["ClientFlaw", "mending"]


@frozen
class ClientFlaw:
    """One thing that is wrong.

    Attributes:
        kind: of which there is a text on how it is mended.
        message: what was seen; secrets are taken out where it is reported.
    """

    kind: str
    message: str = field(repr=False)


@cache
def mending() -> Mapping[str, str]:
    """Return how each kind of flaw is mended."""
    return {str(kind): str(text).strip() for kind, text in read_data("clients", "mending.yaml").items()}
