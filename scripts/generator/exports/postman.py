"""Writes a Postman collection (format 2.1) with its environments and files."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.contract import Contract
from scripts.generator.exports.collection import FILES, LOCAL, Collection
from scripts.generator.exports.example_requests import SPEND, ExamplePart, ExampleRequest
from scripts.generator.exports.writing import write_json

__all__ = ["write_postman"]

_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def write_postman(contract: Contract, folder: Path) -> None:
    """Write the collection, an environment for each address, and the files that are sent."""
    folder.mkdir()
    collection = Collection(contract)
    write_json(folder / "collection.json", _collection(collection))
    for name, url in collection.environments.items():
        write_json(folder / f"{name}.environment.json", _environment(collection, name, url))
    collection.write_files(folder)


def _collection(collection: Collection) -> dict[str, Any]:
    contract = collection.contract
    text = f"{collection.overview} Files are looked for in this folder: make it the working directory."
    return {
        "info": {"_postman_id": _id(contract), "name": contract.title, "description": text, "schema": _SCHEMA},
        "item": [
            {"name": title, "item": [_item(collection, request) for request in requests]}
            for title, requests in collection.groups
        ],
        "variable": [
            {"key": "base_url", "value": LOCAL},
            {"key": SPEND, "value": "no"},
            *({"key": name, "value": ""} for name in sorted(_kept(collection))),
        ],
    }


def _environment(collection: Collection, name: str, url: str) -> dict[str, Any]:
    given = {"base_url": url, SPEND: "no"}
    return {
        "id": _id(collection.contract, name),
        "name": f"{collection.contract.title}: {name}",
        "values": [
            *({"key": key, "value": value, "type": "default", "enabled": True} for key, value in given.items()),
            *({"key": key, "value": "", "type": "secret", "enabled": True} for key in collection.credentials.secrets),
        ],
        "_postman_variable_scope": "environment",
    }


def _item(collection: Collection, request: ExampleRequest) -> dict[str, Any]:
    events = [("prerequest", _guard(collection, request)), ("test", _judged(request))]
    made: dict[str, Any] = {
        "name": request.name,
        "event": [
            {"listen": listen, "script": {"type": "text/javascript", "exec": script.splitlines()}}
            for listen, script in events
            if script
        ],
        "request": {
            "method": request.operation.method,
            "header": list(_headers(collection, request)),
            "auth": _auth(collection, request),
            "url": _url(collection, request),
            "description": collection.told(request),
        },
        "response": [],
    }
    if (body := _body(collection, request)) is not None:
        made["request"]["body"] = body
    return made


def _headers(collection: Collection, request: ExampleRequest) -> Iterator[dict[str, Any]]:
    media = request.operation.media
    if media is not None and media.kind in ("json", "octets"):
        yield {"key": "Content-Type", "value": collection.content_type(request)}
    for name, value, enabled, says in collection.headers(request):
        yield _pair(name, value, enabled=enabled, says=says)
    found = collection.credentials.of(request.operation)
    if found is not None and found[0].location == "cookie":
        yield {"key": "Cookie", "value": f"{found[0].parameter}={{{{{found[1][0]}}}}}"}


def _auth(collection: Collection, request: ExampleRequest) -> dict[str, Any]:
    found = collection.credentials.of(request.operation)
    if found is None or found[0].location == "cookie":
        return {"type": "noauth"}
    scheme, names = found
    values = [f"{{{{{name}}}}}" for name in names]
    if scheme.kind == "bearer":
        given = {"token": values[0]}
    elif scheme.kind == "basic":
        given = dict(zip(("username", "password"), values, strict=True))
    else:
        given = {"key": scheme.parameter, "value": values[0], "in": scheme.location}
    kind = scheme.kind.lower()
    return {"type": kind, kind: [{"key": key, "value": value, "type": "string"} for key, value in given.items()]}


def _url(collection: Collection, request: ExampleRequest) -> dict[str, Any]:
    path = collection.path(request)
    query = [_pair(each.name, each.text, enabled=each.enabled, says=each.says) for each in request.at("query")]
    sent = "&".join(f"{pair['key']}={pair['value']}" for pair in query if not pair.get("disabled"))
    raw = f"{{{{base_url}}}}{path}" + (f"?{sent}" if sent else "")
    return {
        "raw": raw,
        "host": ["{{base_url}}"],
        "path": path.strip("/").split("/"),
        **({"query": query} if query else {}),
    }


def _body(collection: Collection, request: ExampleRequest) -> dict[str, Any] | None:
    media = request.operation.media
    if media is None:
        return None
    parts = request.at("body")
    if media.kind == "multipart":
        return {"mode": "formdata", "formdata": [_form_part(each) for each in parts]}
    if media.kind == "urlencoded":
        pairs = [_pair(each.name, each.text, enabled=each.enabled, says=each.says) for each in parts]
        return {"mode": "urlencoded", "urlencoded": pairs}
    if media.kind == "octets":
        return {"mode": "file", "file": {"src": f"{FILES}/{collection.filename(request, parts[0].part)}"}}
    return {"mode": "raw", "raw": collection.text(request), "options": {"raw": {"language": "json"}}}


def _form_part(each: ExamplePart) -> dict[str, Any]:
    part = each.part
    kept = {} if part.content_type is None else {"contentType": part.content_type}
    if part.filename is not None:
        given: dict[str, Any] = {"type": "file", "src": f"{FILES}/{part.filename}"}
    else:
        given = {"type": "text", "value": each.text}
    return {"key": each.name, **given, **kept, **_noted(enabled=each.enabled, says=each.says)}


def _pair(name: str, value: str, *, enabled: bool, says: str) -> dict[str, Any]:
    return {"key": name, "value": value, **_noted(enabled=enabled, says=says)}


def _noted(*, enabled: bool, says: str) -> dict[str, Any]:
    return {**({} if enabled else {"disabled": True}), **({"description": says} if says else {})}


def _judged(request: ExampleRequest) -> str:
    """Return the script that looks at an answer: its status, and what later requests need of it."""
    lines = [
        'pm.test("the status is one that the contract names", () => {',
        f"  pm.expect(String(pm.response.code)).to.match(/{request.statuses}/);",
        "});",
    ]
    if request.kept is not None:
        variable, steps = request.kept
        lines += [
            "if (pm.response.code >= 200 && pm.response.code < 300) {",
            f"  const made = {json.dumps(list(steps))}.reduce((at, name) => at?.[name], pm.response.json());",
            f"  if (made !== undefined) pm.collectionVariables.set({json.dumps(variable)}, String(made));",
            "}",
        ]
    return "\n".join(lines)


def _guard(collection: Collection, request: ExampleRequest) -> str:
    """Return the script that sends nothing unless all that has to hold does."""
    lines = []
    for name, value, why in collection.conditions(request):
        unmet = (
            f"pm.variables.get({json.dumps(name)}) !== {json.dumps(value)}"
            if value
            else f"!pm.variables.get({json.dumps(name)})"
        )
        lines += [
            f"if ({unmet}) {{",
            f"  console.warn({json.dumps(f'not sent: {why}')});",
            "  pm.execution.skipRequest();",
            "}",
        ]
    return "\n".join(lines)


def _kept(collection: Collection) -> set[str]:
    return {request.kept[0] for _, requests in collection.groups for request in requests if request.kept is not None}


def _id(contract: Contract, *more: str) -> str:
    """Return an identifier that is always the same for the same contract."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((contract.title, contract.version.partition(".")[0], *more))))
