"""The target: the server under test, and the token that it may be sent."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from functools import cached_property

import httpx
from attrs import field, frozen

from conformance.engine.probe import Credentials
from conformance.errors import UsageError

__all__ = ["Target", "target"]

_TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "as-is": lambda token: token,
    "cut": lambda token: token[:-1],
    "first-half": lambda token: token[: max(1, len(token) // 2)],
    "extended": lambda token: token + "x",
    "other-case": lambda token: token.swapcase(),
    "spaced": lambda token: f"{token[: len(token) // 2]} {token[len(token) // 2 :]}",
    "last-changed": lambda token: token[:-1] + ("x" if token[-1:] != "x" else "y"),
}


@frozen
class Target:
    """Where requests go. The token is kept out of every representation."""

    url: str
    token: str = field(repr=False)
    token_env: str = "VIDEOS_TOKEN"  # noqa: S105 - the name of a variable

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        host = httpx.URL(self.url).host
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def address(self, path: str) -> str:
        """Return the URL of a path of the contract."""
        return self.url.rstrip("/") + path

    def credential(self, credentials: Credentials) -> str | None:
        """Write the value of some credentials, or None where they are left out."""
        if credentials.template is None:
            return None
        token = _TRANSFORMS[credentials.transform](self.token)
        encoded = base64.b64encode(token.encode()).decode()
        return credentials.template.replace("{token}", token).replace("{basic}", encoded)

    def is_same_token(self, credentials: Credentials) -> bool:
        """Whether a transform leaves this token as it is, so that the probe would be a right one."""
        return _TRANSFORMS[credentials.transform](self.token) == self.token

    def redact(self, text: str) -> str:
        """Take the token, and the near misses made of it, out of a text."""
        for secret in self._secrets:
            text = text.replace(secret, "[token]")
        return text

    def leaks(self, text: str) -> bool:
        """Tell whether a text shows the token."""
        shown = (self.token, base64.b64encode(self.token.encode()).decode())
        return len(self.token) >= _SHORTEST_SECRET and any(secret in text for secret in shown)

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        """The token, its near misses, and all of them in base64, the longest first."""
        made = {make(self.token) for make in _TRANSFORMS.values()}
        made |= {base64.b64encode(secret.encode()).decode() for secret in made}
        return tuple(sorted((s for s in made if len(s) >= _SHORTEST_SECRET), key=len, reverse=True))


_SHORTEST_SECRET = 6


def target(url: str, token: str, token_env: str) -> Target:
    """Check and return a target.

    Raises:
        UsageError: the URL is not an absolute http or https URL, or the token cannot stand in a header.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"--url {url}: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"--url {url}: write an absolute URL, like http://127.0.0.1:8000")
    if not 0 < (parsed.port or 1) < 2**16:
        raise UsageError(f"--url {url}: there is no port {parsed.port}")
    if parsed.query or parsed.fragment or parsed.userinfo:
        raise UsageError("--url: leave out the query, the fragment and credentials; name the server's base URL")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError(f"the token in ${token_env} is empty or has characters that a header cannot carry")
    return Target(str(parsed).rstrip("/"), token, token_env)
