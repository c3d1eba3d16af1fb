"""Says who calls, in the variables that a collection of requests has for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from conformance.contract import Contract, Operation, SecurityScheme

__all__ = ["SentCredentials"]


@frozen(slots=False)
class SentCredentials:
    """The secrets of a contract, and what each operation does with them."""

    contract: Contract = field(repr=False)

    @cached_property
    def _schemes(self) -> Mapping[str, SecurityScheme]:
        known = (operation.scheme for operation in self.contract.operations)
        return {scheme.name: scheme for scheme in known if scheme is not None and scheme.kind != "unknown"}

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The variables that hold secrets."""
        return tuple(name for scheme in self._schemes.values() for name in self.variables(scheme))

    def variables(self, scheme: SecurityScheme) -> tuple[str, ...]:
        """The variables of one way to say who calls: a token, or a user and a password."""
        words = ("username", "password") if scheme.kind == "basic" else ("token",)
        alike = [each for each in self._schemes.values() if (each.kind == "basic") is (scheme.kind == "basic")]
        return words if alike[0].name == scheme.name else tuple(f"{scheme.name}_{word}" for word in words)

    def of(self, operation: Operation) -> tuple[SecurityScheme, tuple[str, ...]] | None:
        """How an operation asks who calls, and the variables that say it."""
        scheme = operation.scheme
        return None if scheme is None or scheme.name not in self._schemes else (scheme, self.variables(scheme))
