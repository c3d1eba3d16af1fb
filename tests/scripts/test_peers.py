"""The servers that others wrote: started, asked for a job, stopped."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from conformance.contract import load
from conformance.contract.instance import instance

ROOT = Path(__file__).resolve().parents[2]


def peer(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (ROOT / "scripts" / "peer", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["aimock", "prism"])
def test_a_peer_takes_a_job_and_stops_when_asked(name: str) -> None:
    """The first line is a URL that answers, and Ctrl-C leaves nothing behind."""
    create = load().billable[0]
    form = {field.name: (None, str(instance(field.schema))) for field in create.fields if field.required}
    with peer(name, "--token", "sk-test") as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            answer = httpx.request(
                create.method, url + create.path, files=form, headers={"Authorization": "Bearer sk-test"}, timeout=10
            )
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
    assert answer.status_code == create.success.status
    assert process.returncode == 0
    assert said.endswith(f"{name} stopped\n")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


@pytest.mark.slow
def test_a_port_that_is_taken_is_one_sentence() -> None:
    """Status 1 and no traceback of ours; what the peer itself says stands above."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = peer("aimock", "--port", str(taken.getsockname()[1]))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("Error: port ")
    assert "Traceback" not in said
