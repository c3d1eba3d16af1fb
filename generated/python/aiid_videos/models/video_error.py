"""VideoError, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .._reading import text


@frozen(kw_only=True)
class VideoError:
    """Why a task failed."""

    code: str | None = None
    """Machine-readable reason."""
    message: str | None = None
    """Human-readable reason."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
    """The object as it was sent."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a server sent: what is missing is None, what is new is kept."""
        rest = dict(data)
        return cls(
            code=text(rest.pop("code", None)),
            message=text(rest.pop("message", None)),
            additional_properties=rest,
            raw=data,
        )
