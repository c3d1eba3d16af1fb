"""Contracts that are not the project's own, for the reference server to serve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Contract, default_path, load


def _of_create_alone() -> tuple[Any, str]:
    document = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    path = next(path for path, item in document["paths"].items() if item.get("post", {}).get("x-billable"))
    document["paths"] = {path: document["paths"][path]}
    return document, path


def create_alone(path: Path) -> Contract:
    """Return the project's contract with nothing but the operation that costs."""
    document, _ = _of_create_alone()
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)


def widened(path: Path) -> Contract:
    """Return the project's operation that costs, and ways to look a job up, fetch its result and make another."""
    document, create_path = _of_create_alone()
    create = document["paths"][create_path]["post"]
    success, missing = create["responses"]["200"], create["responses"]["400"]
    parameter = {"name": "job", "in": "path", "required": True, "schema": {"type": "string"}}
    secured = {"parameters": [parameter], "security": create["security"]}
    binary = {"description": "The result.", "content": {"video/mp4": {}}}
    document["paths"][create_path + "/{job}"] = {
        "get": {**secured, "operationId": "lookUp", "responses": {"200": success, "404": missing}}
    }
    document["paths"][create_path + "/{job}/result"] = {
        "get": {**secured, "operationId": "fetch", "responses": {"200": binary, "404": missing, "409": missing}}
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["text"]}}}, "required": True}
    document["paths"][create_path + "/{job}/again"] = {
        "post": {
            **secured, "operationId": "again", "requestBody": body,
            "responses": {"200": success, "400": missing, "404": missing},
        }
    }  # fmt: skip
    document["paths"]["/health"] = {
        "get": {
            "operationId": "health",
            "security": [],
            "responses": {
                "200": {
                    "description": "Fine.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["up", "notes"],
                                "properties": {"up": {"const": True}, "notes": {"type": "array"}},
                            }
                        }
                    },
                },
                "503": missing,
            },
        }
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)


DATA = Path(__file__).with_name("data")


def contract_named(name: str) -> Contract:
    """Return one of the contracts in `data`."""
    return load(DATA / f"{name}.yaml")


def contract_of(name: str, change: Callable[[Any], object], path: Path) -> Contract:
    """Return one of the contracts in `data` after a change, written to a path."""
    document = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)
