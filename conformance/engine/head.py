"""The head of a request as it goes over the wire: target, header fields, and the credentials in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import quote

from conformance import __version__
from conformance.bodies.requests import COOKIE_SAFE
from conformance.engine.probe import Credentials, Place, PreparedRequest
from conformance.engine.target import Target

__all__ = ["head", "in_words", "shown_head", "users_in_words", "with_credentials", "with_users"]

_USUAL = (("Accept", "application/json"), ("User-Agent", f"videos-conformance/{__version__}"))
"""The header fields that every request has, unless it has its own or omits them."""


def head(target: Target, request: PreparedRequest) -> tuple[str, list[tuple[bytes, bytes]]]:
    """Return path and header fields; only here does the user's token come into a request."""
    users = [(user.name, user.value) for user in target.network.headers]
    path, headers = _whole(request, target.credential, users)
    return path, [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def shown_head(target: Target, request: PreparedRequest) -> tuple[str, list[tuple[str, str]]]:
    """Return path and header fields as they may be shown: with a word in the place of each secret."""
    path, headers = _whole(request, in_words, users_in_words(target))
    return path, [(target.redact(name), target.redact(value)) for name, value in headers]


def in_words(credentials: Credentials) -> str | None:
    """Write credentials without the token: `[token]`, and what was done to it; None where they are left out."""
    if credentials.template is None:
        return None
    word = "[token]" if credentials.transform == "as-is" else f"[token, {credentials.transform}]"
    return credentials.template.replace("{token}", word).replace("{basic}", word)


def users_in_words(target: Target) -> list[tuple[str, str]]:
    """Return the header fields that the user adds, without their values: one may be too short to be found in texts."""
    return [(user.name, "[secret]") for user in target.network.headers]


def _whole(
    request: PreparedRequest, write: Callable[[Credentials], str | None], users: Iterable[tuple[str, str]]
) -> tuple[str, list[tuple[str, str]]]:
    """Return path and header fields, with those of the user, and those that every request has."""
    path, headers = with_credentials(request, write)
    omitted = {name.lower() for name in request.omits}
    headers = with_users(headers, [user for user in users if user[0].lower() not in omitted])
    taken = omitted | {name.lower() for name, _ in headers}
    usual = [(name, value) for name, value in _USUAL if name.lower() not in taken]
    return path, [*usual, *headers]


def with_credentials(
    request: PreparedRequest, write: Callable[[Credentials], str | None]
) -> tuple[str, list[tuple[str, str]]]:
    """Return path and the request's own header fields, with credentials in their places.

    Args:
        request: whose head it is.
        write: makes the value of credentials, or None where they are left out.
    """
    path, headers, credentials = request.path, [*request.headers], request.credentials
    written = [(place, write(Credentials(None, place.template))) for place in credentials.elsewhere]
    if credentials.scheme is not None:
        own = Place(credentials.scheme.location, credentials.scheme.parameter)
        written.append((own, write(credentials)))
    for place, value in written:
        if value is not None:
            path, headers = _with(place, value, path, headers)
    return path, headers


def with_users(own: list[tuple[str, str]], users: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return header fields of a request with those of the user; where both name one, the request tries just that.

    Cookies go together: one of the user's may be what lets a request in.
    """
    made = [*own]
    for name, value in users:
        same = next((index for index, field in enumerate(made) if field[0].lower() == name.lower()), None)
        if same is None:
            made.append((name, value))
        elif name.lower() == "cookie":
            made[same] = (made[same][0], f"{value}; {made[same][1]}")
    return made


def _with(place: Place, value: str, path: str, headers: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    if place.location == "query":
        joint = "&" if "?" in path else "?"
        return f"{path}{joint}{quote(place.name)}={quote(value, safe='')}", headers
    if place.location == "header":
        return path, [*headers, (place.name, value)]
    sent = [text for name, text in headers if name.lower() == "cookie"]
    others = [header for header in headers if header[0].lower() != "cookie"]
    cookies = "; ".join([*sent, f"{place.name}={quote(value, safe=COOKIE_SAFE)}"])
    return path, [*others, ("Cookie", cookies)]
