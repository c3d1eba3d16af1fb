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
KINDS: dict[str, Any] = {
    "timeout": (errors.TimedOutError, errors.WaitTimedOutError), "job": errors.JobError,
    "connection": errors.TransportError, "invalid_answer": errors.UndecodableAnswerError,
    "http": errors.AnswerError, "invalid_request": (TypeError, ValueError),
}  # fmt: skip
NOT_SENT = {"raw", "request_id"}
TOLD = {"status": "status_code", **{name: name for name in ("message", "code", "request_id", "ambiguous", "repeats")}}


def given(value: Any) -> Any:
    if isinstance(value, list):
        return [given(item) for item in value]
    if not isinstance(value, dict) or "$file" not in value:
        return value
    file, data = value["$file"], base64.b64decode(value["$file"]["base64"])
    return (file["filename"], data, file.get("content_type")) if "filename" in file else data


def shown(value: Any) -> Any:
    if attrs.has(type(value)):
        named = {name: shown(getattr(value, name)) for name in attrs.fields_dict(type(value))}
        return {**named.pop("additional_properties", {}), **{name: named[name] for name in named.keys() - NOT_SENT}}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


async def made(call: dict[str, Any]) -> dict[str, Any]:
    client, sink = CLIENT(token=call["token"], base_url=call["base_url"], timeout=call["timeout"]), io.BytesIO()
    arguments = {name: given(value) for place in call["arguments"].values() for name, value in place.items()}
    method = getattr(client, re.sub("([A-Z])", r"_\1", call["operation"]).lower())
    if call["helper"] == "wait":
        method, job = client.wait, next(iter(arguments.values()))
        arguments = {"job": job, "deadline": call["timeout"], "poll_interval": 0.05}
    if saves := "overwrite" in inspect.signature(method).parameters:
        arguments["path"] = sink
    try:
        value = method(**arguments)
        value = await value if inspect.isawaitable(value) else value
    except (errors.VideosError, TypeError, ValueError) as error:
        kind = next(kind for kind, classes in KINDS.items() if isinstance(error, classes))
        seen = {"message": str(error), **{name: getattr(error, at) for name, at in TOLD.items() if hasattr(error, at)}}
        return {"outcome": "error", "error": {"kind": kind, **seen}}
    finally:
        await client.aclose() if hasattr(client, "aclose") else client.close()
    file = {"$file": {"base64": base64.b64encode(sink.getvalue()).decode()}}
    told = {"outcome": "value", "request_id": getattr(value, "request_id", None)}
    return {**told, "value": file if saves else shown(value)}


for message in map(json.loads, sys.stdin):
    if message["type"] == "hello":
        named = {"name": "aiid-videos", "version": aiid_videos.__version__, "language": "python"}
        print(json.dumps({"type": "hello", "protocol": 1, "client": named}), flush=True)
    elif message["type"] == "call":
        print(json.dumps({"type": "result", "id": message["id"], **asyncio.run(made(message))}), flush=True)
