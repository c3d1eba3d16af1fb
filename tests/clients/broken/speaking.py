"""The adapter that drives a client of the tests, call by call."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract import ContractSource, load
from tests.clients.broken.honest import HonestClient, TroubleError

__all__ = ["speak"]


def speak(kind: type[HonestClient], name: str, path: Path | None = None) -> None:
    """Drive a client, call by call."""
    contract = load(ContractSource(path, ()))
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "hello":
            told = {"name": name, "version": "1.0", "language": "python"}
            say({"type": "hello", "protocol": 1, "client": told})
        elif message["type"] == "call":
            say({"type": "result", "id": message["id"], **result(kind(contract, message))})
        else:
            return


def result(client: HonestClient) -> dict[str, Any]:
    """Make a call, and say what came of it."""
    try:
        value = client.value()
    except TroubleError as trouble:
        return {"outcome": "error", "error": trouble.said}
    told = None if client.last is None else client.request_id(client.last)
    return {"outcome": "value", "value": value, "request_id": told}


def say(message: Mapping[str, Any]) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
