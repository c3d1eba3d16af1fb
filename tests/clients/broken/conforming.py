"""Clients that are right in another way than the honest one: what a standard allows may not fail them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.clients.broken.honest import Headers, HonestClient, PartOfForm, TroubleError
from tests.clients.broken.naming import Clients, naming

CONFORMING: Clients = {}
"""All of them by name."""

conforming = naming(CONFORMING)


@conforming("percent-encoded-filenames")
class PercentEncodedFilenames(HonestClient):
    """Writes filenames as RFC 7578, 4.2, allows it, and aiohttp does it."""

    def written(self, part: PartOfForm) -> bytes:
        written = HonestClient.written(self, part)
        if part.filename is None:
            return written
        plain, encoded = (f'filename="{name}"'.encode() for name in (self.quoted(part.filename), quote(part.filename)))
        return written.replace(plain, encoded, 1)


@conforming("form-of-a-mail")
class FormOfAMail(HonestClient):
    """Writes forms as libraries for mail do: with a preamble, fields of every case and more of them, a charset."""

    def form(self, parts: list[PartOfForm]) -> tuple[Headers, bytes]:
        headers, body = HonestClient.form(self, parts)
        told = [(name.upper(), text.replace("boundary=", 'Boundary="') + '"') for name, text in headers]
        return told, b"This is a message with several parts in MIME format.\r\n" + body + b"And an epilogue.\r\n"

    def boundary(self) -> str:
        return f"==============={HonestClient.boundary(self)}=="

    def written(self, part: PartOfForm) -> bytes:
        head, _, value = HonestClient.written(self, part).partition(b"\r\n\r\n")
        disposition, *kind = head.split(b"\r\n")
        fields = kind or [b'Content-Type: TEXT/plain; Charset="UTF-8"']
        fields = [*fields, b"Content-Transfer-Encoding: binary", b"Content-Length: %d" % len(value)]
        fields.append(disposition.replace(b"Content-Disposition: form-data", b"content-disposition:Form-Data "))
        return b"\r\n".join(fields) + b"\r\n\r\n" + value


@conforming("numbers-otherwise")
class NumbersOtherwise(HonestClient):
    """Writes numbers that are no integers as Java and others do: 20.0, 1.0E-7."""

    def text(self, value: Any) -> str:
        if isinstance(value, bool | str):
            return HonestClient.text(self, value)
        return f"{value:.17E}" if isinstance(value, float) else f"{value}.0"


@conforming("says-nothing-of-repeats")
class SaysNothingOfRepeats(HonestClient):
    """Sends everything once, and so has no repeats to tell of."""

    def trouble(self, kind: str, **said: Any) -> TroubleError:
        trouble = HonestClient.trouble(self, kind, **said)
        del trouble.said["repeats"]
        return trouble
