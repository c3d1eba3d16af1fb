"""The bytes on the wire: what a run sends over raw sockets, what it costs, and when it says nothing."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from attrs import evolve
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from conformance.campaign.raw_exchanges import judge_wire
from conformance.campaign.wanted import Wanted
from conformance.checks import Context, Finding, Mark
from conformance.contract import Contract, load
from conformance.engine.ledger import Ledger
from conformance.engine.network import Network
from conformance.engine.runner import Runner
from conformance.engine.target import target
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls
from conformance.reference import ReferenceServer
from conformance.requirements import catalogue
from conformance.requirements.selection import Selection
from tests.suite.contracts import answers, loaded
from tests.suite.counting import Counting, refusal
from tests.suite.runs import ENV, QUICK, TOKEN, Run, carry_out, command, environment
from tests.suite.servers import listening, serving
from tests.suite.serving import Serve

GROWTH = Path(__file__).resolve().parents[1] / "growth" / "contracts"
MOST = 18


def _on_the_wire(run: Run) -> dict[str, str]:
    return {line.id: line.verdict for line in run.report.verdicts if line.id.startswith("wire/")}


def _judged(contract: Contract, url: str, timeout: float = 2.0) -> tuple[list[Finding], Ledger]:
    """The raw exchanges alone, against a server that is taken to refuse each known defect."""
    ledger = Ledger(0)
    taught = {op.id: Controls.assumed(Builder(contract, op)) for op in contract.operations}
    context = Context(contract, catalogue(contract), taught)
    runner = Runner(target(url, TOKEN, ENV), ledger, evolve(QUICK, timeout=timeout), lambda _: None)
    for operation in contract.operations:
        for control in controls(Builder(contract, operation)):
            runner.learn(control)
    wanted = Wanted.by(Selection(), catalogue(contract), contract)
    return asyncio.run(judge_wire(runner, context, wanted, {}, ())), ledger


def test_a_correct_server_passes_for_few_requests(small: Contract, serve: Serve) -> None:
    """A correct server keeps all that is asked of its bytes; every request is in the books, and none can create."""
    server = serve(contract=small)
    run = carry_out(small, server.url, 0)
    raw = [exchange for exchange in run.exchanges if exchange.probe.wire is not None]
    assert set(_on_the_wire(run).values()) == {"pass"}
    assert len(raw) <= MOST
    assert run.result.spend.requests == len(run.exchanges) == server.requests - 1  # one only asks who is there
    assert server.creates == 0


@pytest.mark.parametrize("path", sorted(GROWTH.glob("*.yaml")), ids=lambda path: path.stem)
def test_other_contracts_are_judged_too(path: Path) -> None:
    """JSON bodies, keys in other places, Basic credentials: the same exchanges are sent, and a correct server passes.

    Where a contract has one defect alone, a refusal does not tell whether the form was read.
    """
    contract = load(path)
    with ReferenceServer(contract, token=TOKEN) as server:
        found = _on_the_wire(carry_out(contract, server.url, 0))
    compared = {f"wire/{name}" for name in ("segments", "chunk-size", "chunk-extension", "trailer")}
    assert {name for name, verdict in found.items() if verdict != "pass"} <= compared
    assert set(found.values()) <= {"pass", "inconclusive"}
    assert compared <= found.keys()


def test_a_contract_that_only_reads_is_judged(tmp_path: Path) -> None:
    """Without a body and without credentials there is less to send, and nothing that cannot be decided."""
    contract = loaded(tmp_path, {"/things": {"get": {"operationId": "listThings", "responses": answers()}}})
    with ReferenceServer(contract, token=TOKEN) as server:
        found = _on_the_wire(carry_out(contract, server.url, 0))
    assert "wire/expect-continue" not in found
    assert set(found.values()) == {"pass"}


def test_a_base_path_stands_before_every_target(small: Contract) -> None:
    """What is sent over a socket goes below the base URL, as everything else does."""
    seen: list[str] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await JSONResponse({"error": {"message": "no"}}, 404)(scope, receive, send)

    with serving(application) as url:
        _judged(small, f"{url}/gateway/x")
    assert seen
    assert all("/gateway/x/" in path for path in seen)


def test_a_server_that_answers_no_socket_costs_seconds_and_fails_nothing(small: Contract) -> None:
    """Where nothing comes back at all, it may be a firewall: a few seconds, and no requirement fails."""

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        while await reader.read(1000):
            pass

    begun = time.monotonic()
    with listening(mute) as peer:
        found, ledger = _judged(small, peer.url, 0.6)
    assert time.monotonic() - begun < 8
    assert {finding.mark for finding in found} <= {Mark.OPEN}
    assert ledger.requests <= 4


def test_a_server_that_drops_every_connection_fails_nothing(small: Contract) -> None:
    """The same where connections are closed at once, or where there is nobody."""

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.transport.abort()

    with listening(drop) as peer:
        found, _ = _judged(small, peer.url)
        peer.die()
        nobody, _ = _judged(small, peer.url)
    assert {finding.mark for finding in [*found, *nobody]} <= {Mark.OPEN}


def test_a_server_that_never_closes_takes_no_longer_than_allowed(small: Contract) -> None:
    """Every answer comes and no connection ends: the run goes on after a few seconds, and `wire/close` fails."""
    answer = b"HTTP/1.1 404 Not Found\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\n{}"

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(answer)

    begun = time.monotonic()
    with listening(endless) as peer:
        found, _ = _judged(small, peer.url, 0.6)
    assert time.monotonic() - begun < 20
    assert "wire/close" in {finding.requirement for finding in found if finding.mark is Mark.FAIL}


def test_a_flaw_that_does_not_come_back_is_not_blamed(small: Contract, serve: Serve) -> None:
    """One bad moment is no proof: what fails once and not again is left open."""
    server = serve(contract=small)
    host, port = server.url.removeprefix("http://").split(":")
    connections = 0

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        spoils = connections == 1
        behind, into = await asyncio.open_connection(host, int(port))

        async def there() -> None:
            while data := await reader.read(65536):
                into.write(data)

        going = asyncio.create_task(there())
        try:
            while data := await behind.read(65536):
                writer.write(data.replace(b"HTTP/1.1 ", b"HTTP/1.1  ") if spoils else data)
        finally:
            going.cancel()
            into.transport.abort()

    with listening(forward) as peer:
        found, ledger = _judged(small, peer.url)
        again, usual = _judged(small, peer.url)
    assert [finding for finding in [*found, *again] if finding.mark is Mark.FAIL] == []
    assert ledger.requests == usual.requests + 2  # those of the first connection


class _OldServer(BaseHTTPRequestHandler):
    """A correct server of HTTP/1.0: one request a connection, no transfer codings, no persistence."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        del format, args

    def _refuse(self) -> None:
        body = b'{"error": {"message": "there is nothing"}}'
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = _refuse  # noqa: N815 - the names are the library's


