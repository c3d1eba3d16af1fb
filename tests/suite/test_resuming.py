"""What may be carried on, by whom, and what is told where that may not be."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference.world import World
from conformance.reports.stream import read_stream
from tests.suite.halting import LONGEST_WAIT, Halting
from tests.suite.runs import ROOT, TOKEN, command, environment, words
from tests.suite.servers import serving
from tests.suite.serving import Serve

pytestmark = pytest.mark.thorough


def test_what_contradicts_a_run_is_refused(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """--resume takes a run as it was: other options, another server, another file or a finished run are told."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    arguments = ("--url", server.url, "--contract", small.path, "--max-creates", 2, "--events", events)
    command("run", *arguments, "--max-requests", 20)
    before = server.requests
    for wrong, told in (
        (("--seed", 2), "--seed"),
        (("--max-creates", 3), "--max-creates"),
        (("--only", "MUST"), "--only"),
        (("--url", "http://127.0.0.1:1"), "--url"),
        (("--events", tmp_path / "other.jsonl"), "--events"),
    ):
        said = command("run", "--resume", events, *wrong)
        assert said.code == ExitCode.USAGE
        assert told in said.sentence
    assert server.requests == before
    same = command("run", "--resume", events, "--max-creates", 2, "--url", server.url)
    assert same.code == ExitCode.CONFORMS, same.stderr
    done = command("run", "--resume", events)
    assert done.code == ExitCode.USAGE
    assert "came to its end" in done.sentence


def test_two_runs_do_not_write_one_file(small: Contract, tmp_path: Path) -> None:
    """Whoever carries on a run that is still going would spend twice: the second is refused, and the first goes on."""
    server = Halting(World(small, TOKEN), lambda world, _: world.requests >= 20)
    events = tmp_path / "events.jsonl"
    with serving(server) as url:
        arguments = ("run", "--url", url, "--contract", small.path, "--max-creates", 0, "--events", events)
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment()
        ) as running:
            assert server.reached.wait(LONGEST_WAIT)
            for second in (("run", "--resume", events), arguments):
                said = command(*second)
                assert said.code == ExitCode.USAGE
                assert "another run is writing it" in said.sentence
            server.released.set()
            assert running.wait(LONGEST_WAIT) == ExitCode.CONFORMS
    assert read_stream(events).report is not None


def test_a_run_of_another_contract_or_version_is_not_carried_on(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """What was recorded under one contract says nothing under another; the message says which is meant."""
    server, events = serve(contract=small), tmp_path / "events.jsonl"
    arguments = ("--url", server.url, "--contract", small.path, "--max-creates", 0, "--events", events)
    command("run", *arguments, "--max-requests", 10)
    first, *rest = events.read_text(encoding="utf-8").splitlines(keepends=True)
    header = json.loads(first)
    other = {**header, "contract": {**header["contract"], "sha256": "0" * 64}}
    older = {**header, "tool": {**header["tool"], "version": "0.0.1"}}
    for changed, told in ((other, "--contract"), (older, "0.0.1")):
        events.write_text(json.dumps(changed) + "\n" + "".join(rest[:-1]), encoding="utf-8")
        for words_ in (("report", events), ("run", "--resume", events)):
            said = command(*words_)
            assert said.code == ExitCode.USAGE
            assert told in said.stderr
