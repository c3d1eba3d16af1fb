"""A requirement: one testable sentence with a stable id, a level and a source."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

__all__ = ["Layer", "Level", "Quantifier", "Requirement", "Source"]


class Level(Enum):
    """How binding a requirement is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Layer(Enum):
    """Who can mend what breaks a requirement."""

    API = "api"  # the handler: the contract, the job
    HTTP = "http"  # usually a framework or a proxy: HTTP, multipart, JSON
    HARDENING = "hardening"  # whoever hardens the service: robustness, secrecy, time
    CLIENT = "client"  # whoever writes the client

    @property
    def mended_in(self) -> str:
        """Where it is mended, in words."""
        return _MENDED_IN[self]


_MENDED_IN = {
    Layer.API: "the handlers of the API",
    Layer.HTTP: "the framework, its parser or a proxy in front",
    Layer.HARDENING: "what guards the service: limits, error handlers, access rules",
    Layer.CLIENT: "the client",
}


class Quantifier(Enum):
    """How evidence adds up: `EVERY` fails on one failure, `SOME` passes on one success."""

    EVERY = "every"
    SOME = "some"


@frozen
class Source:
    """Where a requirement comes from: a place in the contract with its provenance, or a standard."""

    reference: str
    provenance: str

    def __str__(self) -> str:
        return f"{self.reference} ({self.provenance})"


@frozen
class Requirement:
    """One testable sentence; `quote` is the sentence of the standard that it comes from, if one demands it."""

    id: str
    level: Level
    statement: str
    source: Source
    quantifier: Quantifier = Quantifier.EVERY
    layer: Layer = Layer.API
    quote: str = ""
