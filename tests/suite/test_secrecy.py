"""What an answer must not show, and how long it may take to look."""

from __future__ import annotations

import time

import pytest
from attrs import evolve

from conformance.checks.findings import Context, Mark
from conformance.checks.secrecy import secrecy
from conformance.contract import Contract
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Expect
from conformance.engine.target import Target
from conformance.probes.builder import Builder
from conformance.requirements import catalogue
from tests.suite.runs import TOKEN


def _failed(contract: Contract, text: str, sent: bytes = b"") -> set[str]:
    builder = Builder(contract, contract.billable[0])
    probe = builder.probe("a-probe", builder.required(), Expect.EITHER, "a-group")
    probe = evolve(probe, request=evolve(probe.request, body=sent))
    exchange = Exchange(probe, Answer(500, (), text.encode()), None, "", 0, 0)
    context = Context(contract, catalogue(contract), {})
    return {finding.requirement for finding in secrecy(context, exchange) if finding.mark is Mark.FAIL}


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "a.py", line 3, in f',
        '{"detail": "Traceback (most recent call last):\\n  File \\"a.py\\", line 3"}',
        "TypeError: x\n    at handler (server.js:10:5)",
        "java.lang.NullPointerException\n\tat com.example.Main.run(Main.java:5)",
        "panic: runtime error: index out of range\n\ngoroutine 1 [running]:",
        "   at Example.Run(String a) in C:\\src\\a.cs:line 3",
        "thread 'main' panicked at src/main.rs:2",
        "#0 /srv/app/index.php(12): f()",
        "SQLSTATE[42S02]: no such table",
    ],
)
def test_stack_traces_are_seen(contract: Contract, text: str) -> None:
    """A trace is seen in any of the languages that gateways are written in, escaped in JSON or not."""
    assert "secrecy/stack-trace" in _failed(contract, text)


@pytest.mark.parametrize(
    "text",
    [
        "open /etc/gateway/keys.yaml: no such file",
        '{"error": "\\/usr\\/src\\/app\\/main.go"}',
        "in C:\\Users\\app\\x.cs",
        "relay/channel.go:55: bad",
    ],
)
def test_file_paths_are_seen(contract: Contract, text: str) -> None:
    """A path of the server's file system is seen, with slashes of any kind."""
    assert "secrecy/file-path" in _failed(contract, text)


@pytest.mark.parametrize(
    "text",
    [
        '{"error": {"message": "prompt is required", "type": "invalid_request_error", "param": "prompt"}}',
        "see https://example.com/home/docs/errors.html",
        "Invalid URL (POST /v1/videos)",
        "use image/png or video/mp4; application/json",
        "created at 12:30, in line 4 of the form",
        "the ratio is 16:9 and/or 9:16",
    ],
)
def test_ordinary_refusals_are_no_secrets(contract: Contract, text: str) -> None:
    """Addresses, media types and times are not taken for paths or traces."""
    assert _failed(contract, text) == set()


def test_what_was_sent_is_no_secret(contract: Contract) -> None:
    """A server that repeats the path which it was sent shows nothing of its own."""
    assert _failed(contract, "no such file: ../../etc/passwd", b"../../etc/passwd") == set()


@pytest.mark.parametrize(
    "unit",
    [
        "a.",
        "/a",
        "/usr/a.",
        "at a.b",
        ' File "',
        "\n",
        " at a() in",
        "#1 ",
        "thread 'a",
        "C:\\a b",
        " at a(",
        "[",
        " ",
        "a-b_",
    ],
)
def test_looking_takes_no_longer_than_it_must(contract: Contract, unit: str) -> None:
    """A long answer, such as a video in base64, is looked through in a moment and does not hold the run up."""
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    _failed(contract, text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "text", [TOKEN, TOKEN[:-1], TOKEN + "x", TOKEN.swapcase(), TOKEN[: len(TOKEN) // 2], f"a{TOKEN}{TOKEN}b"]
)
def test_the_token_and_its_near_misses_are_taken_out(text: str) -> None:
    """What is kept of an answer holds neither the token nor what the probes made of it."""
    target = Target("http://127.0.0.1", TOKEN)
    assert TOKEN[: len(TOKEN) // 2] not in target.redact(text)
    assert TOKEN.swapcase() not in target.redact(text)
    assert TOKEN not in repr(target)
