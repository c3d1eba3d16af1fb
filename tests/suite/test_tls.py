"""TLS as it is within companies: own CAs, certificates of clients, HTTP/2; and what is said where it fails."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import subprocess
from pathlib import Path

import pytest
import trustme

from conformance.contract import Contract
from conformance.errors import ExitCode
from tests.suite.gateways import Files, Gate, correct, demanding, proxy, relay, speaking_http2
from tests.suite.runs import Said, command, environment
from tests.suite.servers import serving

_LONG_AGO = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
_HERE = ("127.0.0.1", "gateway.invalid")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A CA of this test alone."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Files(folder, trustme.CA())


def _run(contract: Contract, url: str, *more: object, creates: int = 0) -> Said:
    words = ("--max-creates", creates, "--timeout", 3, "--create-timeout", 3)
    return command("run", "--url", url, "--contract", contract.path, *words, *more)


def test_an_own_ca(small: Contract, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server whose CA nobody knows is tested whole, by a name that only the user knows, through a proxy or not."""
    path = tmp_path / "report.json"
    monkeypatch.setenv("TENANT", "tenant-7f3a")
    gate = Gate(correct(small, "accepts-any-token"), lambda headers: headers.get(b"x-tenant") == b"tenant-7f3a")
    with serving(gate, **files.tls("gateway.invalid")) as url:
        port = url.rpartition(":")[2]
        named = f"gateway.invalid:{port}"
        words = ("-H", "X-Tenant=env:TENANT", "--cacert", files.cacert, "--resolve", f"{named}:127.0.0.1")
        said = _run(small, f"https://{named}", *words, "--report-json", path, creates=20)
        made = json.loads(path.read_text())
        shown = [line["evidence"]["curl"] for line in made["verdicts"] if line["verdict"] == "fail"]
        before = len(gate.heads)
        by_curl, by_openssl = (
            subprocess.run(["sh", "-c", one], capture_output=True, text=True, env=environment(), check=True, timeout=30)
            for one in (shown[0], next(one for one in shown if "openssl" in one))
        )
    assert said.code == ExitCode.BROKEN_MUST, said.stderr
    assert len(gate.heads) == before + 2
    assert {line["id"] for line in made["verdicts"] if line["verdict"] == "fail"} >= {"createVideo/auth/invalid"}
    assert all(
        f"--cacert {files.cacert}" in one and "--http1.1" in one if "curl" in one else f"-CAfile {files.cacert}" in one
        for one in shown
    )
    assert {headers[b"host"] for _, headers in gate.heads} == {named.encode()}
    assert {headers.get(b"x-tenant") for _, headers in gate.heads} == {b"tenant-7f3a"}
    assert " 200 " in by_curl.stdout
    assert by_openssl.stdout.startswith("HTTP/1.1 4")


def test_through_a_proxy(small: Contract, files: Files) -> None:
    """The proxy sees a tunnel and a name, and nothing of what goes through."""
    with proxy() as (through, seen), serving(correct(small), **files.tls(*_HERE)) as url:
        said = _run(small, url, "--cacert", files.cacert, "--proxy", through, "--yes", creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert all(head.startswith("CONNECT 127.0.0.1:") for head in seen.heads)
    assert len(seen.heads) > 10


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("expired", ("has expired", "renew it")),
        ("of another host", ("is for another address", "--url")),
        ("of an unknown CA", ("a CA that is not known here", "--cacert")),
        ("signed by itself", ("is signed by itself", "--cacert")),
    ],
)
def test_a_certificate_that_fails_is_called_that(
    small: Contract, files: Files, name: str, words: tuple[str, ...]
) -> None:
    """One sentence says what is wrong with it and what to do, after one connection and no request."""
    settings = files.tls("other.example" if name == "of another host" else "127.0.0.1")
    if name == "expired":
        settings = files.tls("127.0.0.1", not_before=_LONG_AGO, not_after=_LONG_AGO + dt.timedelta(days=1))
    elif name == "signed by itself":
        cert, key = files.folder / "own.pem", files.folder / "own.key"
        asked = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2")
        subprocess.run([*asked, "-keyout", key, "-out", cert], check=True, capture_output=True)
        settings = {"ssl_certfile": str(cert), "ssl_keyfile": str(key)}
    known = name in ("expired", "of another host")
    gate = Gate(correct(small))
    with serving(gate, **settings) as url, relay(url) as (relayed, seen):
        said = _run(small, relayed, *(("--cacert", files.cacert) if known else ()), creates=3)
    assert said.code == ExitCode.INCOMPLETE
    assert f"the certificate of {relayed} " in said.sentence
    assert all(word in said.sentence for word in words), said.sentence
    assert len(said.stderr.strip().splitlines()) == 1
    assert (seen.connections, gate.heads) == (1, [])


