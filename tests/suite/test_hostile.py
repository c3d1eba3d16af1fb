"""Hostile servers: the run ends in time, in little memory, with a verdict or with 3, and the next probe goes on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference import ReferenceServer
from tests.suite.hostile import BEHAVIOURS, FAMILIES, hostile
from tests.suite.runs import OFF_THE_WIRE, ROOT, TOKEN, environment, words

_MOST_MEMORY = 400 * 1024  # in KiB; a run against a correct server has some 150 MiB
_LONGEST = 240  # seconds, on a machine that does a lot besides
_USUAL = (ExitCode.CONFORMS, ExitCode.BROKEN_MUST, ExitCode.INCOMPLETE)


@frozen
class Ended:
    """A run as a process of its own that has ended, and what it took."""

    code: int
    stdout: str = field(repr=False)
    stderr: str
    memory: int
    report: dict[str, Any] = field(repr=False)
    events: list[dict[str, Any]] = field(repr=False)


def _run(folder: Path, url: str, contract: Contract, *arguments: object) -> Ended:
    report, events = folder / "report.json", folder / "events.jsonl"
    command = words("run", "--url", url, "--contract", contract.path, "--report-json", report, "--events", events,
                    "--timeout", 0.5, "--create-timeout", 0.5, *arguments)  # fmt: skip
    said, told = folder / "stdout", folder / "stderr"
    with said.open("w") as stdout, told.open("w") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=ROOT, env=environment(COLUMNS="200"))
        try:
            process.wait(_LONGEST)  # and not reaped, if it takes longer
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    memory = 0
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    return Ended(process.returncode, said.read_text(), told.read_text(), memory, json.loads(report.read_text()), lines)


def _is_decent(ended: Ended) -> None:
    """The run ended as runs end: without a traceback, and with nothing in its texts that commands a terminal."""
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.code in _USUAL, ended.stderr
    assert ended.memory < _MOST_MEMORY
    for text in (ended.stdout, ended.stderr):
        assert not any(char in text for char in "\x1b\x07\x08\x9b\u202e"), text


@pytest.mark.parametrize("family", FAMILIES)
def test_the_next_probe_goes_on(small: Contract, tmp_path: Path, family: str) -> None:
    """Where one request of three meets something hostile, the others are sent and judged."""
    names = [name for name in BEHAVIOURS if name.startswith(f"{family}/")]
    with ReferenceServer(small, token=TOKEN) as server, hostile(server, names, every=4, spared=6) as told:
        ended = _run(tmp_path, told.url, small, "--max-creates", 2)
    _is_decent(ended)
    assert told.applied
    print(family, ended.code, len(told.applied), told.answered, ended.memory, ended.report["trouble"])
    assert told.visits == 0
