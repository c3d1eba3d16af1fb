"""Writes a folder that Bruno opens, with its environments and files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from conformance.contract import Contract
from scripts.generator.exports import bru_text
from scripts.generator.exports.collection import FILES, Collection
from scripts.generator.exports.example_requests import SPEND, ExamplePart, ExampleRequest, slug
from scripts.generator.exports.writing import write_json

__all__ = ["write_bruno"]

_FORMS = ("multipart", "urlencoded")
_BODIES = {"multipart": "multipartForm", "urlencoded": "formUrlEncoded", "json": "json", "octets": "file"}


def write_bruno(contract: Contract, folder: Path) -> None:
    """Write a file for each request, an environment for each address, and the files that are sent."""
    collection = Collection(contract)
    (folder / "environments").mkdir(parents=True)
    ignored = ["node_modules", ".git", FILES]
    write_json(folder / "bruno.json", {"version": "1", "name": contract.title, "type": "collection", "ignore": ignored})
    _write(folder / "collection.bru", bru_text.text("docs", collection.overview))
    for name, url in collection.environments.items():
        shown = bru_text.dictionary("vars", (("base_url", url), (SPEND, "no")))
        secret = bru_text.names("vars:secret", collection.credentials.secrets)
        _write(folder / "environments" / f"{name}.bru", shown + secret)
    for place, (title, requests) in enumerate(collection.groups, 1):
        group = folder / slug(title)
        group.mkdir()
        _write(group / "folder.bru", bru_text.dictionary("meta", (("name", title), ("seq", str(place)))))
        for number, request in enumerate(requests, 1):
            path = group / f"{slug(request.name)}.bru"
            free = path if not path.exists() else path.with_stem(f"{path.stem}-{number}")
            _write(free, _request(collection, request, number))
    collection.write_files(folder)


def _request(collection: Collection, request: ExampleRequest, number: int) -> str:
    return "\n".join(filter(None, _blocks(collection, request, number)))


def _blocks(collection: Collection, request: ExampleRequest, number: int) -> Iterator[str]:
    operation = request.operation
    sent = "&".join(f"{each.name}={_pair(request, each)[1]}" for each in request.at("query") if each.enabled)
    auth, credentials = _auth(collection, request)
    yield bru_text.dictionary("meta", (("name", request.name), ("type", "http"), ("seq", str(number))))
    yield bru_text.dictionary(
        operation.method.lower(),
        (
            ("url", f"{{{{base_url}}}}{collection.path(request)}" + (f"?{sent}" if sent else "")),
            ("body", "none" if operation.media is None else _BODIES[operation.media.kind]),
            ("auth", auth),
        ),
    )
    yield bru_text.dictionary("params:query", (_pair(request, each) for each in request.at("query")))
    yield bru_text.dictionary("headers", _headers(collection, request))
    yield credentials
    yield _body(collection, request)
    yield bru_text.text("script:pre-request", "\n".join(filter(None, (_guard(collection, request), _set(request)))))
    if request.kept is not None:
        yield bru_text.text("script:post-response", _kept(*request.kept))
    yield bru_text.text("tests", _judged(request))
    yield bru_text.text("docs", collection.told(request))


def _headers(collection: Collection, request: ExampleRequest) -> Iterator[tuple[str, str]]:
    media = request.operation.media
    if media is not None and media.kind == "json":
        yield "Content-Type", collection.content_type(request)
    for name, said, enabled, _ in collection.headers(request):
        yield bru_text.key(name, enabled=enabled), said
    found = collection.credentials.of(request.operation)
    if found is not None and found[0].location == "cookie":
        yield "Cookie", f"{found[0].parameter}={{{{{found[1][0]}}}}}"


def _auth(collection: Collection, request: ExampleRequest) -> tuple[str, str]:
    """Return the word for how a request says who calls, and the block that does."""
    found = collection.credentials.of(request.operation)
    if found is None or found[0].location == "cookie":
        return "none", ""
    scheme, variables = found
    values = [f"{{{{{name}}}}}" for name in variables]
    kind = scheme.kind.lower()
    if kind == "bearer":
        return kind, bru_text.dictionary("auth:bearer", (("token", values[0]),))
    if kind == "basic":
        return kind, bru_text.dictionary("auth:basic", zip(("username", "password"), values, strict=True))
    placement = "queryparams" if scheme.location == "query" else "header"
    given = (("key", scheme.parameter), ("value", values[0]), ("placement", placement))
    return kind, bru_text.dictionary("auth:apikey", given)


def _body(collection: Collection, request: ExampleRequest) -> str:
    media = request.operation.media
    if media is None:
        return ""
    parts = request.at("body")
    if media.kind == "multipart":
        return bru_text.dictionary("body:multipart-form", (_form_part(request, each) for each in parts))
    if media.kind == "urlencoded":
        return bru_text.dictionary("body:form-urlencoded", (_pair(request, each) for each in parts))
    if media.kind == "octets":
        file = f"@file({FILES}/{collection.filename(request, parts[0].part)})"
        return bru_text.dictionary("body:file", (("file", f"{file} @contentType({collection.content_type(request)})"),))
    return bru_text.text("body:json", collection.text(request))


def _form_part(request: ExampleRequest, each: ExamplePart) -> tuple[str, str]:
    name, shown = _pair(request, each)
    kind = each.part.content_type
    return name, shown if kind is None else f"{shown} @contentType({kind})"


def _pair(request: ExampleRequest, each: ExamplePart) -> tuple[str, str]:
    name = bru_text.key(each.name, enabled=each.enabled)
    if each.part.filename is not None:
        return name, f"@file({FILES}/{each.part.filename})"
    shown = bru_text.value(each.text)
    return name, f"{{{{{_variable(request, each)}}}}}" if shown is None else shown


def _variable(request: ExampleRequest, each: ExamplePart) -> str:
    """Name what holds a value that cannot stand in the file."""
    return f"value_{request.parts.index(each)}"


def _set(request: ExampleRequest) -> str:
    """Return the script that sets those."""
    media = request.operation.media
    pairs = [*request.at("query"), *(request.at("body") if media is not None and media.kind in _FORMS else ())]
    held = [each for each in pairs if each.part.filename is None and bru_text.value(each.text) is None]
    return "\n".join(f"bru.setVar({_quoted(_variable(request, each))}, {_quoted(each.text)});" for each in held)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _judged(request: ExampleRequest) -> str:
    return "\n".join(
        (
            'test("the status is one that the contract names", function () {',
            f"  expect(String(res.status)).to.match(/{request.statuses}/);",
            "});",
        )
    )


def _kept(variable: str, steps: tuple[str, ...]) -> str:
    """Return the script that keeps what later requests need of an answer."""
    return "\n".join(
        (
            "if (res.status >= 200 && res.status < 300) {",
            f"  const made = {json.dumps(list(steps))}.reduce((at, name) => at?.[name], res.body);",
            f"  if (made !== undefined) bru.setVar({json.dumps(variable)}, String(made));",
            "}",
        )
    )


def _guard(collection: Collection, request: ExampleRequest) -> str:
    """Return the script that sends nothing unless all that has to hold does."""
    lines = []
    for name, wanted, why in collection.conditions(request):
        known = f"(bru.getVar({_quoted(name)}) ?? bru.getEnvVar({_quoted(name)}))"
        unmet = f"{known} !== {_quoted(wanted)}" if wanted else f"!{known}"
        lines += [
            f"if ({unmet}) {{",
            f"  console.warn({json.dumps(f'not sent: {why}')});",
            "  bru.runner.skipRequest();",
            "}",
        ]
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
