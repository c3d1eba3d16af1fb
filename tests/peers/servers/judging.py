"""What the Python servers share: the contract's terms, the judgement of a decoded form, and the making of jobs."""

from __future__ import annotations

import hmac
import json
import os
import re
import time
import uuid
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "ALLOW",
    "CHALLENGE",
    "TERMS",
    "Refusal",
    "is_authorised",
    "is_form",
    "job_for",
    "make_job",
    "refusal",
]

TERMS: Mapping[str, Any] = json.loads(Path(os.environ["PEER_TERMS"]).read_text(encoding="utf-8"))
CHALLENGE = {"WWW-Authenticate": TERMS["scheme"]}
ALLOW = {"Allow": TERMS["method"]}
INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")


class Refusal(ValueError):
    """The form is none that the contract allows; the message says why."""


def refusal(reason: str) -> dict[str, str]:
    """The body of a refusal."""
    return {TERMS["error"]: reason}


def is_authorised(header: str | None) -> bool:
    """Whether an `Authorization` header carries the key; the scheme's case does not matter (RFC 9110, 11.1)."""
    scheme, _, given = (header or "").partition(" ")
    expected = TERMS["token"].encode()
    return scheme.lower() == TERMS["scheme"].lower() and hmac.compare_digest(
        given.strip(" ").encode(errors="replace"), expected
    )


def is_form(content_type: str | None) -> bool:
    """Whether a body is announced as the form that the contract asks for."""
    return (content_type or "").partition(";")[0].strip().lower() == TERMS["media_type"]


def job_for(texts: Mapping[str, Sequence[str]], files: Collection[str]) -> dict[str, Any]:
    """Judge a decoded form, and make the job that it asks for.

    Args:
        texts: the values of each field that came without a filename.
        files: the names of the fields that came with one.

    Raises:
        Refusal: the contract forbids the form.
    """
    for name, rule in TERMS["fields"].items():
        _check(name, rule, texts.get(name, ()), name in files)
    return make_job(texts)


def make_job(texts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Make the job that a form asks for, and add it to the file that counts them."""
    job = {**TERMS["job"], TERMS["id"]: uuid.uuid4().hex, TERMS["created"]: time.time_ns() // 1_000_000}
    for member, sources in TERMS["echoes"].items():
        sent = [texts[source][0] for source in sources if source in texts]
        job.pop(member, None)
        if sent:
            job[member] = sent[0]
    with Path(TERMS["jobs"]).open("a", encoding="utf-8") as jobs:
        jobs.write(f"{job[TERMS['id']]}\n")
    return job


def _check(name: str, rule: Mapping[str, Any], given: Sequence[str], is_file: bool) -> None:  # noqa: FBT001 - one caller
    kind = rule["kind"]
    if not given and not is_file:
        if rule["required"]:
            raise Refusal(f"{name} is required")
        return
    if is_file != (kind == "file") and kind != "any":
        raise Refusal(f"{name} must {'not ' if is_file else ''}be a file")
    if len(given) > 1 and kind not in ("texts", "objects"):
        raise Refusal(f"{name} was given more than once")
    if kind in ("text", "integer"):
        _check_text(name, rule, given[0])
    elif kind in ("object", "objects"):
        _check_json(name, kind, [_parsed(name, text) for text in given])


def _check_text(name: str, rule: Mapping[str, Any], text: str) -> None:
    if rule["kind"] == "integer" and not INTEGER.fullmatch(text):
        raise Refusal(f"{name} must be an integer")
    if "minimum" in rule and int(text) < rule["minimum"]:
        raise Refusal(f"{name} must be {rule['minimum']} or more")
    if len(text.strip()) < rule.get("minLength", 0):
        raise Refusal(f"{name} must not be blank")
    if "enum" in rule and text not in rule["enum"]:
        raise Refusal(f"{name} is none of the values that are listed")


def _check_json(name: str, kind: str, values: list[Any]) -> None:
    if kind == "objects" and len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    if not all(isinstance(value, dict) for value in values):
        raise Refusal(f"{name} must be {'an object' if kind == 'object' else 'a list of objects'}")


def _parsed(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal(f"{name} is not JSON") from None
