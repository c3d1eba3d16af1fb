"""The secrets that stand in a recording: found where they are sent, and taken out of all that is said about it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field, frozen

from conformance.contract import Operation
from conformance.engine.codings import Secrets
from conformance.engine.target import Target
from conformance.recordings.recorded import Recorded, RecordedFields

__all__ = ["RecordedTarget", "SeenSecrets", "credentials_of", "is_placeholder", "is_secret", "taken_out", "withheld"]

_SECRET_NAME = re.compile(
    r"auth|cookie|token|secret|session|password|passwd|credential|signature|api[-_]?key|access[-_]?key|\bkey\b|jwt|csrf",
    re.IGNORECASE,
)
_TAKEN_OUT = re.compile(r"\W*(?:filtered|redacted|removed|hidden|masked|sanitized|withheld|x+|\.+|)\W*", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"[\[<(*]+(?:filtered|redacted|removed|hidden|masked|sanitized|withheld)[\])>*]+", re.IGNORECASE
)
_MOST = 500  # secrets that are remembered; what an exchange holds itself is taken out of it in any case
_SCHEMES = ("bearer", "basic", "digest", "negotiate")
_TELLING = 12  # characters of a credential that stands nowhere by chance
_SESSION = ("set-cookie", "set-cookie2")


def is_secret(name: str, operation: Operation) -> bool:
    """Tell whether the value of a header field or of a parameter is a secret, and no input of the operation."""
    own = {declared.name.lower() for declared in operation.parameters}
    schemes = {scheme.parameter.lower() for way in operation.security for scheme in way}
    return name.lower() in schemes or (name.lower() not in own and _SECRET_NAME.search(name) is not None)


def withheld(name: str, value: str) -> str:
    """Return the value of an answer's header as it may be shown: a session is a secret of the caller's."""
    return "[withheld]" if name.lower() in _SESSION else value


def is_placeholder(value: str) -> bool:
    """Tell whether a tool has put a word of its own in the place of a value."""
    return _PLACEHOLDER.fullmatch(value.strip()) is not None


@define
class SeenSecrets:
    """Remembers the secrets of a recording, each with its codings, the latest ones where there are many."""

    _known: dict[str, Secrets] = field(factory=dict, init=False, repr=False)

    def of(self, recorded: Recorded, operation: Operation) -> tuple[Secrets, ...]:
        """Return the secrets that one exchange sends or sets, and remember them."""
        found = tuple(dict.fromkeys((*_credentials(recorded, operation), *_sessions(recorded.answer_headers))))
        for text in found:
            self._known.pop(text, None)
            self._known[text] = _single(text)
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return tuple(map(_single, found))

    @property
    def all(self) -> tuple[Secrets, ...]:
        """All that are remembered."""
        return tuple(self._known.values())


@frozen
class RecordedTarget(Target):
    """The server of a recording; whatever is said about it shows none of the secrets that were recorded."""

    secrets: tuple[Secrets, ...] = field(default=(), repr=False)

    def redact(self, text: str) -> str:
        """Take the recorded secrets out of a text."""
        return taken_out(self.secrets, text)


def taken_out(secrets: Iterable[Secrets], text: str) -> str:
    """Take some secrets out of a text, in whatever coding they stand there."""
    for secret in secrets:
        text = secret.taken_out(text)
    return text


def credentials_of(recorded: Recorded, operation: Operation) -> tuple[Secrets, ...]:
    """Return the credentials that a request carries, without the sessions that go with them."""
    names = ("cookie",)
    found = _credentials(recorded, operation, without=names)
    return tuple(_single(text) for text in dict.fromkeys(found) if len(text) >= _TELLING)


@lru_cache(maxsize=_MOST)
def _single(text: str) -> Secrets:
    return Secrets.of((text,))


def _credentials(recorded: Recorded, operation: Operation, without: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield what says who calls, wherever it stands in a request."""
    given = [(name, value) for name, value in recorded.headers if name.lower() not in without]
    given += parse_qsl(urlsplit(recorded.url).query, keep_blank_values=True)
    for name, value in given:
        if is_secret(name, operation):
            yield from (text for text in _parts(name, value) if _TAKEN_OUT.fullmatch(text) is None)
    user, _, _ = urlsplit(recorded.url).netloc.rpartition("@")
    yield from (text for text in user.split(":") if text)


def _parts(name: str, value: str) -> Iterator[str]:
    """Yield a value, and the secrets within it."""
    if name.lower() == "cookie":
        yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
        return
    word, _, rest = value.partition(" ")
    if rest.strip() or word.lower() not in _SCHEMES:
        yield rest.strip() or word
    if word.lower() == "basic":
        try:
            yield base64.b64decode(rest, validate=True).decode("utf-8", "replace").partition(":")[2]
        except binascii.Error:
            return


def _sessions(headers: RecordedFields) -> Iterator[str]:
    for name, value in headers:
        if name.lower() in _SESSION:
            text = value.partition(";")[0].partition("=")[2].strip()
            if _TAKEN_OUT.fullmatch(text) is None:
                yield text
