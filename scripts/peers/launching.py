"""How servers that others wrote are started and stopped.

prism and aimock are npm packages at the exact versions of ``package-lock.json``; node comes with the development
environment, so nothing else has to be there.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import click
from attrs import frozen

from conformance.contract import Contract, Response
from conformance.contract.instance import instance
from scripts.node.packages import NODE, environment

__all__ = ["HOST", "PACKAGES", "PEERS", "Launch", "started", "usable", "wait_until_listening"]

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(__file__).resolve().parent
MODULES = PACKAGES / "node_modules"
CACHE = ROOT / ".cache" / "peers"
HOST = "127.0.0.1"
PATIENCE = 30.0


@frozen
class Launch:
    """How a peer is started: its command, and additions to the environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


def prism(contract: Contract, port: int, _token: str) -> Launch:
    """Stoplight's mock server, answering from the contract itself; any bearer token will do."""
    script = MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
    return Launch((str(NODE), str(script), "mock", "--host", HOST, "--port", str(port), str(contract.path)), {})


def aimock(contract: Contract, port: int, token: str) -> Launch:
    """A mock of several AI providers, with a video endpoint of its own; it never sees the contract."""
    script = MODULES / "@copilotkit" / "aimock" / "dist" / "cli.js"
    answer = answer_for(contract.billable[0].success)
    CACHE.mkdir(parents=True, exist_ok=True)
    fixtures = CACHE / f"aimock-{port}.json"
    fixtures.write_text(
        json.dumps({"fixtures": [{"match": {"endpoint": "video"}, "response": {"video": answer}}]}), encoding="utf-8"
    )
    return Launch(
        (str(NODE), str(script), "--host", HOST, "--port", str(port), "--fixtures", str(fixtures)),
        {"AIMOCK_API_KEYS": token},
    )


PEERS: Mapping[str, Callable[[Contract, int, str], Launch]] = {"prism": prism, "aimock": aimock}


def answer_for(success: Response) -> dict[str, Any]:
    """Say what aimock shall answer: an id and a status that the contract gives for a job just accepted."""
    answer: dict[str, Any] = {}
    for role in ("id", "status"):
        found = success.by_role(role)
        if found is None:
            continue
        waiting = found.lifecycle.statuses("waiting") if found.lifecycle else ()
        answer[role] = waiting[0] if waiting else instance(found.schema)
    return answer


def usable(port: int) -> int:
    """Return the port, or a free one for 0; a port that somebody else has would pass for a peer that listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise click.ClickException(f"port {port} cannot be used: {error.strerror}; choose another") from error
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(launch: Launch, log: IO[bytes] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a peer in a process group of its own, and end the whole group afterwards; what it says goes to the log."""
    with subprocess.Popen(
        launch.command,
        env=environment(launch.environment),
        stdin=subprocess.DEVNULL,
        stdout=log or sys.stderr,
        stderr=log,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            for end in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, end)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=5)
                    break


def wait_until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    """Wait for the first connection that is accepted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise click.ClickException(f"the peer ended with {process.returncode} before it listened (see above)")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.05)
    raise click.ClickException(f"the peer does not listen on {HOST}:{port} after {PATIENCE:.0f} s (see above)")
