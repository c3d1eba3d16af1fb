"""ErrorDetail, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .._reading import text


@frozen(kw_only=True)
class ErrorDetail:
    """The reason of a refusal."""

    message: str | None = None
    """Human-readable reason."""
    type: str | None = None
    """Class of the error."""
    code: str | int | None = None
    """Machine-readable reason."""
    param: str | None = None
    """The field that is at fault."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
    """The object as it was sent."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a server sent: what is missing is None, what is new is kept."""
        rest = dict(data)
        return cls(
            message=text(rest.pop("message", None)),
            type=text(rest.pop("type", None)),
            code=rest.pop("code", None),
            param=text(rest.pop("param", None)),
            additional_properties=rest,
            raw=data,
        )
