"""The curl of a failure, given to a shell, sends what the run sent."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from conformance.campaign import Options, plan
from conformance.campaign.recall import recalled
from conformance.contract import Contract
from conformance.engine.exchange import Exchange
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Probe
from conformance.engine.runner import Runner
from conformance.engine.target import Target, target
from conformance.reference.named_behaviours import named_behaviours
from conformance.reports.curl import curl
from tests.suite.runs import ENV, QUICK, TOKEN, carry_out, environment, words
from tests.suite.servers import Recorder, Request, serving
from tests.suite.serving import Serve

Shell = Callable[[str], bytes]
_IGNORED = {b"accept", b"accept-encoding", b"connection", b"content-length", b"expect", b"authorization"}


async def _fine(scope: object, receive: object, send: object) -> None:
    del scope, receive
    assert callable(send)
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Runs a command as a reader of the report does, with the suite's command on the path."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "videos-conformance"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m conformance "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    env = environment(PATH=f"{folder}:/usr/bin:/bin", PYTHONPATH=str(Path(__file__).resolve().parents[2]), no_proxy="*")

    def run(line: str) -> bytes:
        made = subprocess.run(["bash", "-c", line], capture_output=True, timeout=60, env=env, check=False)
        assert made.returncode == 0, made.stderr
        return made.stdout

    return run


def _sent_by_us(where: Target, probes: list[Probe]) -> None:
    runner = Runner(where, Ledger(1000), QUICK, lambda _: None)

    async def send() -> None:
        async with runner.connected():
            for probe in probes:
                await runner.send([evolve(probe, confirm=None)])

    asyncio.run(send())


def _essence(request: Request) -> tuple[object, ...]:
    headers = {(name, value) for name, value in request.headers if name not in _IGNORED}
    return (request.method, request.target, headers, request.header(b"authorization"), request.body)


def _choice(contract: Contract) -> list[Probe]:
    """One probe of each kind whose request looks like no other's: methods, paths, credentials, bodies, codings."""
    chosen: dict[object, Probe] = {}
    for probe in plan(contract, Options(40)):
        message = probe.request
        binary = not message.body.isascii() or b"\0" in message.body
        key = (
            message.method,
            message.path,
            message.credentials,
            message.chunked,
            binary,
            len(message.body) > 4000,
            len(message.headers),
        )
        chosen.setdefault(key, probe)
        if any(
            word in probe.id for word in ("robust/quotes", "robust/format-string", "robust/percent", "robust/newline")
        ):
            chosen.setdefault(probe.id.rpartition("/robust/")[2].partition("/")[0], probe)
    return list(chosen.values())


def test_a_shell_sends_what_we_sent(contract: Contract, bash: Shell) -> None:
    """Text, binary, long and chunked bodies, unusual paths, and credentials from their variable: the same request."""
    recorder = Recorder(_fine)
    different = []
    with serving(recorder) as url:
        where = target(url, TOKEN, ENV)
        probes = [
            probe
            for probe in _choice(contract)
            if not where.is_same_token(probe.request.credentials) or probe.request.credentials.transform == "as-is"
        ]
        _sent_by_us(where, probes)
        ours = list(recorder.requests)
        assert len(ours) == len(probes) > 25
        for probe, sent in zip(probes, ours, strict=True):
            recorder.requests.clear()
            line = curl(where, Exchange(probe, None, None, "", 0, 0))
            assert TOKEN not in line
            bash(line)
            if [_essence(request) for request in recorder.requests] != [_essence(sent)]:
                different.append((probe.id, line[:300], recorder.requests[:1], sent))
    assert different == []


def test_a_failure_can_be_seen_again(serve: Serve, small: Contract, bash: Shell) -> None:
    """Whoever runs the curl of a failure sees the answer that failed."""
    fault = named_behaviours()["breaks-down-over-emoji"]
    server = serve(fault.name, contract=small)
    made = carry_out(small, server.url, 0, tier="free")
    broken = [line for line in made.report.verdicts if line.verdict == "fail" and line.evidence]
    assert set(fault.fails) - {line.id for line in broken} == set()
    for line in broken:
        assert line.evidence is not None
        assert f"HTTP/1.1 {line.evidence.status}".encode() in bash(line.evidence.curl)


@pytest.mark.parametrize("behaviours", [(), ("needs-no-prompt",)])
def test_long_bodies_come_from_the_plan(serve: Serve, small: Contract, behaviours: tuple[str, ...]) -> None:
    """`body` writes the very bytes that were sent, whichever defect the run had to hide behind."""
    server = serve(*behaviours, contract=small)
    made = carry_out(small, server.url, 3)
    long = [e.probe for e in made.exchanges if len(e.probe.request.body) > 4000]
    assert len(long) > 10
    wrong = [
        probe.id
        for probe in long
        if (found := recalled(small, probe.id)) is None or found.request.body != probe.request.body
    ]
    assert wrong == []


def test_body_of_a_probe(contract: Contract) -> None:
    """`videos-conformance body PROBE` writes the body and nothing else."""
    probe = next(p for p in plan(contract, Options(40)) if p.request.body.isascii() and len(p.request.body) > 4000)
    made = subprocess.run(words("body", probe.id), capture_output=True, timeout=60, env=environment(), check=True)
    assert made.stdout == probe.request.body
