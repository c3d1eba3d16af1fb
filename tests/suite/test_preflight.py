"""What is in the way of a run: found out with few requests, said in one sentence with what to do, status 3."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import Entry, parse, pipeline_for
from conformance.reference.world import World
from tests.suite.runs import TOKEN, carry_out, command
from tests.suite.servers import listening, serving
from tests.suite.serving import Serve

_MOST = 20
Answers = Callable[[Request], Response | None]


class _Front:
    """Counts requests, and answers some of them itself; the rest go on to the correct server, if there is one."""

    def __init__(self, answers: Answers, behind: ASGIApp | None = None) -> None:
        self.answers, self.behind = answers, behind
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        response = self.answers(Request(scope))
        if response is None and self.behind is not None:
            await self.behind(scope, receive, send)
            return
        await (response or JSONResponse({"error": {"message": "no such page"}}, 404))(scope, receive, send)


def _correct(contract: Contract) -> ASGIApp:
    return Application(World(contract, TOKEN), pipeline_for(contract, ()))


def _moved(request: Request) -> Response:
    return RedirectResponse(f"https://elsewhere.example{request.url.path}", 301)


_EVERYTHING: dict[str, tuple[Answers, tuple[str, ...]]] = {
    "503": (lambda _: JSONResponse({"error": {"message": "down"}}, 503), ("HTTP 503",)),
    "500": (lambda _: JSONResponse({"error": {"message": "down"}}, 500), ("HTTP 500",)),
    "429": (lambda _: JSONResponse({"error": {"message": "slowly"}}, 429), ("HTTP 429", "wait")),
    "403": (lambda _: JSONResponse({"error": {"message": "no"}}, 403), ("HTTP 403", "rights")),
    "404": (lambda _: PlainTextResponse("not here", 404), ("404", "--url")),
    "405": (lambda _: PlainTextResponse("not so", 405, {"Allow": "GET"}), ("405", "--url")),
    "301": (_moved, ("301", "https://elsewhere.example")),
    "307": (lambda _: RedirectResponse("/login", 307), ("307", "/login")),
    "303": (lambda _: RedirectResponse("/login", 303), ("303", "/login")),
    "401": (
        lambda _: JSONResponse({"error": {}}, 401, {"WWW-Authenticate": "Bearer"}),
        ("refuses the token", "VIDEOS_TOKEN"),
    ),
    "firewall-403": (lambda _: HTMLResponse("<html>Blocked</html>", 403), ("web page", "HTTP 403")),
    "firewall-503": (lambda _: HTMLResponse("<html>Checking your browser</html>", 503), ("web page", "HTTP 503")),
    "one-page-for-all": (lambda _: HTMLResponse("<html>Welcome</html>", 200), ("web page", "HTTP 200")),
}


@pytest.mark.parametrize("creates", [0, 6])
@pytest.mark.parametrize("name", _EVERYTHING)
def test_one_answer_to_everything(small: Contract, name: str, creates: int) -> None:
    """Where every request gets the same answer there is nothing to test: status 3, at most 20 requests, what to do."""
    answers, words = _EVERYTHING[name]
    with serving(server := _Front(answers)) as url:
        made = carry_out(small, url, creates)
    assert made.report.exit_code() == ExitCode.INCOMPLETE
    assert made.report.trouble is not None
    assert all(word in made.report.trouble for word in words), made.report.trouble
    assert server.requests <= _MOST
    assert made.failed("MUST") == set()


@pytest.mark.parametrize(
    ("suffix", "said"),
    [("/v1", "write --url {root}"), ("/v1/videos", "write --url {root}"), ("/elsewhere", "write --url {root}")],
)
def test_a_base_path_too_many(serve: Serve, small: Contract, suffix: str, said: str) -> None:
    """Whoever writes a path too many is told the address that works, after a look that costs nothing."""
    server = serve(contract=small)
    made = command("run", "--url", server.url + suffix, "--contract", small.path, "--max-creates", 3)
    assert made.code == ExitCode.INCOMPLETE
    assert said.format(root=server.url) in " ".join(made.stdout.split())
    assert server.requests <= _MOST
    assert server.creates == 0


@pytest.mark.parametrize("prefix", ["/v1", "/api"])
def test_a_base_path_missing(small: Contract, prefix: str) -> None:
    """Whoever leaves out where the API is mounted is told so."""
    correct = _correct(small)

    class Mounted:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            path = scope["path"]
            if not path.startswith(f"{prefix}/v1/"):
                await JSONResponse({"error": {"message": "no such page"}}, 404)(scope, receive, send)
                return
            inner = path.removeprefix(prefix)
            await correct({**scope, "path": inner, "raw_path": inner.encode()}, receive, send)

    with serving(Mounted()) as url:
        made = carry_out(small, url, 2)
    assert f"write --url {url}{prefix}" in str(made.report.trouble)
    assert made.failed("MUST") == set()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody trusts, with its key."""
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path / "server.pem"
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1")
    subprocess.run([tool, *words, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text(), encoding="utf-8")
    return path


async def _refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()


def test_https_against_http(serve: Serve, small: Contract) -> None:
    """A server without TLS that is asked with https is recognised, and the right address is said."""
    server = serve(contract=small)
    url = server.url.replace("http:", "https:")
    said = command("run", "--url", url, "--contract", small.path, "--max-creates", 0, "--timeout", 3)
    assert said.code == ExitCode.INCOMPLETE
    assert f"write --url {server.url}" in said.sentence


@pytest.mark.parametrize(("scheme", "words"), [("http:", ("write --url https:",)), ("https:", ("certificate",))])
def test_what_a_tls_server_says(small: Contract, certificate: Path, scheme: str, words: tuple[str, ...]) -> None:
    """A server with TLS that is asked without it is recognised, and a certificate that nobody trusts is named."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with listening(_refuses, context) as peer:
        url = peer.url.replace("http:", scheme)
        said = command("run", "--url", url, "--contract", small.path, "--max-creates", 0, "--timeout", 3)
    assert said.code == ExitCode.INCOMPLETE
    assert said.stderr.strip().count("\n") == 0
    assert all(word in said.sentence for word in words)


@pytest.mark.parametrize(
    "behaviour", ["gateway-errors", "unknown-model-is-404", "rate-limit", "transient-500", "transient-502"]
)
@pytest.mark.parametrize("creates", [0, 6])
def test_what_is_unusual_but_fine(serve: Serve, small: Contract, behaviour: str, creates: int) -> None:
    """Other shapes of errors, an upstream's 503 or a 404 for an unknown model, and limits keep nobody from testing."""
    server = serve(behaviour, contract=small)
    made = carry_out(small, server.url, creates)
    assert made.report.trouble is None
    assert made.failed("MUST") == set()
    assert made.report.summary["decided"] > (60 if creates or behaviour != "transient-502" else 20)


def test_on_a_good_server_it_costs_nothing(serve: Serve, small: Contract) -> None:
    """Where all is well the preflight is one look and one of the controls, which are sent anyway."""
    server = serve(contract=small)
    made = carry_out(small, server.url, 0)
    ids = [exchange.probe.id for exchange in made.exchanges]
    assert "/control/" in ids[0]
    assert len(ids) == len(set(ids))
    assert server.requests == made.report.ledger["requests"] + 1


def _poor() -> Entry:
    """A server that refuses whatever is valid for want of credit."""
    text = "[{name: poor, says: Has no credit., does: [breaks_down_late: {status: 402, message: no credit}]}]"
    return parse(text, "variant", "this test")[0]


def test_no_create_accepted_is_no_success(small: Contract, serve: Serve) -> None:
    """A run that was to create, and whose every create was refused for want of credit, does not end with 0."""
    server = serve(_poor(), contract=small)
    made = carry_out(small, server.url, 6)
    assert made.report.exit_code() == ExitCode.INCOMPLETE
    assert "no create was accepted" in str(made.report.trouble)
    assert made.report.headlines[0].startswith("no credit or no rights on 3 of 3 creates (HTTP 402)")
    assert made.report.ledger["possible_creates"] == 0
    assert json.loads(json.dumps(made.report.to_dict()))["headlines"]
