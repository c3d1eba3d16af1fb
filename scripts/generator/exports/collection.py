"""What collections of requests have in common, whichever tool sends them: files, variables, environments and words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlsplit

from attrs import field, frozen

from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.requests import write_headers
from conformance.bodies.sample_files import sample_file
from conformance.contract import Contract
from conformance.contract.document import tokens
from conformance.contract.node import Node
from scripts.generator.exports.credentials_sent import SentCredentials
from scripts.generator.exports.example_requests import SPEND, ExampleRequest, example_requests, slug

__all__ = ["LOCAL", "Collection"]

LOCAL = "http://127.0.0.1:8000"
"""Where ./scripts/serve listens: what nobody has told another address goes there, and costs nothing."""

FILES = "files"


@frozen(slots=False)
class Collection:
    """The requests of a contract, and what they need."""

    contract: Contract = field(repr=False)

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[ExampleRequest, ...]], ...]:
        """The requests for each operation."""
        return example_requests(self.contract)

    @cached_property
    def credentials(self) -> SentCredentials:
        """How they say who calls."""
        return SentCredentials(self.contract)

    @cached_property
    def environments(self) -> Mapping[str, str]:
        """Base addresses by name: the reference server's own, and those of the contract."""
        urls = (url.rstrip("/") for url in self.contract.servers)
        named = {slug(urlsplit(url).netloc): url for url in urls if url.startswith("http") and "{" not in url}
        return {"local": LOCAL, **named}

    @property
    def overview(self) -> str:
        """What whoever opens it has to know before anything is sent."""
        costly = [f"*{title}*" for title, requests in self.groups if any(each.operation.billable for each in requests)]
        said = (
            f"Version {self.contract.version} of the contract.",
            "The environment says where requests go, and holds the secrets.",
            f"These cost money: {', '.join(costly)}. They are sent only while the variable `{SPEND}` is `yes`."
            if costly
            else "",
        )
        return " ".join(filter(None, said))

    def write_files(self, folder: Path) -> None:
        """Write the files that the requests send."""
        found = dict(self._files())
        if found:
            (folder / FILES).mkdir()
        for name, value in sorted(found.items()):
            (folder / FILES / name).write_bytes(value)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for _, requests in self.groups:
            for request in requests:
                for each in request.at("body"):
                    if (name := self.filename(request, each.part)) is not None:
                        yield name, each.part.value

    def filename(self, request: ExampleRequest, part: Part) -> str | None:
        """Return the name of the file that a part of a body is read from, if it is one."""
        media = request.operation.media
        if part.filename is not None or media is None:
            return part.filename
        return sample_file((media.name,)).filename if media.kind == "octets" else None

    def headers(self, request: ExampleRequest) -> Iterator[tuple[str, str, bool, str]]:
        """Yield name, value, whether it is sent, and what it is for, of each header that carries a parameter."""
        for each in request.at("header"):
            yield each.part.name or "", each.part.value.decode("latin-1"), each.enabled, each.says
        cookies = [each for each in request.at("cookie") if each.enabled]
        for name, value in write_headers(each.part for each in cookies):
            yield name, value, True, " ".join(each.says for each in cookies)

    def text(self, request: ExampleRequest) -> str:
        """Return a body that is a text, as it is sent."""
        media = request.operation.media
        if media is None:
            return ""
        sent = [part for part in request.sent if part.location == "body"]
        written = codec(media).encode(media, sent, Framing()).decode()
        return json.dumps(json.loads(written), indent=2, ensure_ascii=False) if media.kind == "json" else written

    def content_type(self, request: ExampleRequest) -> str:
        """Return what a body is announced as, where that is not the tool's to say."""
        media = request.operation.media
        return "" if media is None else codec(media).content_type(media, Framing())

    def path(self, request: ExampleRequest) -> str:
        """Return the path with values, and variables in double braces."""
        path = request.path
        for each in request.at("path"):
            if each.part.name not in request.variables:
                path = path.replace(f"{{{each.part.name}}}", quote(each.part.value, safe=""))
        return path

    def conditions(self, request: ExampleRequest) -> Iterator[tuple[str, str, str]]:
        """Yield what has to hold before a request is sent: a variable, its value (empty: any), and what to say."""
        if request.operation.billable:
            yield SPEND, "yes", f"it costs money; set the variable {SPEND} to yes"
        for name in dict.fromkeys(request.variables.values()):
            yield name, "", f"the variable {name} is empty; send the request that makes one first, or set it"

    def told(self, request: ExampleRequest) -> str:
        """Return what a request does, and what it costs."""
        place = Node.root(self.contract.document).at(*tokens(request.operation.pointer))
        text = str(place.get("description") or place.get("summary") or "").strip()
        return "\n\n".join(filter(None, (text, _COSTS if request.operation.billable else "")))


_COSTS = (
    f"**Costs money** where it is accepted, unless the server is one that makes nothing. It is sent only while the "
    f"variable `{SPEND}` is `yes`."
)
