"""Lets openai-python be judged as it is: what its own methods take and give, with the settings that it comes with."""

from __future__ import annotations

import base64
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import openai

CLIENT = openai.OpenAI(api_key="none yet", base_url="http://none.yet")
FILES = {"input_reference"}
CALLS: Mapping[tuple[str, str | None], Callable[[openai.OpenAI, dict[str, Any]], Any]] = {
    ("createVideo", None): lambda client, arguments: create(client, arguments["body"]),
    ("retrieveVideo", None): lambda client, arguments: client.videos.retrieve(*arguments["path"].values()),
    ("retrieveVideo", "wait"): lambda client, arguments: client.videos.poll(*arguments["path"].values()),
    ("downloadVideoContent", None): lambda client, arguments: client.videos.download_content(*arguments["path"].values()),
}
# The first class that fits says what went wrong: its own exceptions stand first, then those that get past it.
KINDS: Mapping[type[Exception], str] = {
    openai.APIStatusError: "http",
    openai.APITimeoutError: "timeout",
    openai.APIConnectionError: "connection",
    openai.APIResponseValidationError: "invalid_answer",
    json.JSONDecodeError: "invalid_answer",
    httpx2.TimeoutException: "timeout",
    httpx2.TransportError: "connection",
    httpx2.DecodingError: "invalid_answer",
    Exception: "invalid_request",
}


def create(client: openai.OpenAI, body: dict[str, Any]) -> Any:
    """What its method has no argument for, or none of that type, goes into `extra_body`, as its README says."""
    known = inspect.signature(client.videos.create).parameters
    takes = {name for name, value in body.items() if name in known and not (name in FILES and isinstance(value, str))}
    more = {name: value for name, value in body.items() if name not in takes}
    if "$file" in json.dumps(more):
        raise NotImplementedError("a file in a field that videos.create does not name: extra_body takes none")
    return client.videos.create(**{name: given(body[name]) for name in takes}, extra_body=more or None)


def given(value: Any) -> Any:
    """A file is its bytes, or a tuple with what else is known of it."""
    if not isinstance(value, dict) or "$file" not in value:
        return value
    file = value["$file"]
    known = (file.get("filename"), base64.b64decode(file["base64"]), file.get("content_type"))
    return known if known[2] else known[:2] if known[0] else known[1]


def result(call: dict[str, Any]) -> dict[str, Any]:
    """What comes of a call."""
    made = CALLS.get((call["operation"], call["helper"]))
    if made is None:
        return {"outcome": "unsupported", "why": f"it has no {call['helper'] or call['operation']}"}
    options = {"api_key": call["token"], "base_url": f"{call['base_url']}/v1", "timeout": call["timeout"]}
    try:
        value = made(CLIENT.with_options(**options), call["arguments"])
        if isinstance(value, openai.BaseModel):
            return {"outcome": "value", "value": value.to_dict(mode="json"), "request_id": value._request_id}  # noqa: SLF001 - public, says its README
        held = value if isinstance(value, str) else {"$file": {"base64": base64.b64encode(value.read()).decode()}}
    except NotImplementedError as error:
        return {"outcome": "unsupported", "why": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is asked for
        kind = next(kind for raised, kind in KINDS.items() if isinstance(error, raised))
        told = {name: getattr(error, known, None) for name, known in (("status", "status_code"), ("request_id",) * 2)}
        return {"outcome": "error", "error": {"kind": kind, "message": f"{type(error).__name__}: {error}", **told}}
    return {"outcome": "value", "value": held}


if __name__ == "__main__":
    for message in map(json.loads, sys.stdin.buffer):
        if message["type"] == "bye":
            break
        client = {"name": "openai-python", "version": openai.__version__, "language": "python"}
        said = {"protocol": 1, "client": client} if message["type"] == "hello" else {"id": message["id"], **result(message)}
        print(json.dumps({"type": message["type"].replace("call", "result"), **said}), flush=True)
