"""Writes a folder that Bruno opens, with its environments and files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from conformance.contract import Contract
from scripts.generator.exports.collection import FILES, Collection
from scripts.generator.exports.example_requests import SPEND, ExamplePart, ExampleRequest, slug
from scripts.generator.exports.writing import write_json

__all__ = ["write_bruno"]

_BODIES = {"multipart": "multipartForm", "urlencoded": "formUrlEncoded", "json": "json", "octets": "file"}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


def write_bruno(contract: Contract, folder: Path) -> None:
    """Write a file for each request, an environment for each address, and the files that are sent."""
    collection = Collection(contract)
    (folder / "environments").mkdir(parents=True)
    ignored = ["node_modules", ".git", FILES]
    write_json(folder / "bruno.json", {"version": "1", "name": contract.title, "type": "collection", "ignore": ignored})
    _write(folder / "collection.bru", _text("docs", collection.overview))
    for name, url in collection.environments.items():
        text = _block("vars", (("base_url", url), (SPEND, "no"))) + _listed(collection.credentials.secrets)
        _write(folder / "environments" / f"{name}.bru", text)
    for place, (title, requests) in enumerate(collection.groups, 1):
        group = folder / slug(title)
        group.mkdir()
        _write(group / "folder.bru", _block("meta", (("name", title), ("seq", str(place)))))
        for number, request in enumerate(requests, 1):
            _write(group / f"{slug(request.name)}.bru", _request(collection, request, number))
    collection.write_files(folder)


def _request(collection: Collection, request: ExampleRequest, number: int) -> str:
    return "\n".join(filter(None, _blocks(collection, request, number)))


def _blocks(collection: Collection, request: ExampleRequest, number: int) -> Iterator[str]:
    operation = request.operation
    query = [(each, each.part.value.decode()) for each in request.at("query")]
    sent = "&".join(f"{each.part.name}={value}" for each, value in query if each.enabled)
    auth, credentials = _auth(collection, request)
    yield _block("meta", (("name", request.name), ("type", "http"), ("seq", str(number))))
    yield _block(
        operation.method.lower(),
        (
            ("url", f"{{{{base_url}}}}{collection.path(request)}" + (f"?{sent}" if sent else "")),
            ("body", "none" if operation.media is None else _BODIES[operation.media.kind]),
            ("auth", auth),
        ),
    )
    yield _block("params:query", (_pair(each, value) for each, value in query))
    yield _block("headers", _headers(collection, request))
    yield credentials
    yield _body(collection, request)
    yield _text("script:pre-request", _guard(collection, request))
    if request.kept is not None:
        yield _text("script:post-response", _kept(*request.kept))
    yield _text("tests", _judged(request))
    yield _text("docs", collection.told(request))


def _headers(collection: Collection, request: ExampleRequest) -> Iterator[tuple[str, str]]:
    media = request.operation.media
    if media is not None and media.kind == "json":
        yield "Content-Type", collection.content_type(request)
    for name, value, enabled, _ in collection.headers(request):
        yield f"{'' if enabled else '~'}{_name(name)}", value
    found = collection.credentials.of(request.operation)
    if found is not None and found[0].location == "cookie":
        yield "Cookie", f"{found[0].parameter}={{{{{found[1][0]}}}}}"


def _auth(collection: Collection, request: ExampleRequest) -> tuple[str, str]:
    """Return the word for how a request says who calls, and the block that does."""
    found = collection.credentials.of(request.operation)
    if found is None or found[0].location == "cookie":
        return "none", ""
    scheme, names = found
    values = [f"{{{{{name}}}}}" for name in names]
    kind = scheme.kind.lower()
    if kind == "bearer":
        return kind, _block("auth:bearer", (("token", values[0]),))
    if kind == "basic":
        return kind, _block("auth:basic", zip(("username", "password"), values, strict=True))
    placement = "queryparams" if scheme.location == "query" else "header"
    given = (("key", scheme.parameter), ("value", values[0]), ("placement", placement))
    return kind, _block("auth:apikey", given)


def _body(collection: Collection, request: ExampleRequest) -> str:
    media = request.operation.media
    if media is None:
        return ""
    parts = request.at("body")
    if media.kind == "multipart":
        return _block("body:multipart-form", map(_form_part, parts))
    if media.kind == "urlencoded":
        return _block("body:form-urlencoded", (_pair(each, each.part.value.decode()) for each in parts))
    if media.kind == "octets":
        file = f"@file({FILES}/{collection.filename(request, parts[0].part)})"
        return _block("body:file", (("file", f"{file} @contentType({collection.content_type(request)})"),))
    return _text("body:json", collection.text(request))


def _form_part(each: ExamplePart) -> tuple[str, str]:
    part = each.part
    value = part.value.decode() if part.filename is None else f"@file({FILES}/{part.filename})"
    name, shown = _pair(each, value)
    return name, shown if part.content_type is None else f"{shown} @contentType({part.content_type})"


def _pair(each: ExamplePart, value: str) -> tuple[str, str]:
    return f"{'' if each.enabled else '~'}{_name(each.part.name or '')}", _value(value)


def _name(name: str) -> str:
    """Write a key; one that is more than letters and digits stands in quotes."""
    return name if name and set(name) <= _PLAIN else json.dumps(name, ensure_ascii=False)


def _value(value: str) -> str:
    """Write a value; one of several lines stands between three quotes."""
    return f"'''\n{value}\n'''" if "\n" in value else value


def _block(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    lines = [f"{key}: {value}" for key, value in pairs]
    return f"{name} {{\n{_indented(lines)}}}\n" if lines else ""


def _text(name: str, text: str) -> str:
    return f"{name} {{\n{_indented(text.splitlines())}}}\n" if text else ""


def _listed(names: Iterable[str]) -> str:
    lines = ",\n".join(f"  {name}" for name in names)
    return f"vars:secret [\n{lines}\n]\n" if lines else ""


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"  {line}\n" if line else "\n" for text in lines for line in text.split("\n"))


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
    for name, value, why in collection.conditions(request):
        known = f"(bru.getVar({json.dumps(name)}) ?? bru.getEnvVar({json.dumps(name)}))"
        unmet = f"{known} !== {json.dumps(value)}" if value else f"!{known}"
        lines += [
            f"if ({unmet}) {{",
            f"  console.warn({json.dumps(f'not sent: {why}')});",
            "  bru.runner.skipRequest();",
            "}",
        ]
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
