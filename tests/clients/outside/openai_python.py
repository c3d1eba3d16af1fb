"""Lets openai-python be judged as it is: what its own methods take and give, with the settings that it comes with.

With `--once` it repeats nothing by itself, as its page says how.
"""

import base64
import inspect
import json
import sys
from typing import Any

import openai

FILES = {"input_reference"}  # arguments whose type is a file or an object, and no text
CLIENT = openai.OpenAI(api_key="none yet", base_url="http://none.yet")
CLIENT = CLIENT.with_options(max_retries=0) if "--once" in sys.argv else CLIENT
# The first class that fits says what went wrong. What is none of these gets past whoever uses it, and ends this, too.
KINDS: dict[type[Exception], str] = {
    openai.APIStatusError: "http",
    openai.APITimeoutError: "timeout",
    openai.APIConnectionError: "connection",
    openai.APIResponseValidationError: "invalid_answer",
    openai.OpenAIError: "invalid_request",
    TypeError: "invalid_request",
    RuntimeError: "invalid_request",
    ValueError: "invalid_request",
}


def given(value: Any) -> Any:
    """A file as it is taken: its bytes, or a tuple with what else is known of it."""
    if not isinstance(value, dict) or "$file" not in value:
        return value
    file = value["$file"]
    told = (file.get("filename"), base64.b64decode(file["base64"]), file.get("content_type"))
    return told if told[2] else told[:2] if told[0] else told[1]


def create(videos: Any, body: dict[str, Any]) -> Any:
    """What the method has no argument for, or none of such a type, goes into `extra_body`, as its README says."""
    known = inspect.signature(videos.create).parameters
    takes = {name for name, value in body.items() if name in known and not (name in FILES and isinstance(value, str))}
    more = {name: value for name, value in body.items() if name not in takes}
    if "$file" in json.dumps(more):
        raise LookupError("a file in a field that is none of its arguments: extra_body takes no files")
    return videos.create(**{name: given(body[name]) for name in takes}, extra_body=more)


def result(call: dict[str, Any]) -> dict[str, Any]:
    """What comes of a call."""
    options = {"api_key": call["token"], "base_url": f"{call['base_url']}/v1", "timeout": call["timeout"]}
    videos, path = CLIENT.with_options(**options).videos, call["arguments"].get("path", {}).values()
    try:
        match call["operation"], call["helper"]:
            case "createVideo", None:
                value = create(videos, call["arguments"]["body"])
            case "retrieveVideo", None:
                value = videos.retrieve(*path)
            case "retrieveVideo", "wait":
                value = videos.poll(*path, poll_interval_ms=50)
            case "downloadVideoContent", None:
                value = {"$file": {"base64": base64.b64encode(videos.download_content(*path).read()).decode()}}
            case unknown:
                return {"outcome": "unsupported", "why": f"it has nothing for {unknown}"}
    except LookupError as error:
        return {"outcome": "unsupported", "why": str(error)}
    except json.JSONDecodeError:
        raise
    except tuple(KINDS) as error:
        kind = next(kind for raised, kind in KINDS.items() if isinstance(error, raised))
        told = {"kind": kind, "status": getattr(error, "status_code", None), "message": repr(error)}
        told |= {name: getattr(error, name, None) for name in ("request_id", "code")}
        return {"outcome": "error", "error": told}
    if isinstance(value, openai.BaseModel):
        return {"outcome": "value", "value": value.to_dict(mode="json"), "request_id": value._request_id}
    return {"outcome": "value", "value": value}


if __name__ == "__main__":
    for message in map(json.loads, sys.stdin):
        if message["type"] == "bye":
            break
        told = {"client": {"name": "openai-python", "version": openai.__version__, "language": "python"}, "protocol": 1}
        said = {"type": "hello", **told} if message["type"] == "hello" else {"type": "result", "id": message["id"]}
        said |= result(message) if message["type"] == "call" else {}
        sys.stdout.write(f"{json.dumps(said)}\n")
        sys.stdout.flush()
