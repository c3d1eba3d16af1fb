"""How callers of a contract's operations say who they are, in the words of Python source."""

from __future__ import annotations

from functools import cached_property

from attrs import field, frozen
from openapi_python_client.strings import snake_case

from conformance.contract import Contract, Operation, SecurityScheme

__all__ = ["ClientCredential", "ClientCredentials"]

# What every client's constructor takes besides.
_TAKEN = frozenset(
    {"base_url", "timeout", "max_retries", "max_connections", "http_client", "token", "username", "password", "self"}
)


@frozen
class ClientCredential:
    """One security scheme, and the arguments of the client that it needs: a secret, or a user and a password."""

    scheme: SecurityScheme
    arguments: tuple[str, ...]

    @property
    def is_basic(self) -> bool:
        """Whether it is a user and a password."""
        return self.scheme.kind == "basic"

    @property
    def doc(self) -> str:
        """What the arguments are."""
        shown = {"bearer": "The API key", "basic": "User and password"}
        return shown.get(self.scheme.kind, f"The API key that is sent as `{self.scheme.parameter}`")


@frozen(slots=False)
class ClientCredentials:
    """All that a client may need to say who calls."""

    contract: Contract = field(repr=False)

    @cached_property
    def all(self) -> list[ClientCredential]:
        """A credential for each scheme that an operation names, in the contract's order."""
        used = {
            scheme.name: scheme
            for operation in self.contract.operations
            for alternative in self._possible(operation)
            for scheme in alternative
        }
        order = self.contract.document.data.get("components", {}).get("securitySchemes", {})
        schemes = [used[name] for name in order if name in used]
        main = next((each for kind in ("bearer", "apiKey") for each in schemes if each.kind == kind), None)
        basic = next((each for each in schemes if each.kind == "basic"), None)
        found = []
        for scheme in schemes:
            name = snake_case(scheme.name) + ("_" if snake_case(scheme.name) in _TAKEN else "")
            usual = ("token",) if scheme is main else ("username", "password") if scheme is basic else ()
            named = (f"{name}_username", f"{name}_password") if scheme.kind == "basic" else (name,)
            found.append(ClientCredential(scheme, usual or named))
        return found

    @cached_property
    def header(self) -> tuple[str, str] | None:
        """The header of the one secret that every operation needs, and what stands before it in there."""
        if len(self.all) != 1 or not self.are_needed:
            return None
        scheme = self.all[0].scheme
        word = f"{scheme.word} " if scheme.word else ""
        return (scheme.parameter, word) if scheme.location == "header" and scheme.kind != "basic" else None

    @property
    def are_needed(self) -> bool:
        """Whether no operation can be called without any."""
        return all(alternatives and all(alternatives) for alternatives in map(self._possible, self.contract.operations))

    @property
    def arguments(self) -> list[str]:
        """The arguments of the client."""
        return [name for each in self.all for name in each.arguments]

    def accepted(self, operation: Operation) -> tuple[tuple[str, ...], ...]:
        """The names of the schemes of which an operation takes any one group."""
        return tuple(tuple(scheme.name for scheme in alternative) for alternative in self._possible(operation))

    def _possible(self, operation: Operation) -> list[tuple[SecurityScheme, ...]]:
        """The alternatives of an operation that the client can use."""
        known = [each for each in operation.security if all(scheme.kind != "unknown" for scheme in each)]
        if operation.security and not known:
            scheme = next(each for each in operation.security[0] if each.kind == "unknown")
            message = f"the client cannot use `{scheme.name}`; add one of bearer, basic or apiKey"
            raise self.contract.document.error(scheme.pointer, message)
        return known
