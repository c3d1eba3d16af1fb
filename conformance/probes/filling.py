"""Rows: requests as a choice for every input, made so that parts of them can be exchanged one by one."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen
from attrs import field as attr

from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation
from conformance.engine.probe import Expect
from conformance.probes.framings import FramingCase, joined
from conformance.probes.words import said_of

__all__ = ["PLAIN", "Filling", "Row"]

PLAIN = FramingCase("plain", "", Expect.ACCEPT, Framing())
_SHORT = 40


@frozen
class Filling:
    """One way to fill, or leave out, one input.

    Attributes:
        prefix: the beginning of the ids of requirements about the input.
        way: how it is written; None for a listed value or an edge case, and where it is absent.
        is_unusual: a server may refuse it, though not fail.
        kind: of edge case, where it is one.
        is_billable: the contract allows it, so that it may ride on a create.
    """

    prefix: str
    name: str
    way: Representation | None = attr(default=None, repr=False)
    parts: tuple[Part, ...] = attr(default=(), repr=False)
    is_listed: bool = False
    is_unusual: bool = False
    is_billable: bool = True
    kind: str = ""

    @property
    def field(self) -> str:
        """The input's own name."""
        return self.prefix.rpartition("/")[2]

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other fillings of the operation."""
        return self.prefix, self.name

    @property
    def words(self) -> str:
        """What it is, for people: as it is sent, and what is unusual about it where that does not show."""
        if self.is_listed:
            return f"`{self.name}`"
        what = said_of(self.parts)
        text = self.parts[0].value.decode("utf-8", "replace") if len(self.parts) == 1 else ""
        shows = text.isprintable() and 0 < len(text) <= _SHORT and self.parts[0].filename is None
        return what if shows or not self.kind else f"{what} ({self.name.replace('-', ' ')})"

    @property
    def is_absent(self) -> bool:
        """Whether the input is left out."""
        return not self.parts


@frozen
class Row:
    """One request: a filling for each input, in one framing."""

    fillings: tuple[Filling, ...]
    framing: FramingCase = PLAIN

    @property
    def name(self) -> str:
        """Stable name: what is in the request."""
        present = [f"{filling.field}={filling.name}" for filling in self.fillings if not filling.is_absent]
        return "&".join([*present, *([self.framing.id] if self.framing is not PLAIN else [])]) or PLAIN.id

    @property
    def framings(self) -> tuple[FramingCase, ...]:
        """The unusual ways in which it is written."""
        return () if self.framing is PLAIN else self.framing.singles

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is sent for its inputs."""
        return tuple(part for filling in self.fillings for part in filling.parts)

    @property
    def listed(self) -> tuple[Filling, ...]:
        """The listed values in it."""
        return tuple(filling for filling in self.fillings if filling.is_listed and not filling.is_absent)

    def holding(self, *fillings: Filling) -> Row:
        """Set some inputs; a framing that is about something which is no longer there goes with it."""
        given = {filling.prefix: filling for filling in fillings}
        made = tuple(given.get(old.prefix, old) for old in self.fillings)
        kinds = {filling.way.kind for filling in made if filling.way is not None}
        kept = [case for case in self.framings if case.carries is None or case.carries in kinds]
        return evolve(self, fillings=made).framed(kept)

    def framed(self, cases: Iterable[FramingCase]) -> Row:
        """Write it in some ways at once."""
        chosen = tuple(cases)
        return evolve(self, framing=joined(chosen) if chosen else PLAIN)

    def beyond(self, plain: Row) -> tuple[Filling, ...]:
        """Return the fillings in which it differs from a plain row."""
        known = {filling.key for filling in plain.fillings}
        return tuple(filling for filling in self.fillings if filling.key not in known)

    def mentions(self, filling: Filling) -> bool:
        """Tell whether a filling is part of it."""
        return any(filling.key == own.key for own in self.fillings)