def test_insecure_is_said_loudly(small: Contract, files: Files, tmp_path: Path) -> None:
    """Whoever trusts anything is told so before the run, and so is everybody who reads its report."""
    path = tmp_path / "report.json"
    with serving(correct(small), **files.tls("other.example")) as url:
        said = _run(small, url, "--insecure", "--report-json", path, "--only", "*/auth/*")
    assert said.code == ExitCode.CONFORMS
    assert "not verified (--insecure)" in said.stderr
    assert "not verified (--insecure)" in " ".join(said.stdout.split())
    assert "--insecure" in json.loads(path.read_text())["headlines"][0]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_of_the_client(small: Contract, files: Files, version: ssl.TLSVersion) -> None:
    """A server that demands one is tested with it, and without it is said to demand one."""
    cert, key = files.issue("client", "client.example")
    stranger = Files(files.folder.parent, trustme.CA()).issue("stranger", "client.example")
    gate = Gate(correct(small))

    with demanding(gate, files, version) as url:
        without = _run(small, url, "--cacert", files.cacert)
        wrong = _run(small, url, "--cacert", files.cacert, "--cert", stranger[0], "--key", stranger[1])
        assert gate.heads == []
        given = _run(small, url, "--cacert", files.cacert, "--cert", cert, "--key", key, creates=20)
    assert without.code == wrong.code == ExitCode.INCOMPLETE
    assert "demands a certificate of its callers" in without.sentence
    assert "refuses the certificate in --cert" in wrong.sentence
    assert given.code == ExitCode.CONFORMS, given.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--cacert", "{folder}/missing.pem"), "cannot be read: No such file"),
        (("--cacert", "{folder}"), "cannot be read: Is a directory"),
        (("--cacert", "{folder}/text"), "no certificates in PEM"),
        (("--cacert", "{folder}/client.key"), "no certificates in PEM"),
        (("--key", "{folder}/client.key"), "name that with --cert"),
        (("--cert", "{folder}/client.pem"), "name the key with --key"),
        (("--cert", "{folder}/missing.pem"), "cannot be read"),
        (("--cert", "{folder}/client.pem", "--key", "{folder}/missing.key"), "cannot be read"),
        (("--cert", "{folder}/client.pem", "--key", "{folder}/other.key"), "not that of the certificate"),
        (("--cert", "{folder}/client.pem", "--key", "{folder}/encrypted.key"), "the key is encrypted"),
        (("--cert", "{folder}/text", "--key", "{folder}/client.key"), "no certificate with its key"),
    ],
)
def test_a_file_that_cannot_be_used(small: Contract, files: Files, words: tuple[str, ...], said: str) -> None:
    """It is named with what is wrong, before anything is sent."""
    _, key = files.issue("client", "client.example")
    files.issue("other", "client.example")
    (files.folder / "text").write_text("no certificate at all\n", encoding="utf-8")
    encrypted = files.folder / "encrypted.key"
    subprocess.run(
        ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:x", "-out", encrypted],
        check=True,
        capture_output=True,
    )
    made = _run(small, "https://127.0.0.1:9", *(word.format(folder=files.folder) for word in words))
    assert (made.code, said in made.sentence) == (ExitCode.USAGE, True), made.stderr


