"""VideoMetadata, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .._reading import text


@frozen(kw_only=True)
class VideoMetadata:
    """Free extension fields of the answer."""

    url: str | None = None
    """Where the finished video can be fetched."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
    """The object as it was sent."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a server sent: what is missing is None, what is new is kept."""
        rest = dict(data)
        return cls(
            url=text(rest.pop("url", None)),
            additional_properties=rest,
            raw=data,
        )
