"""Sends collections with the tools that they are for, and says what arrived at the reference server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from conformance.bodies.part import Part
from conformance.contract import Contract
from conformance.reference import ReferenceServer
from conformance.reference.calls import Call
from conformance.reference.server import Surroundings
from scripts.generator.exports.bruno import write_bruno
from scripts.generator.exports.collection import Collection
from scripts.generator.exports.example_requests import ExampleRequest
from scripts.generator.exports.postman import write_postman
from scripts.node.packages import NODE, environment, is_installed

SENDERS = Path(__file__).resolve().parent / "senders"
TOKEN = "sk-export-91d7"
USER = "caller"
TOOLS = ("newman", "bru")
_BIN = SENDERS / "node_modules" / ".bin"


@frozen
class Sent:
    """What a tool said, and the calls that arrived, in their order."""

    code: int
    output: str = field(repr=False)
    calls: tuple[Call, ...] = field(repr=False)


def demand() -> None:
    """Skip the test where the tools are not installed; on CI they have to be."""
    if is_installed(SENDERS):
        return
    reason = "the npm packages that send collections are not installed; ./scripts/test installs them"
    if "CI" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def requests_of(contract: Contract) -> list[ExampleRequest]:
    """Return the requests in the order in which they are sent."""
    return [request for _, requests in Collection(contract).groups for request in requests]


def send(tool: str, contract: Contract, folder: Path, **given: str) -> Sent:
    """Write the collection of a contract, and have a tool send all of it to the contract's reference server."""
    calls: list[Call] = []
    surroundings = Surroundings(watch=lambda call, _: calls.append(call))
    token = f"{USER}:{TOKEN}" if USER in secrets(contract).values() else TOKEN
    with ReferenceServer(contract, token=token, surroundings=surroundings) as server:
        variables = {"base_url": server.url, **secrets(contract), **given}
        command, place = _newman(contract, folder, variables) if tool == "newman" else _bru(contract, folder, variables)
        ended = subprocess.run(
            (NODE, *command), cwd=place, env=environment(), check=False, capture_output=True, text=True, timeout=300
        )
    return Sent(ended.returncode, ended.stdout + ended.stderr, tuple(calls))


def secrets(contract: Contract) -> dict[str, str]:
    """Return what opens the reference server, by variable."""
    names = Collection(contract).credentials.secrets
    return {name: USER if name.endswith("username") else TOKEN for name in names}


def _newman(contract: Contract, folder: Path, variables: Mapping[str, str]) -> tuple[Sequence[str | Path], Path]:
    write_postman(contract, folder / "postman")
    given = [word for name, value in variables.items() for word in ("--env-var", f"{name}={value}")]
    command: Sequence[str | Path] = (
        _BIN / "newman",
        "run",
        "collection.json",
        "-e",
        "local.environment.json",
        "--working-dir",
        ".",
        *given,
    )
    return command, folder / "postman"


def _bru(contract: Contract, folder: Path, variables: Mapping[str, str]) -> tuple[Sequence[str | Path], Path]:
    write_bruno(contract, folder / "bruno")
    given = [word for name, value in variables.items() for word in ("--env-var", f"{name}={value}")]
    command: Sequence[str | Path] = (_BIN / "bru", "run", "-r", "--env", "local", *given)
    return command, folder / "bruno"


def comparable(part: Part, *, is_json: bool) -> tuple[Any, ...]:
    """Return what of a part has to be the same on the wire: JSON as values, and text without a type as what it is."""
    kind = part.content_type if part.content_type not in (None, "text/plain") or part.filename else None
    value: Any = part.value
    if is_json or kind == "application/json":
        value = json.dumps(json.loads(part.value), sort_keys=True)
    return part.location, part.name, part.filename, kind, value
