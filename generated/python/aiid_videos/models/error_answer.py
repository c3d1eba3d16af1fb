"""ErrorAnswer, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .._reading import boolean, nested, text
from .error_detail import ErrorDetail


@frozen(kw_only=True)
class ErrorAnswer:
    """Why a request was refused. The page documents no errors; this schema admits the shapes that
    gateways of this family are seen to send: an `error` object or text, or `code` and `message` at
    the top, or `detail`.
    """

    error: ErrorDetail | str | None = None
    """The reason, as an object or as text."""
    code: str | int | None = None
    """Machine-readable reason."""
    message: str | None = None
    """Human-readable reason."""
    detail: Any = None
    """The reason, as some frameworks send it."""
    success: bool | None = None
    """False where the server reports failure in the body."""
    data: Any = None
    """Further data, mostly null."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
    """The object as it was sent."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a server sent: what is missing is None, what is new is kept."""
        rest = dict(data)
        return cls(
            error=nested(ErrorDetail.from_dict, rest.pop("error", None)),
            code=rest.pop("code", None),
            message=text(rest.pop("message", None)),
            detail=rest.pop("detail", None),
            success=boolean(rest.pop("success", None)),
            data=rest.pop("data", None),
            additional_properties=rest,
            raw=data,
        )