@pytest.fixture
def old_server() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _OldServer)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_server_of_http_1_0_breaks_no_answer(small: Contract, old_server: str) -> None:
    """Who closes after each answer, and says so, is asked no second request, and keeps what concerns answers."""
    found, _ = _judged(small, old_server)
    marks = {(finding.requirement, finding.mark) for finding in found}
    for name in ("status-line", "fields", "content-length", "length", "bodiless", "date-format", "close", "http-1.0"):
        assert (f"wire/{name}", Mark.PASS) in marks
        assert (f"wire/{name}", Mark.FAIL) not in marks
    for name in ("keep-alive", "pipelining"):
        assert {mark for requirement, mark in marks if requirement == f"wire/{name}"} == {Mark.OPEN}


def test_the_token_is_written_nowhere(small: Contract, tmp_path: Path) -> None:
    """A server that shows the token in its refusals: neither events nor report hold it, whichever way it came."""

    async def echoing(scope: Scope, receive: Receive, send: Send) -> None:
        shown = Request(scope, receive).headers.get("authorization", "")
        answer = JSONResponse({"error": {"message": f"not {shown}"}}, 400 if shown else 404, headers={"X-Seen": shown})
        await answer(scope, receive, send)

    events, report, contract = tmp_path / "events.jsonl", tmp_path / "report.json", small.path
    with serving(echoing) as url:
        command("run", "--url", url, "--contract", contract, "--max-creates", 0, "--events", events,
                "--report-json", report)  # fmt: skip
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    answered = [line for line in lines if line["event"] == "exchange" and line["answer"]]
    assert any(line["probe"].startswith("wire/") for line in answered)
    assert TOKEN not in events.read_text(encoding="utf-8")
    assert TOKEN not in report.read_text(encoding="utf-8")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody trusts, with its key."""
    path = tmp_path / "server.pem"
    subprocess.run(
        ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-keyout", path, "-out", tmp_path / "cert.pem"), check=True, capture_output=True,
    )  # fmt: skip
    path.write_bytes(path.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return path


def test_a_certificate_that_is_not_trusted_is_no_finding(small: Contract, certificate: Path) -> None:
    """Where TLS cannot be spoken nothing is said about the server's bytes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def serve() -> list[Finding]:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        found, _ = await asyncio.to_thread(_judged, small, f"https://127.0.0.1:{port}")
        server.close()
        return found

    assert {finding.mark for finding in asyncio.run(serve())} <= {Mark.OPEN}


