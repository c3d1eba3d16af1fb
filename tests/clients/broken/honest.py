"""A small client that does everything right, in steps that broken ones replace."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from attrs import define, field, frozen

from conformance.contract import Contract, Input, Operation, SecurityScheme, Stage
from conformance.contract.members import members

Headers = list[tuple[str, str]]

HOPS = 3


class TroubleError(Exception):
    """A call that gave no value."""

    def __init__(self, kind: str, **said: Any) -> None:
        super().__init__(kind)
        self.kind = kind
        self.said = {"kind": kind, **said}


@frozen
class Reply:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@frozen
class PartOfForm:
    """One part, before it is written."""

    name: str
    value: bytes
    filename: str | None = None
    content_type: str | None = None


class PatientResponse(http.client.HTTPResponse):
    """An answer that any number of interim ones may come before."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
            if not 100 <= status < 200:
                return version, status, reason
            while self.fp.readline().strip():
                pass


@define
class HonestClient:
    """Makes one call."""

    contract: Contract
    call: Mapping[str, Any]
    sent: int = 0
    last: Reply | None = None
    origin: str = ""
    deadline: float = field(factory=time.monotonic)

    def __attrs_post_init__(self) -> None:
        self.origin = self.call["base_url"]
        self.deadline = time.monotonic() + self.call["timeout"]

    @property
    def operation(self) -> Operation:
        return self.contract.operation(self.call["operation"])

    def arguments(self, place: str) -> dict[str, Any]:
        return dict(self.call["arguments"].get(place, {}))

    def value(self) -> Any:
        return self.wait() if self.call["helper"] == "wait" else self.understood(self.exchange())

    def wait(self) -> Any:
        while time.monotonic() < self.deadline:
            value = self.looked()
            stage = self.stage(value)
            if stage == "succeeded":
                return value
            if stage == "failed":
                raise TroubleError("job", message=self.failure(value))
            time.sleep(0.02)
        raise TroubleError("timeout", message="the job goes on")

    def looked(self) -> Any:
        """Look at a job; None where that failed in a way that may pass."""
        try:
            return self.understood(self.exchange())
        except TroubleError as trouble:
            if trouble.said.get("status") in (400, 401, 403, 404):
                raise
            return None

    def failure(self, value: Any) -> str:
        known = self.operation.success.by_role("failure")
        found = None if known is None else known.read(value)[1]
        return json.dumps(found, ensure_ascii=False)

    def stage(self, value: Any) -> Stage | None:
        """Return the stage of a job; a status that is not known is one of a job that goes on."""
        for member in self.operation.success.properties:
            found = member.read(value)[1]
            if member.lifecycle is not None and isinstance(found, str):
                return member.lifecycle.stages.get(found)
        return None

    def exchange(self) -> Reply:
        """Send the request, and follow where it only reads."""
        headers, body = self.body()
        url = self.origin + self.target()
        reply = self.send(self.operation.method, url, [*self.credentials(), *self.fields(), *headers], body)
        for _ in range(HOPS):
            if not self.follows(reply):
                break
            url = urljoin(url, reply.headers["location"])
            reply = self.send("GET", url, self.credentials() if self.trusts(url) else [], b"")
        return reply

    def follows(self, reply: Reply) -> bool:
        return (
            self.operation.method == "GET" and reply.status in (301, 302, 303, 307, 308) and "location" in reply.headers
        )

    def trusts(self, url: str) -> bool:
        return url.startswith(self.origin + "/")

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Reply:
        """Send one request.

        Raises:
            TroubleError: no answer came.
        """
        self.sent += 1
        host = urlsplit(url).netloc
        connection = http.client.HTTPConnection(host, timeout=max(0.05, self.deadline - time.monotonic()))
        connection.response_class = PatientResponse
        try:
            connection.putrequest(method, url.partition(host)[2] or "/", skip_accept_encoding=True)
            for name, text in headers:
                connection.putheader(name, text.encode("utf-8"))
            if body or method not in ("GET", "HEAD", "DELETE"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            answer = connection.getresponse()
            fields = {name.lower(): text for name, text in answer.getheaders()}
            self.last = Reply(answer.status, fields, self.whole(answer))
        except TimeoutError:
            raise self.trouble("timeout", message="no answer in time") from None
        except (http.client.HTTPException, OSError) as error:
            raise self.trouble("connection", message=str(error)) from None
        finally:
            connection.close()
        return self.last

    def whole(self, answer: http.client.HTTPResponse) -> bytes:
        return answer.read()

    def trouble(self, kind: str, **said: Any) -> TroubleError:
        status = said.get("status", 0)
        certain = 400 <= status < 500 or status == 501 or self.operation.method == "GET"
        certain = certain or said.get("code") in self.nothing_made()
        return TroubleError(kind, ambiguous=not certain, repeats=self.sent - 1, **said)

    def nothing_made(self) -> list[Any]:
        """Return the codes that prove that nothing was made."""
        members = (member for refusal in self.operation.refusals for member in refusal.properties)
        return [code for member in members for code in member.schema.keywords.get("x-nothing-made", ())]

    def target(self) -> str:
        path = self.operation.path
        for name, value in self.arguments("path").items():
            (_, text), *_ = self.pairs("path", name, value)
            path = path.replace(f"{{{name}}}", self.segment(text))
        pairs = [f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in self.query()]
        return path + ("?" + "&".join(pairs) if pairs else "")

    def segment(self, text: str) -> str:
        if text in ("", ".", ".."):
            raise TroubleError("invalid_request", message="no segment of a path")
        return quote(text, safe="")

    def query(self) -> list[tuple[str, str]]:
        scheme = self.operation.scheme
        pairs = [pair for name, value in self.arguments("query").items() for pair in self.pairs("query", name, value)]
        in_query = scheme is not None and scheme.location == "query"
        return [*pairs, *([(scheme.parameter, self.call["token"])] if in_query and scheme else [])]

    def pairs(self, place: Any, name: str, value: Any) -> Iterator[tuple[str, str]]:
        """Yield what a value is outside of a body."""
        declared = next(one for one in self.operation.inputs_in(place) if one.name == name)
        if not isinstance(value, list):
            yield name, self.text(value)
        elif declared.explode and place == "query":
            yield from ((name, self.text(item)) for item in value)
        elif value:
            yield name, ",".join(map(self.text, value))

    def credentials(self) -> Headers:
        scheme, token = self.operation.scheme, self.call["token"]
        return [] if scheme is None else list(self.credential(scheme, token))

    def credential(self, scheme: SecurityScheme, token: str) -> Iterator[tuple[str, str]]:
        if scheme.location == "cookie":
            yield "Cookie", f"{scheme.parameter}={token}"
        elif scheme.location == "header":
            text = base64.b64encode(token.encode()).decode() if scheme.kind == "basic" else token
            yield scheme.parameter, f"{scheme.word} {text}".strip()

    def fields(self) -> Headers:
        found = [pair for name, value in self.arguments("header").items() for pair in self.pairs("header", name, value)]
        if any("\r" in text or "\n" in text for _, text in found):
            raise TroubleError("invalid_request", message="a line end in a header field")
        cookies = [f"{name}={quote(self.text(value))}" for name, value in self.arguments("cookie").items()]
        return [*found, *([("Cookie", "; ".join(cookies))] if cookies else [])]

    def body(self) -> tuple[Headers, bytes]:
        media, given = self.operation.media, self.call["arguments"].get("body")
        if media is None or given is None:
            return [], b""
        if media.kind == "multipart":
            return self.form([part for name, value in given.items() for part in self.parts(name, value)])
        if media.kind == "json":
            return [("Content-Type", media.name)], json.dumps(given, ensure_ascii=False).encode()
        if media.kind == "urlencoded":
            pairs = [pair for name, value in given.items() for pair in self.items(name, value)]
            text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
            return [("Content-Type", media.name)], text.encode()
        whole = given.encode() if isinstance(given, str) else base64.b64decode(given["$file"]["base64"])
        return [("Content-Type", media.name)], whole

    def items(self, name: str, value: Any) -> Iterator[tuple[str, str]]:
        yield from ((name, self.text(item)) for item in (value if isinstance(value, list) else [value]))

    def form(self, parts: list[PartOfForm]) -> tuple[Headers, bytes]:
        boundary = self.boundary()
        written = b"".join(f"--{boundary}\r\n".encode() + self.written(part) + b"\r\n" for part in parts)
        return [("Content-Type", f"multipart/form-data; boundary={boundary}")], written + f"--{boundary}--\r\n".encode()

    def boundary(self) -> str:
        return secrets.token_hex(16)

    def written(self, part: PartOfForm) -> bytes:
        lines = [f'Content-Disposition: form-data; name="{self.quoted(part.name)}"']
        if part.filename is not None:
            lines[0] += f'; filename="{self.quoted(part.filename)}"'
        if part.content_type is not None:
            lines.append(f"Content-Type: {part.content_type}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + part.value

    def quoted(self, text: str) -> str:
        return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

    def parts(self, name: str, value: Any) -> Iterator[PartOfForm]:
        declared = self.operation.field(name)
        if isinstance(value, list):
            for item in value:
                yield self.part(name, item, declared)
        else:
            yield self.part(name, value, declared)

    def part(self, name: str, value: Any, declared: Input | None) -> PartOfForm:
        if isinstance(value, dict) and "$file" in value:
            file = value["$file"]
            kinds = [kind for kind in (declared.content_types if declared else ()) if "*" not in kind]
            kind = file.get("content_type") or next((kind for kind in kinds if kind != "text/plain"), None)
            data = base64.b64decode(file["base64"])
            return PartOfForm(name, data, file.get("filename", "file"), kind or "application/octet-stream")
        if isinstance(value, dict | list):
            return PartOfForm(name, self.json_text(value).encode(), None, "application/json")
        return PartOfForm(name, self.text(value).encode())

    def json_text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def text(self, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return value if isinstance(value, str) else json.dumps(value)

    def understood(self, reply: Reply) -> Any:
        """Return what an answer says.

        Raises:
            TroubleError: it is an error.
        """
        if not self.is_success(reply):
            raise self.refused(reply)
        kind = reply.headers.get("content-type", "")
        success = self.operation.success
        if not success.media:
            return {}
        if success.schema is None:
            if not any(kind.startswith(media.rstrip("*")) for media in success.media_types):
                raise self.unreadable(reply)
            if kind.startswith("text/"):
                return reply.body.decode()
            return {"$file": {"base64": base64.b64encode(reply.body).decode()}}
        return self.read(reply)

    def is_success(self, reply: Reply) -> bool:
        return 200 <= reply.status < 300

    def read(self, reply: Reply) -> Any:
        try:
            value = json.loads(reply.body)
        except ValueError:
            raise self.unreadable(reply) from None
        schema = self.operation.success.schema
        if schema is not None and schema.types and "object" not in schema.types and schema.is_valid(value):
            return value
        if not isinstance(value, dict):
            raise self.unreadable(reply)
        if "error" in value and value["error"] is not None and self.identity(value) is None:
            raise self.refused(reply)
        if self.identity(value) is None or (schema is not None and schema.required and not value):
            raise self.unreadable(reply)
        return value

    def identity(self, value: Any) -> Any:
        known = self.operation.success.by_role("id")
        return True if known is None else known.read(value)[1]

    def refused(self, reply: Reply) -> TroubleError:
        try:
            body = json.loads(reply.body)
        except ValueError:
            body = {}
        inner = body.get("error") if isinstance(body, dict) else None
        said = inner if isinstance(inner, dict) else body if isinstance(body, dict) else {}
        message = said.get("message") or (inner if isinstance(inner, str) else None)
        text = message if isinstance(message, str) else reply.body[:200].decode("utf-8", "replace")
        return self.trouble(
            "http", status=reply.status, code=self.code(body), message=text, request_id=self.request_id(reply)
        )

    def code(self, body: Any) -> Any:
        """Return the code of an error, in whichever of its places it stands."""
        schemas = (refusal.schema for refusal in self.operation.refusals if refusal.schema is not None)
        paths = (path for schema in schemas for path, member in members(schema) if member.role == "error-code")
        found = (
            reduce(lambda value, name: value.get(name) if isinstance(value, dict) else None, path, body)
            for path in paths
        )
        return next((code for code in found if code is not None), None)

    def unreadable(self, reply: Reply) -> TroubleError:
        return self.trouble(
            "invalid_answer", status=reply.status, message="cannot be read", request_id=self.request_id(reply)
        )

    def request_id(self, reply: Reply) -> str | None:
        names = {
            name.lower()
            for response in self.operation.responses
            for name, header in response.headers.items()
            if header.role == "request-id"
        }
        return next((reply.headers[name] for name in names if name in reply.headers), None)


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
