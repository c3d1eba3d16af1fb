"""The target: the server under test, and the token that it may be sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from functools import cached_property

import httpx
from attrs import evolve, field, frozen

from conformance.engine.codings import Secrets, is_telling
from conformance.engine.network import Network
from conformance.engine.probe import ANOTHERS, Credentials
from conformance.errors import UsageError

__all__ = ["Target", "target"]

_TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "as-is": lambda token: token,
    "cut": lambda token: token[:-1],
    "head": lambda token: token[: len(token) * 3 // 4],
    "first-half": lambda token: token[: max(1, len(token) // 2)],
    "extended": lambda token: token + "x",
    "other-case": lambda token: token.swapcase(),
    "spaced": lambda token: f"{token[: len(token) // 2]} {token[len(token) // 2 :]}",
    "without-prefix": lambda token: re.sub(r"\A[^-_]*[-_]", "", token),
    "last-changed": lambda token: token[:-1] + ("x" if token[-1:] != "x" else "y"),
    "percent-encoded": lambda token: "".join(f"%{byte:02x}" for byte in token.encode()),
}


_ZONED = re.compile(r"\[([0-9A-Fa-f:.]+)%(?:25)?([^\]/]+)\]")


def _parts(secret: str) -> tuple[str, ...]:
    """Return a secret, and what in it may be one by itself: the value of a cookie, what stands behind a scheme."""
    found = [word for word in re.split(r"[\s;,=]+", secret) if is_telling(word)]
    return (secret, *found)


@frozen
class Target:
    """Where requests go, and how. The token is kept out of every representation.

    Attributes:
        url: the base URL.
        token: opens the server.
        token_env: the variable from which the commands of a report take the token.
        network: how it is reached, and which header fields the user adds.
        token_source: the option that gave the token, where it was not that variable.
        known_unchanged: the transforms that leave the token as it is, where a recording tells them and not the token.
        second_token: of another account, which must not see what this one makes; None where the user gave none.
        second_env: the variable from which the commands of a report take that.
    """

    url: str
    token: str = field(repr=False)
    token_env: str = "VIDEOS_TOKEN"  # noqa: S105 - the name of a variable
    network: Network = field(factory=Network)
    token_source: str = ""
    known_unchanged: tuple[str, ...] | None = None
    second_token: str | None = field(default=None, repr=False)
    second_env: str = ""

    @property
    def token_place(self) -> str:
        """Where the user keeps the token, in words that stand behind it."""
        return f"from {self.token_source}" if self.token_source else f"in ${self.token_env}"

    def address(self, path: str) -> str:
        """Return the URL of a path of the contract."""
        return self.url.rstrip("/") + path

    def credential(self, credentials: Credentials) -> str | None:
        """Write the value of some credentials, or None where they are left out."""
        if credentials.template is None:
            return None
        if credentials.transform == ANOTHERS:
            token = self.second_token or ""
        else:
            token = _TRANSFORMS[credentials.transform](self.token)
        encoded = base64.b64encode(token.encode()).decode()
        return credentials.template.replace("{token}", token).replace("{basic}", encoded)

    def is_same_token(self, credentials: Credentials) -> bool:
        """Whether a transform leaves this token as it is, so that the probe would be a right one."""
        return credentials.transform in self.unchanged

    @property
    def unchanged(self) -> tuple[str, ...]:
        """The transforms that leave the token as it is."""
        if self.known_unchanged is not None:
            return self.known_unchanged
        return tuple(name for name, make in _TRANSFORMS.items() if make(self.token) == self.token)

    def redact(self, text: str) -> str:
        """Take the token, and the near misses made of it, out of a text, in whatever coding they stand there."""
        return self._secrets.taken_out(text)

    def redact_bytes(self, data: bytes) -> bytes:
        """Take the same out of bytes."""
        text = data.decode("utf-8", "surrogateescape")
        return self.redact(text).encode("utf-8", "surrogateescape") if self._secrets.are_in(text) else data

    def masked(self, data: bytes) -> bytes | None:
        """Put others in the place of bytes that show the same, as many; None where that cannot be done."""
        text = self._secrets.masked(data.decode("utf-8", "surrogateescape"))
        return None if text is None else text.encode("utf-8", "surrogateescape")

    def leaks(self, text: str) -> bool:
        """Tell whether a text shows the token, or a near miss that only its owner could have sent."""
        return self._telling.are_in(text)

    @property
    def secure(self) -> bool:
        """Whether its connections are encrypted."""
        return self.url.startswith("https:")

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets.of([*self._own, *(part for secret in self.network.secrets for part in _parts(secret))])

    @cached_property
    def _telling(self) -> Secrets:
        return Secrets.telling(self._own)

    @property
    def _own(self) -> tuple[str, ...]:
        """The tokens, and what of each is a near miss that a piece of it would not show."""
        given = [token for token in (self.token, self.second_token) if token]
        return tuple(
            text for token in given for text in (token, _TRANSFORMS["without-prefix"](token), *token.split(":", 1)[1:])
        )


def target(url: str, token: str, token_env: str, network: Network | None = None, token_source: str = "") -> Target:
    """Check and return a target.

    Raises:
        UsageError: the URL is not an absolute http or https URL, or shows the token, or the token cannot stand in a
            header.
    """
    network = network or Network()
    if "@" in url or (is_telling(token) and Secrets.telling([token]).are_in(url)):
        raise UsageError("--url: leave out credentials, which reports would show; name the server's base URL")
    zoned = _ZONED.search(url)
    if zoned is not None:  # of no meaning to anybody else (RFC 6874), so that no request has it
        network = evolve(network, zone=zoned[2])
    try:
        parsed = httpx.URL(_ZONED.sub(r"[\1]", url))
    except httpx.InvalidURL as error:
        raise UsageError(f"--url {url}: {error}") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"--url {url}: write an absolute URL, like http://127.0.0.1:8000")
    if not 0 < (parsed.port or 1) < 2**16:
        raise UsageError(f"--url {url}: there is no port {parsed.port}")
    if parsed.query or parsed.fragment:
        raise UsageError("--url: leave out the query and the fragment; name the server's base URL")
    made = Target(str(parsed).rstrip("/"), token, token_env, network, token_source)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError(f"the token {made.token_place} is empty or has characters that a header cannot carry")
    if network.http2 and parsed.scheme != "https":
        raise UsageError(
            f"--http2: HTTP/2 is agreed on within TLS, and --url {url} has none: write https, or leave it out"
        )
    return made
