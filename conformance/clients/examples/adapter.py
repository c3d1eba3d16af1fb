"""Drives aiid_videos for `videos-conformance client`; with --async, its asynchronous client."""

import asyncio
import base64
import inspect
import io
import json
import re
import sys
from typing import Any

import attrs

import aiid_videos
from aiid_videos import errors

CLIENT: Any = aiid_videos.AsyncVideosClient if "--async" in sys.argv else aiid_videos.VideosClient
HELLO = {"name": "aiid-videos", "version": aiid_videos.__version__, "language": "python"}
TOLD = ("message", "code", "request_id", "ambiguous", "repeats")
KINDS: dict[str, Any] = {
    "timeout": (errors.TimedOutError, errors.WaitTimedOutError), "job": errors.JobError,
    "connection": errors.TransportError, "invalid_answer": errors.UndecodableAnswerError,
    "http": errors.AnswerError, "invalid_request": (TypeError, ValueError),
}  # fmt: skip


def given(value: Any) -> Any:
    if not isinstance(value, dict) or "$file" not in value:
        return [given(item) for item in value] if isinstance(value, list) else value
    file, data = value["$file"], base64.b64decode(value["$file"]["base64"])
    return (file["filename"], data, file.get("content_type")) if "filename" in file else data


def shown(value: Any) -> Any:
    if not attrs.has(type(value)):
        return [shown(item) for item in value] if isinstance(value, list | tuple) else value
    named = {name: shown(getattr(value, name)) for name in attrs.fields_dict(type(value)) if name != "raw"}
    return {**named.pop("additional_properties", {}), **named}


async def made(call: dict[str, Any]) -> dict[str, Any]:
    client, sink = CLIENT(token=call["token"], base_url=call["base_url"], timeout=call["timeout"]), io.BytesIO()
    arguments = {name: given(value) for place in call["arguments"].values() for name, value in place.items()}
    method = getattr(client, re.sub("([A-Z])", r"_\1", call["operation"]).lower())
    if call["helper"] == "wait":
        arguments = {"job": next(iter(arguments.values())), "deadline": call["timeout"], "poll_interval": 0.05}
        method = client.wait
    if saves := "overwrite" in inspect.signature(method).parameters:
        arguments["path"] = sink
    try:
        value = method(**arguments)
        value = await value if inspect.isawaitable(value) else value
    except (errors.VideosError, TypeError, ValueError) as error:
        told = {"status": getattr(error, "status_code", None), "message": str(error)}
        told |= {name: getattr(error, name) for name in TOLD if hasattr(error, name)}
        return {"error": {"kind": next(kind for kind, of in KINDS.items() if isinstance(error, of)), **told}}
    bytes_of_it = {"$file": {"base64": base64.b64encode(sink.getvalue()).decode()}}
    return {"value": bytes_of_it if saves else shown(value), "request_id": getattr(value, "request_id", None)}


for message in map(json.loads, sys.stdin):
    reply: dict[str, Any] = {"type": "hello", "protocol": 1, "client": HELLO}
    if message["type"] == "call":
        result = asyncio.run(made(message))
        reply = {"type": "result", "id": message["id"], "outcome": "error" if "error" in result else "value", **result}
    if message["type"] != "bye":
        print(json.dumps(reply), flush=True)
