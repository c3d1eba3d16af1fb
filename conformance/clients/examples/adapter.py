"""Drives aiid_videos for `videos-conformance client`; `--async` drives its asynchronous client."""

import asyncio
import base64
import inspect
import io
import json
import re
import sys

import attrs

import aiid_videos
from aiid_videos import errors

ASYNC = "--async" in sys.argv
KINDS = (
    (errors.WaitTimedOutError, "timeout"), (errors.JobError, "job"), (errors.TimedOutError, "timeout"),
    (errors.TransportError, "connection"), (errors.UndecodableAnswerError, "invalid_answer"),
    (errors.AnswerError, "http"), ((TypeError, ValueError), "invalid_request"),
)  # fmt: skip


def given(value):
    """Make what the client takes of an argument: a file is its name, its bytes and its media type."""
    if isinstance(value, list):
        return [given(item) for item in value]
    if not isinstance(value, dict) or "$file" not in value:
        return value
    file = value["$file"]
    data = base64.b64decode(file["base64"])
    return (file["filename"], data, file.get("content_type")) if "filename" in file else data


def shown(value):
    """Make JSON of what the client returns, by the names of the wire."""
    if attrs.has(type(value)):
        named = {field.name: shown(getattr(value, field.name)) for field in attrs.fields(type(value))}
        named.pop("raw", None)
        return {**{name: one for name, one in named.items() if one is not None}, **named.pop("additional_properties", {})}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


async def answered(call):
    """Make a call; return what it gave, or the error that it raised."""
    kind = aiid_videos.AsyncVideosClient if ASYNC else aiid_videos.VideosClient
    client = kind(token=call["token"], base_url=call["base_url"], timeout=call["timeout"])
    places, sink = call["arguments"], io.BytesIO()
    arguments = {name: given(value) for place in places.values() for name, value in place.items()}
    method = getattr(client, re.sub("([A-Z])", r"_\1", call["operation"]).lower())
    if "overwrite" in inspect.signature(method).parameters:
        arguments["path"] = sink
    if call["helper"] == "wait":
        method, job = client.wait, next(iter(places["path"].values()))
        arguments = {"job": job, "deadline": call["timeout"], "poll_interval": 0.05}
    try:
        value = method(**arguments)
        value = await value if inspect.isawaitable(value) else value
    except (errors.VideosError, TypeError, ValueError) as error:
        word = next(word for kinds, word in KINDS if isinstance(error, kinds))
        seen = {name: getattr(error, name, None) for name in ("code", "request_id", "ambiguous", "repeats")}
        status = getattr(error, "status_code", None)
        return {"outcome": "error", "error": {"kind": word, "status": status, "message": str(error), **seen}}
    data = {"$file": {"base64": base64.b64encode(sink.getvalue()).decode()}}
    return {"outcome": "value", "value": data if "path" in arguments else shown(value)}


for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "hello":
        client = {"name": "aiid-videos", "version": aiid_videos.__version__, "language": "python"}
        reply = {"type": "hello", "protocol": 1, "client": client}
    elif message["type"] == "call":
        reply = {"type": "result", "id": message["id"], **asyncio.run(answered(message))}
    else:
        break
    print(json.dumps(reply), flush=True)