def test_tls_is_spoken_where_the_url_says_so(
    small: Contract, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TLS the same is sent and judged as without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate.with_name("cert.pem"))
    trusting.check_hostname = False
    monkeypatch.setattr(Network, "tls", trusting)
    answer = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(answer[:-2] if head.startswith(b"HEAD") else answer)
        writer.close()

    async def serve() -> list[Finding]:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        found, _ = await asyncio.to_thread(_judged, small, f"https://127.0.0.1:{port}")
        server.close()
        return found

    found = asyncio.run(serve())
    for name in ("status-line", "fields", "length", "close"):
        marks = {finding.mark for finding in found if finding.requirement == f"wire/{name}"}
        assert Mark.PASS in marks
        assert Mark.FAIL not in marks
    assert {finding.mark for finding in found if finding.requirement == "wire/date"} == {Mark.FAIL}


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n", {"wire/expect-continue"}),
        (b"HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n", set()),
    ],
)
def test_a_go_ahead_obliges_to_an_answer(small: Contract, said: bytes, broken: set[str]) -> None:
    """A final answer is as good as a 100, and a 100 is not enough."""

    async def expecting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"Expect: 100-continue" in head:
            writer.write(said)
            while said.startswith(b"HTTP/1.1 100") and await reader.read(1000):
                pass
        else:
            length = re.search(rb"Content-Length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            writer.write(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\n")
            writer.write(b"" if head.startswith(b"HEAD") else b"{}")

    with listening(expecting) as peer:
        found, _ = _judged(small, peer.url, 0.6)
    failed = {finding.requirement for finding in found if finding.mark is Mark.FAIL}
    assert failed & {"wire/expect-continue", "wire/status-line", "wire/length"} == broken


def test_who_reads_no_chunks_is_told_so_once(small: Contract, serve: Serve) -> None:
    """Where chunks are not read at all, nothing is said of their sizes, extensions and trailers."""
    server = serve("wants-the-length-first", contract=small)
    run = carry_out(small, server.url, 0)
    assert run.verdict("http/chunked").decision.value == "fail"
    for name in ("chunk-size", "chunk-extension", "trailer"):
        verdict = run.verdict(f"wire/{name}")
        assert verdict.decision.value == "not-run"
        assert "http/chunked" in verdict.reason


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_command_of_a_finding_sends_the_same_bytes(
    small: Contract, serve: Serve, tmp_path: Path, shell: str
) -> None:
    """What evidence shows, given to a shell, sends what the run sent, the token from its variable."""
    sent: list[bytes] = []
    server = serve(contract=small)
    run = carry_out(small, server.url, 0)
    lines = {line.evidence.curl for line in run.report.verdicts if line.id.startswith("wire/") and line.evidence}
    assert lines
    assert not any(TOKEN in line for line in lines)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        sent.append(await reader.read())

    peer_program = tmp_path / "nc"
    peer_program.write_text(
        "#!/usr/bin/env python3\nimport socket, sys\n"
        "with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as it:\n"
        "    it.sendall(sys.stdin.buffer.read())\n",
        encoding="utf-8",
    )
    peer_program.chmod(0o755)
    env = environment(PATH=f"{tmp_path}:/usr/bin:/bin")
    with listening(listen) as peer:
        for line in sorted(lines):
            moved = line.replace("sleep 1", ":").rpartition(" ")[0]
            made = subprocess.run((shell, "-c", f"{moved} {peer.url.rpartition(':')[2]}"), env=env, check=False)
            assert made.returncode == 0
        while len(sent) < len(lines):
            time.sleep(0.01)
    whole = b"".join(sent)
    assert b"Authorization: Bearer " + TOKEN.encode() + b"\r\n" in whole
    assert b"Transfer-Encoding: chunked\r\n" in whole
    assert whole.count(b" HTTP/1.") <= MOST
    assert all(data.startswith((b"GET /", b"POST ", b"post ")) for data in sent)


def test_a_ceiling_is_no_silence(small: Contract) -> None:
    """What was not sent over a socket since the ceiling was reached says so: the server is not called mute."""
    refused = len([*controls(Builder(small, small.billable[0]))])
    chosen = Selection(only=("http/unknown-header", "wire/chunk-*", "wire/trailer"))
    with serving(Counting(small, lambda number: refusal(400) if number <= refused else None)) as url:
        run = carry_out(small, url, 1, tier="free", selection=chosen)
    assert run.result.spend.unexpected_creates == 1
    told = {(line.verdict, line.reason) for line in run.report.verdicts if line.id.startswith("wire/")}
    assert told == {("not-run", "the ceiling of 1 create is reached")}


@pytest.mark.parametrize("requirement", ["wire/length", "wire/status-line"])
def test_what_every_answer_has_to_keep_can_be_chosen(serve: Serve, small: Contract, requirement: str) -> None:
    """A rule of every answer that is chosen alone is decided, by sockets."""
    server = serve(contract=small)
    assert _on_the_wire(carry_out(small, server.url, 0, selection=Selection(only=(requirement,)))) == {
        requirement: "pass"
    }
