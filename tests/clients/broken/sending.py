"""Clients that send what they must not, or send it too often: each is the honest one but for one thing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

from attrs import evolve

from conformance.contract import Input, SecurityScheme
from tests.clients.broken.honest import Headers, HonestClient, PartOfForm, Reply, TroubleError
from tests.clients.broken.naming import Clients, naming

__all__ = ["SENDING"]

SENDING: Clients = {}
"""By their names."""

broken = naming(SENDING)


@broken("fixed-boundary")
class FixedBoundary(HonestClient):
    def boundary(self) -> str:
        return "----formdata-boundary"


@broken("no-filename")
class NoFilename(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        return evolve(HonestClient.part(self, name, value, declared), filename=None)


@broken("json-for-a-form")
class JsonForAForm(HonestClient):
    def body(self) -> tuple[Headers, bytes]:
        headers, body = HonestClient.body(self)
        if not body:
            return headers, body
        return [("Content-Type", "application/json")], json.dumps(self.call["arguments"]["body"]).encode()


@broken("indexed-lists")
class IndexedLists(HonestClient):
    def parts(self, name: str, value: Any) -> Iterator[PartOfForm]:
        found = list(HonestClient.parts(self, name, value))
        if isinstance(value, list):
            found = [evolve(part, name=f"{name}[{index}]") for index, part in enumerate(found)]
        yield from found


@broken("joined-lists")
class JoinedLists(HonestClient):
    def parts(self, name: str, value: Any) -> Iterator[PartOfForm]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            value = ",".join(value)
        yield from HonestClient.parts(self, name, value)


@broken("object-object")
class ObjectObject(HonestClient):
    def json_text(self, value: Any) -> str:
        return "[object Object]"


@broken("latin-1")
class Latin1(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        return evolve(made, value=value.encode("latin-1", "replace")) if isinstance(value, str) else made


@broken("python-for-json")
class PythonForJson(HonestClient):
    def json_text(self, value: Any) -> str:
        return str(value)


@broken("drops-a-field")
class DropsAField(HonestClient):
    """Knows the contract of last month, which had not the last of its optional fields."""

    def parts(self, name: str, value: Any) -> Iterator[PartOfForm]:
        optional = [field.name for field in self.operation.fields if not field.required]
        if name != optional[-1]:
            yield from HonestClient.parts(self, name, value)


@broken("drops-what-is-falsy")
class DropsWhatIsFalsy(HonestClient):
    def parts(self, name: str, value: Any) -> Iterator[PartOfForm]:
        if value:
            yield from HonestClient.parts(self, name, value)


@broken("adds-defaults")
class AddsDefaults(HonestClient):
    def form(self, parts: list[PartOfForm]) -> tuple[Headers, bytes]:
        given = {part.name for part in parts}
        absent = [field.name for field in self.operation.fields if field.name not in given]
        return HonestClient.form(self, [*parts, *(PartOfForm(name, b"null") for name in absent[:1])])


@broken("trims-text")
class TrimsText(HonestClient):
    def text(self, value: Any) -> str:
        return HonestClient.text(self, value).strip()


@broken("rewrites-line-ends")
class RewritesLineEnds(HonestClient):
    def text(self, value: Any) -> str:
        return re.sub("\r\n?|\n", "\r\n", HonestClient.text(self, value))


@broken("byte-order-mark")
class ByteOrderMark(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        return evolve(made, value=b"\xef\xbb\xbf" + made.value) if isinstance(value, str) else made


@broken("floats-for-integers")
class FloatsForIntegers(HonestClient):
    def text(self, value: Any) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return repr(float(value)) if is_number else HonestClient.text(self, value)


@broken("unlabelled-parts")
class UnlabelledParts(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        return evolve(HonestClient.part(self, name, value, declared), content_type=None)


@broken("renames-files")
class RenamesFiles(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        return made if made.filename is None else evolve(made, filename="upload.bin")


@broken("one-type-for-files")
class OneTypeForFiles(HonestClient):
    """Says of every file that it is what most files are."""

    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        return made if made.filename is None else evolve(made, content_type="image/png")


@broken("short-files")
class ShortFiles(HonestClient):
    """Sends no more of a file than fits into its buffer."""

    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        return made if made.filename is None else evolve(made, value=made.value[:65536])


@broken("files-as-text")
class FilesAsText(HonestClient):
    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        made = HonestClient.part(self, name, value, declared)
        if made.filename is None:
            return made
        return evolve(made, value=made.value.decode("utf-8", "replace").encode())


@broken("path-unescaped")
class PathUnescaped(HonestClient):
    def segment(self, text: str) -> str:
        return quote(text, safe="/%?#;&=+:@!$'()*,~ ") if text else text


@broken("token-in-query")
class TokenInQuery(HonestClient):
    def query(self) -> list[tuple[str, str]]:
        return [*HonestClient.query(self), ("key", self.call["token"])]


@broken("no-credentials")
class NoCredentials(HonestClient):
    def credential(self, scheme: SecurityScheme, token: str) -> Iterator[tuple[str, str]]:
        yield from ((name, text.removeprefix("Bearer ")) for name, text in HonestClient.credential(self, scheme, token))


@broken("token-to-another-host")
class TokenToAnotherHost(HonestClient):
    def trusts(self, url: str) -> bool:
        return True


@broken("follows-with-a-form")
class FollowsWithAForm(HonestClient):
    """Sends a create again, form and token and all, to wherever a 307 or a 308 says."""

    def exchange(self) -> Reply:
        reply = HonestClient.exchange(self)
        if reply.status not in (307, 308) or "location" not in reply.headers:
            return reply
        headers, body = self.body()
        url = urljoin(self.origin + self.target(), reply.headers["location"])
        return self.send(self.operation.method, url, [*self.credentials(), *headers], body)


class _Again(HonestClient):
    """Sends again what failed, whatever it was."""

    def exchange(self) -> Reply:
        try:
            reply = HonestClient.exchange(self)
        except TroubleError as trouble:
            if not self.is_worth_it(trouble):
                raise
            self.deadline = max(self.deadline, time.monotonic() + 0.2)
            return HonestClient.exchange(self)
        return HonestClient.exchange(self) if self.is_bad(reply) else reply

    def is_worth_it(self, trouble: TroubleError) -> bool:
        return False

    def is_bad(self, reply: Reply) -> bool:
        return False


@broken("retries-errors")
class RetriesErrors(_Again):
    def is_bad(self, reply: Reply) -> bool:
        return reply.status >= 500


@broken("retries-when-asked")
class RetriesWhenAsked(_Again):
    """Takes the wish of a 503 to be asked again for a proof that nothing was made."""

    def is_bad(self, reply: Reply) -> bool:
        return reply.status == 503 and "retry-after" in reply.headers


@broken("retries-cuts")
class RetriesCuts(_Again):
    def is_worth_it(self, trouble: TroubleError) -> bool:
        return trouble.kind == "connection"


@broken("retries-silence")
class RetriesSilence(_Again):
    def is_worth_it(self, trouble: TroubleError) -> bool:
        return trouble.kind == "timeout"


@broken("never-tires")
class NeverTires(HonestClient):
    def exchange(self) -> Reply:
        reply = HonestClient.exchange(self)
        for _ in range(30):
            if reply.status != 429:
                break
            reply = HonestClient.exchange(self)
        return reply
