"""Makes copies of the contract with further endpoints, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi.yaml"

_ID = {
    "name": "video_id",
    "in": "path",
    "required": True,
    "description": "Identifies the job.",
    "schema": {"type": "string"},
}
_REFUSALS = {"404": {"description": "There is no such job."}}
_SECURITY: list[dict[str, list[str]]] = [{"bearerAuth": []}]


def _json(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def with_get() -> dict[str, Any]:
    """The contract with the endpoint that reads a job: what waiting needs."""
    contract: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    contract["paths"]["/v1/videos/{video_id}"] = {
        "parameters": [_ID],
        "get": {
            "operationId": "getVideo",
            "tags": ["videos"],
            "summary": "Read a video job",
            "security": _SECURITY,
            "responses": {
                "200": _json({"$ref": "#/components/schemas/Video"}, "The job."),
                **_REFUSALS,
            },
        },
    }
    return contract


def with_everything() -> dict[str, Any]:
    """The contract with one endpoint for each kind of thing that a contract can hold."""
    contract = with_get()
    item = contract["paths"]["/v1/videos/{video_id}"]
    item["delete"] = {
        "operationId": "deleteVideo",
        "tags": ["videos"],
        "security": _SECURITY,
        "responses": {"204": {"description": "It is gone."}, **_REFUSALS},
    }
    contract["paths"]["/v1/videos"]["get"] = {
        "operationId": "listVideos",
        "tags": ["videos"],
        "security": _SECURITY,
        "parameters": [
            {"name": "limit", "in": "query", "schema": {"type": "integer"}},
            {"name": "after", "in": "query", "required": True, "schema": {"type": "string"}},
            {
                "name": "status",
                "in": "query",
                "schema": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/VideoStatus"},
                },
            },
            {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
        ],
        "responses": {"200": _json({"type": "array", "items": {"$ref": "#/components/schemas/Video"}}, "The jobs.")},
    }
    contract["paths"]["/v1/videos/{video_id}/content"] = {
        "parameters": [_ID],
        "get": {
            "operationId": "downloadContent",
            "tags": ["files"],
            "security": _SECURITY,
            "responses": {
                "200": {
                    "description": "The video.",
                    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
                },
                **_REFUSALS,
            },
        },
    }
    contract["paths"]["/v1/videos/{video_id}/remix"] = {
        "parameters": [_ID],
        "post": {
            "operationId": "remixVideo",
            "tags": ["videos"],
            "security": _SECURITY,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Remix"}}},
            },
            "responses": {
                "200": _json({"$ref": "#/components/schemas/Video"}, "The new job."),
                "4XX": _json({"$ref": "#/components/schemas/ErrorAnswer"}, "A refusal."),
            },
        },
    }
    contract["components"]["schemas"]["Remix"] = {
        "type": "object",
        "description": 'How to change it; "quoted" and \\escaped """ text.',
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "description": "What is new."},
            "strength": {"type": ["number", "null"], "description": "From 0 to 1; null: whatever."},
            "tags": {"type": "array", "items": {"type": "string"}},
            "loop": {"type": "boolean"},
            "class": {"type": "string"},
            "timeout": {"type": "integer"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Remix"}},
            "camera": {"$ref": "#/components/schemas/Camera"},
        },
    }
    contract["components"]["schemas"]["Camera"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "angle": {"type": "number"},
            "remix": {"$ref": "#/components/schemas/Remix"},
        },
    }
    return contract


def smallest() -> dict[str, Any]:
    """A contract of quite another kind: no server, no key, no tag, no refusals, no shared schemas."""
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    nested = {"type": "array", "items": {"type": "array", "items": {"type": "string"}}}
    form = {"type": "object", "required": ["files"], "properties": {"files": files, "nested": nested}}
    answer = {"type": "object", "properties": {"a": {"type": "number"}, "b": {"const": 5}}}
    raw = {"schema": {"type": "string", "format": "binary"}}
    dry_run = {"name": "dry-run", "in": "query", "schema": {"type": "boolean"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tiny thing", "version": "1"},
        "paths": {
            "/ping": {"get": {"operationId": "close", "responses": {"200": _json(answer, "Pong.")}}},
            "/raw": {
                "put": {
                    "operationId": "putRaw",
                    "parameters": [dry_run],
                    "requestBody": {"required": True, "content": {"application/octet-stream": raw}},
                    "responses": {"204": {"description": "Done."}},
                }
            },
            "/form": {
                "post": {
                    "operationId": "sendForm",
                    "requestBody": {"content": {"multipart/form-data": {"schema": form}}},
                    "responses": {"201": _json({"type": "string"}, "Made.")},
                }
            },
        },
    }


def save(contract: dict[str, Any], path: Path) -> Path:
    """Write a contract where the generator can read it."""
    path.write_text(yaml.safe_dump(contract, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path
