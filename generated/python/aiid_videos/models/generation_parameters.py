"""GenerationParameters, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .._form import plain


@frozen(kw_only=True)
class GenerationParameters:
    """Free model parameters."""

    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make one from a plain object."""
        return cls(
            additional_properties=dict(data),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the object as it is sent."""
        return dict(plain(self.additional_properties))
