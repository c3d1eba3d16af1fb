"""The contract in a few words that a server in any language can read: what a team would have taken from its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.contract import Contract, Input, Schema
from conformance.contract.instance import instance

__all__ = ["terms"]


def terms(contract: Contract, token: str, jobs: Path) -> str:
    """Return them as JSON; `jobs` is the file to which a server adds a line for every job that it makes."""
    create = contract.billable[0]
    success, refusal = create.success, create.response(400)
    assert create.media is not None
    assert create.scheme is not None
    assert success.schema is not None
    assert refusal is not None
    names = {role: found.name for role in ("id", "created-time") if (found := success.by_role(role))}
    error = refusal.by_role("error")
    assert error is not None
    return json.dumps(
        {
            "method": create.method,
            "path": create.path,
            "media_type": create.media.name,
            "scheme": create.scheme.word,
            "token": token,
            "fields": {declared.name: rule(declared) for declared in create.fields},
            "status": success.status,
            "job": instance(success.schema),
            "id": names["id"],
            "created": names["created-time"],
            "echoes": {found.name: found.echoes for found in success.properties if found.echoes},
            "error": error.name,
            "jobs": str(jobs),
        }
    )


def rule(declared: Input) -> dict[str, Any]:
    """What a server has to know of one field."""
    should = {key: value for key, value in (declared.schema.should or {}).items() if key in ("minimum", "minLength")}
    listed = {"enum": values} if (values := declared.schema.keywords.get("enum")) else {}
    return {"kind": kind(declared.schema), "required": declared.required, **should, **listed}


def kind(schema: Schema) -> str:
    """How its values are read."""
    if len(schema.branches) > 1:
        return "any"
    if schema.is_file:
        return "file"
    if schema.items is not None:
        return "objects" if schema.items.types == {"object"} else "texts"
    return {"object": "object", "integer": "integer"}.get(next(iter(schema.types)), "text")