def _protocols(events: Path) -> dict[str, set[str]]:
    """The probes of a run by the protocol that they were sent in."""
    found: dict[str, set[str]] = {}
    for line in map(json.loads, events.read_text(encoding="utf-8").strip().split("\n")):
        if line["event"] == "exchange":
            found.setdefault(line["protocol"], set()).add(line["probe"])
    return found


def test_http2(small: Contract, files: Files, tmp_path: Path) -> None:
    """Where both speak it, what is not about HTTP/1.1 goes over HTTP/2; a report tells which was spoken."""
    events, path = tmp_path / "events.jsonl", tmp_path / "report.json"
    gate = Gate(correct(small, "accepts-any-token"))
    with speaking_http2(gate, files.issue("server", *_HERE)) as (url, _):
        words = ("--http2", "--cacert", files.cacert, "--events", events, "--report-json", path)
        said = _run(small, url, *words, creates=20)
        shown = [line for line in json.loads(path.read_text())["verdicts"] if line["verdict"] == "fail"]
        of_http2 = next(line["evidence"] for line in shown if line["evidence"]["protocol"] == "HTTP/2")
        answer = subprocess.run(
            ["sh", "-c", of_http2["curl"]], capture_output=True, text=True, env=environment(), check=True, timeout=30
        )
    assert said.code == ExitCode.BROKEN_MUST, said.stdout + said.stderr
    assert {line["id"] for line in shown if line["level"] == "MUST"} == {"createVideo/auth/invalid"}
    spoken = _protocols(events)
    assert len(spoken["HTTP/2"]) > len(spoken["HTTP/1.1"]) > 0
    assert any("/wire/" in probe or probe.startswith("wire/") for probe in spoken["HTTP/1.1"])
    assert {version for version, _ in gate.heads} >= {"2", "1.1"}
    assert answer.stdout.startswith(f"HTTP/2 {of_http2['status']}")


def test_only_http2(small: Contract, files: Files, tmp_path: Path) -> None:
    """Where a server speaks nothing else, what is about HTTP/1.1 is not run, for that reason, and fails nothing."""
    path = tmp_path / "report.json"
    gate = Gate(correct(small))
    with speaking_http2(gate, files.issue("server", *_HERE), also_http1=False) as (url, _):
        said = _run(small, url, "--http2", "--cacert", files.cacert, "--report-json", path, creates=20)
        plain = _run(small, url, "--cacert", files.cacert)
    made = json.loads(path.read_text())
    assert said.code == ExitCode.CONFORMS, said.stdout + said.stderr
    assert {version for version, _ in gate.heads} == {"2"}
    wire = [line for line in made["verdicts"] if line["id"].startswith("wire/")]
    assert {line["verdict"] for line in wire} == {"not-run"}
    assert any("speaks HTTP/2 alone" in line["reason"] for line in wire)
    assert plain.code == ExitCode.INCOMPLETE
    assert "--http2" in plain.sentence, plain.stderr


def test_http2_with_a_server_that_does_not(small: Contract, files: Files, tmp_path: Path) -> None:
    """Who asks for HTTP/2 and gets HTTP/1.1 is told so."""
    path = tmp_path / "report.json"
    with serving(correct(small), **files.tls(*_HERE)) as url:
        said = _run(small, url, "--http2", "--cacert", files.cacert, "--report-json", path, creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert any("HTTP/2" in headline for headline in json.loads(path.read_text())["headlines"])


def test_http2_needs_tls(small: Contract) -> None:
    """Without TLS nothing can be agreed on, which is said before anything is sent."""
    said = _run(small, "http://127.0.0.1:9", "--http2")
    assert (said.code, "within TLS" in said.sentence) == (ExitCode.USAGE, True)
