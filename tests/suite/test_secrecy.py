"""What an answer must not show, and how long it may take to look."""

from __future__ import annotations

import json
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


def _failed(contract: Contract, text: str, sent: bytes = b"", url: str = "") -> set[str]:
    builder = Builder(contract, contract.billable[0])
    probe = builder.probe("a-probe", builder.required(), Expect.EITHER, "a-group")
    probe = evolve(probe, request=evolve(probe.request, body=sent))
    exchange = Exchange(probe, Answer(500, (), text.encode()), None, "", 0, 0)
    context = Context(contract, catalogue(contract), {}, url=url)
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
        "app/models/video.rb:12:in `create'",
        "** (KeyError) key :model not found",
        "Can't locate object method at lib/Video.pm line 12.",
        "System.ArgumentNullException: Value cannot be null.",
        "org.springframework.web.bind.MissingServletRequestParameterException: x",
        "terminate called after throwing an instance of 'std::out_of_range'",
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


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        ("secrecy/database-error", "SQLSTATE[42S02]: no such table"),
        ("secrecy/database-error", 'pq: duplicate key value violates unique constraint "tasks_pkey"'),
        ("secrecy/database-error", "Error 1366 (HY000): Incorrect string value: '\\xF0' for column"),
        ("secrecy/database-error", "UNIQUE constraint failed: tasks.id"),
        ("secrecy/database-error", "(sqlite3.OperationalError) database is locked"),
        ("secrecy/database-error", "SELECT id, prompt FROM tasks WHERE id = 1"),
        ("secrecy/database-error", "ORA-00942: table or view does not exist"),
        ("secrecy/database-error", "E11000 duplicate key error collection: video.tasks"),
        ("secrecy/foreign-key", "Incorrect API key provided: sk-proj-0000abcdefghijklmnop"),
        ("secrecy/foreign-key", "InvalidAccessKeyId AKIAIOSFODNN7EXAMPLE"),
        ("secrecy/foreign-key", "API key AIza00000000000000000000000000000000000 is not valid"),
        ("secrecy/foreign-key", "bad credentials ghp_000000000000000000000000000000000000"),
        ("secrecy/foreign-key", "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl expired"),
        ("secrecy/foreign-key", "-----BEGIN PRIVATE KEY-----"),
        ("secrecy/foreign-key", "headers: {'Authorization': 'Bearer 00000000000000000000'}"),
        ("secrecy/connection-string", "postgres://video:hunter2@db:5432/tasks"),
        ("secrecy/connection-string", "redis://:hunter2@cache/0"),
        ("secrecy/connection-string", "root:hunter2@tcp(db:3306)/tasks"),
        ("secrecy/connection-string", "Server=db;Database=tasks;User Id=sa;Password=hunter2"),
        ("secrecy/private-address", "dial tcp 10.0.12.7:8080: i/o timeout"),
        ("secrecy/private-address", "connect ECONNREFUSED 127.0.0.1:5432"),
        ("secrecy/private-address", "http://192.168.3.4/video"),
        ("secrecy/private-address", 'Post "http://relay.video.svc.cluster.local:80/run": EOF'),
        ("secrecy/private-address", "ip-10-0-3-7.ec2.internal"),
        ("secrecy/private-address", "https://relay.internal/run"),
        ("secrecy/private-address", "http://169.254.169.254/latest/meta-data"),
    ],
)
def test_what_belongs_to_the_operator_is_seen(contract: Contract, requirement: str, text: str) -> None:
    """Keys, statements and addresses within are seen, in plain text and in JSON, each by its own requirement."""
    assert requirement in _failed(contract, text)
    assert requirement in _failed(contract, json.dumps({"error": {"message": text}}))


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.example.com/v/1.mp4?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2Fus&X-Amz-Signature=00ff",
        "https://cdn.example.com/v/1.mp4?token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Incorrect API key provided: sk-****cdef. Find yours at https://platform.example.com/account/api-keys.",
        "Authorization: Bearer <token> is expected; see https://docs.example.com/var/auth",
        "your address 10.0.0.5 is not allowed",
        "write to video@example.com or https://example.com:8443/help",
        "com.example.internal.Handler is busy, retry at 12:30:45",
        "select a model from the list where you find it",
        "`size` violates the pattern; no such model: sora",
        "task_0123456789abcdefghijklmnopqrstuv sk-short",
        "version 10.4.192.168 of 172.20",
    ],
)
def test_what_is_meant_for_the_caller_is_no_secret(contract: Contract, text: str) -> None:
    """Signed links, masked keys, documentation and the caller's own address are no secrets of anybody."""
    assert _failed(contract, text) == set()


def test_a_link_to_the_server_under_test_is_no_secret(contract: Contract) -> None:
    """Who tests a server within a network knows its address; another one there is still told."""
    inside = "http://10.1.2.3:8000"
    assert _failed(contract, f"{inside}/v1/videos/1", url=inside) == set()
    assert _failed(contract, "http://10.1.2.4:8000/v1", url=inside) == {"secrecy/private-address"}
    assert _failed(contract, "dial tcp 127.0.0.1:6379", url="http://127.0.0.1:8000") == {"secrecy/private-address"}


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("unknown model sk-0123456789abcdefghijklmnop", b"sk-0123456789abcdefghijklmnop"),
        ("no such image: http://10.0.0.9:80/a.png", b"http://10.0.0.9:80/a.png"),
        ("SELECT a FROM b", b"; SELECT a FROM b"),
        ("unsupported: postgres://a:b@c/d", b'{"url": "postgres://a:b@c/d"}'),
        ('{"size": "C:\\\\new\\\\t"}', b"C:\\new\\t"),
    ],
)
def test_an_echo_of_the_request_is_no_secret(contract: Contract, text: str, sent: bytes) -> None:
    """A value that the caller sent may come back, however it looks."""
    assert _failed(contract, text, sent) == set()


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
        "a.svc",
        "a://",
        "SELECT a ",
        "server=;",
        "eyJ",
    ],
)
def test_looking_takes_no_longer_than_it_must(contract: Contract, unit: str) -> None:
    """A long answer, such as a video in base64, is looked through in a moment and does not hold the run up."""
    text = unit * (200_000 // len(unit))
    began = time.thread_time()
    _failed(contract, text)
    assert time.thread_time() - began < 3


@pytest.mark.parametrize(
    "text", [TOKEN, TOKEN[:-1], TOKEN + "x", TOKEN.swapcase(), TOKEN[: len(TOKEN) // 2], f"a{TOKEN}{TOKEN}b"]
)
def test_the_token_and_its_near_misses_are_taken_out(text: str) -> None:
    """What is kept of an answer holds neither the token nor what the probes made of it."""
    target = Target("http://127.0.0.1", TOKEN)
    assert TOKEN[: len(TOKEN) // 2] not in target.redact(text)
    assert TOKEN.swapcase() not in target.redact(text)
    assert TOKEN not in repr(target)
