"""Who may call: the operation's own security, checked before anything else is read."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.reference.calls import Call, Refusal

__all__ = ["REALM", "authorize", "check_schemes", "credentials", "presented"]

REALM = "videos"


async def authorize(call: Call) -> Call:
    """Let a call with the server's token pass, and refuse every other with a challenge."""
    alternatives = call.routed.security
    if not alternatives or any(not alternative for alternative in alternatives):
        return call
    schemes = [_scheme(call.world.contract, name) for alternative in alternatives for name in alternative]
    given = [token for scheme in schemes for token in credentials(call, scheme)]
    token = call.world.token.encode()
    if len(given) == 1 and hmac.compare_digest(given[0], token):
        return call
    detail = ', error="invalid_token"' if given else ""
    message = "the credential is not known" if given else "a credential is required"
    raise Refusal(401, message, headers={"WWW-Authenticate": f'Bearer realm="{REALM}"{detail}'})


def credentials(call: Call, scheme: Mapping[str, Any]) -> list[bytes]:
    """Return the credentials that a call presents under a security scheme."""
    request = call.request
    if scheme["type"] == "apiKey":
        where = {"header": request.headers, "query": request.query_params, "cookie": request.cookies}[scheme["in"]]
        return [where[scheme["name"]].encode("latin-1", "replace")] if scheme["name"] in where else []
    found = []
    for value in presented(call):
        name, _, rest = value.strip().partition(" ")
        if name.lower() == scheme["scheme"].lower() and rest.strip():
            found.append(rest.strip().encode("latin-1", "replace"))
    return found


def presented(call: Call) -> list[str]:
    """Return the Authorization headers of a call."""
    return call.request.headers.getlist("authorization")


def check_schemes(contract: Contract) -> None:
    """Make sure that every security scheme in use is one that this server knows.

    Raises:
        UsageError: it is not.
    """
    for operation in contract.operations:
        for name in (name for alternative in operation.security for name in alternative):
            scheme = _scheme(contract, name)
            known = scheme.get("type") == "apiKey" or (
                scheme.get("type") == "http" and str(scheme.get("scheme", "")).lower() == "bearer"
            )
            if not known:
                raise UsageError(
                    f"{contract.path}: the reference server knows bearer tokens and API keys; "
                    f"security scheme {name!r} of {operation.id} is neither"
                )


def _scheme(contract: Contract, name: str) -> Mapping[str, Any]:
    schemes = contract.document.get("components", {}).get("securitySchemes", {})
    if name not in schemes:
        raise UsageError(f"{contract.path}: the security scheme {name!r} is not among its components")
    found: Mapping[str, Any] = schemes[name]
    return found
