"""A place of the document that knows its pointer and its provenance, and steps down through references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import field, frozen

from conformance.contract.document import Document, pointer, tokens

__all__ = ["Node", "Provenance"]

Provenance = Literal["documented", "observed", "convention"]
_PROVENANCE = "x-provenance"
_UNSAID: Provenance = "convention"


@frozen(eq=False)
class Node:
    """One place: `data` is what stands there, a reference not yet followed.

    Attributes:
        part_of: the pointer of the place that `data` was taken from, where it does not stand in the document as it is.
    """

    document: Document = field(repr=False)
    pointer: str
    data: Any = field(repr=False)
    provenance: Provenance
    part_of: str | None = None

    @classmethod
    def root(cls, document: Document) -> Node:
        """Return the whole document as a place."""
        return cls(document, "#", document.data, document.data.get(_PROVENANCE, _UNSAID))

    @property
    def is_written(self) -> bool:
        """Whether the document has just this at the pointer."""
        return self.part_of is None

    @property
    def written_at(self) -> str:
        """The pointer where it stands, or where what it is a part of does."""
        return self.part_of or self.pointer

    def get(self, key: str, default: Any = None) -> Any:
        """Return the plain value of a key that stands right here."""
        return self.data.get(key, default) if isinstance(self.data, Mapping) else default

    def at(self, *keys: object) -> Node:
        """Step down, following references to what they name; what stands beside a reference wins.

        Raises:
            ContractError: a reference names nothing, or leads round in a circle.
            KeyError, IndexError, TypeError: nothing is there.
        """
        node = self
        for key in keys:
            node = node.raw(key).followed()
        return node

    def children(self, key: str) -> Iterator[tuple[str, Node]]:
        """Yield what stands below a key: by name in a mapping, by index in a list; references are followed."""
        below = self.get(key)
        if isinstance(below, Mapping):
            for name in below:
                yield str(name), self.raw(key, name).followed()
        elif isinstance(below, list):
            for index in range(len(below)):
                yield str(index), self.raw(key, index).followed()

    def raw(self, *keys: object) -> Node:
        """Step down without following any reference."""
        node = self
        for key in keys:
            data = node.data[key]
            said = data.get(_PROVENANCE) if isinstance(data, Mapping) else None
            place = f"{node.written_at}{pointer((key,))[1:]}"
            node = Node(self.document, place, data, said or node.provenance)
        return node

    def target(self) -> Node | None:
        """Return what the reference that stands here names, or None where none stands here."""
        reference = self.get("$ref")
        if not isinstance(reference, str):
            return None
        data = self.document.lookup(reference)
        found = self.document.inherited(reference, _PROVENANCE) or _UNSAID
        return Node(self.document, pointer(tokens(reference)), data, found)

    def followed(self) -> Node:
        """Return what the references from here lead to; what stands beside one of them wins.

        Raises:
            ContractError: a reference names nothing, or leads round in a circle.
        """
        node, seen = self, {self.pointer}
        while (named := node.target()) is not None:
            if named.pointer in seen:
                raise self.document.error(self.pointer, "refers to itself; a reference has to lead to something")
            seen.add(named.pointer)
            beside = {key: value for key, value in node.data.items() if key != "$ref"}
            data = {**named.data, **beside} if isinstance(named.data, Mapping) else named.data
            node = Node(self.document, named.pointer, data, beside.get(_PROVENANCE, named.provenance))
        return node

    def unwritten(self, data: Mapping[str, Any], name: str) -> Node:
        """Return a part of what stands here; what stands below the part is where it was."""
        return Node(self.document, f"{self.pointer} ({name})", data, self.provenance, self.written_at)
