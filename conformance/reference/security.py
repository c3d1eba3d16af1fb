"""The stage that lets callers in: the operation's own security, checked before anything else is read."""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import parse_qsl

from conformance.contract import Operation, SecurityScheme
from conformance.reference.calls import Call, Refusal

__all__ = ["REALM", "authorizations", "authorize", "challenge", "offered", "presented"]

REALM = "videos"
_FIRST, _SECOND = "", "second"


async def authorize(call: Call) -> Call:
    """Let a call with a token of the server pass, and refuse every other with a challenge."""
    alternatives = call.routed.security
    if not alternatives:
        return call
    for account, token in _accounts(call):
        for alternative in alternatives:
            if all(_is_known(offered(call, scheme), token) for scheme in alternative):
                return call.but(account=account)
    given = any(offered(call, scheme) for alternative in alternatives for scheme in alternative)
    message = "the credential is not known" if given else "a credential is required"
    headers = {"WWW-Authenticate": challenge(call.routed, given=given)}
    raise Refusal(401, message, headers=headers)


def _accounts(call: Call) -> list[tuple[str, bytes]]:
    """Return the accounts of the server, each with its token; who is let in otherwise is taken for the first."""
    world = call.world
    second = [] if world.second_token is None else [(_SECOND, world.second_token.encode())]
    return [(_FIRST, world.token.encode()), *second]


def challenge(operation: Operation, *, given: bool) -> str:
    """Return what asks for credentials of each documented kind (RFC 9110, section 11.6.1).

    There is no registered word for API keys; `ApiKey` is what most servers say.
    """
    found = {}
    for scheme in (scheme for alternative in operation.security for scheme in alternative):
        detail = ', error="invalid_token"' if given and scheme.kind == "bearer" else ""
        found[scheme.word or "ApiKey"] = f'{scheme.word or "ApiKey"} realm="{REALM}"{detail}'
    return ", ".join(found.values())


def offered(call: Call, scheme: SecurityScheme) -> list[bytes]:
    """Return the credentials that a call presents under a security scheme, decoded."""
    if scheme.kind == "apiKey":
        return [key.encode("latin-1", "replace") for key in _keys(call, scheme)]
    found = []
    for value in authorizations(call):
        word, _, rest = value.strip().partition(" ")
        if word.lower() == scheme.word.lower():
            given = rest.strip().encode("latin-1", "replace")
            found.append(_user_and_password(given) if scheme.kind == "basic" else given)
    return found


def presented(call: Call) -> list[str]:
    """Return whatever a call brings in the places where credentials are."""
    schemes = {} if call.service is None else {s.pointer: s for way in call.routed.security for s in way}
    keys = (key for scheme in schemes.values() if scheme.kind == "apiKey" for key in _keys(call, scheme))
    return [*authorizations(call), *keys]


def authorizations(call: Call) -> list[str]:
    """Return the Authorization headers of a call."""
    return call.request.headers.getlist("authorization")


def _keys(call: Call, scheme: SecurityScheme) -> list[str]:
    request, name = call.request, scheme.parameter
    if scheme.location == "header":
        return request.headers.getlist(name)
    if scheme.location == "query":
        query = request.scope["query_string"].decode("latin-1")
        return [value for key, value in parse_qsl(query, keep_blank_values=True) if key == name]
    return [request.cookies[name]] if name in request.cookies else []


def _is_known(given: list[bytes], token: bytes) -> bool:
    return len(given) == 1 and hmac.compare_digest(given[0], token)


def _user_and_password(encoded: bytes) -> bytes:
    """Return what base64 hides (RFC 7617), or nothing where it is none."""
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return b""
