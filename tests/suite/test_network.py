"""The network as it is: proxies, addresses, rates and header fields of the user's, on every kind of connection."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from conformance.campaign import Options, plan
from conformance.contract import Contract
from conformance.engine.head import head
from conformance.engine.network import Network, proxy_of_environment, read_proxy
from conformance.engine.rate import Throttle, read_rate
from conformance.engine.target import target
from conformance.engine.user_header import UserHeader, read_headers
from conformance.errors import ExitCode, UsageError
from tests.suite.gateways import Gate, correct, proxy
from tests.suite.runs import ENV, TOKEN, Said, carry_out, command, environment, process
from tests.suite.servers import serving
from tests.suite.serving import Serve

_TENANT = 'tenant-"7f3a\\9 + c/d=='
_SUITE = ("--timeout", 3, "--create-timeout", 3)


def _run(contract: Contract, url: str, *more: object, creates: int = 0) -> Said:
    return command("run", "--url", url, "--contract", contract.path, "--max-creates", creates, *_SUITE, *more)


def test_a_header_goes_with_every_request(small: Contract, tmp_path: Path) -> None:
    """A gateway that lets nobody in without a header field is tested whole, raw sockets and all."""
    path = tmp_path / "report.json"
    gate = Gate(correct(small), lambda headers: headers.get(b"x-tenant") == _TENANT.encode())
    with serving(gate) as url:
        said = _run(small, url, "-H", f"X-Tenant: {_TENANT}", "--report-json", path, creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert len(gate.heads) > 100
    assert all(headers.get(b"x-tenant") == _TENANT.encode() for _, headers in gate.heads)
    assert json.loads(path.read_text())["summary"]["not-run"] < 30


class _Mirror:
    """Shows every header field it gets, in every answer and in several codings."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        value = dict(scope["headers"]).get(b"x-tenant", b"")
        shown = {"raw": value.decode(), "base64": base64.b64encode(value).decode(), "hex": value.hex()}
        body = json.dumps({"error": {"message": "no", "type": "x", **shown}}).encode()
        heads = [(b"content-type", b"application/json"), (b"x-echo", value), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 400, "headers": heads})
        await send({"type": "http.response.body", "body": body})


def test_the_value_of_a_header_is_shown_nowhere(small: Contract, tmp_path: Path) -> None:
    """A server that reflects it in every coding gets it into no report, no event, no line on the terminal."""
    path, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    with serving(_Mirror()) as url:
        said = _run(small, url, "-H", f"X-Tenant: {_TENANT}", "--report-json", path, "--events", events, "--verbose")
    everything = said.stdout + said.stderr + path.read_text() + events.read_text()
    assert "x-echo" in everything  # it was reflected, and is not there
    coded = (_TENANT, json.dumps(_TENANT)[1:-1], _TENANT.encode().hex(), base64.b64encode(_TENANT.encode()).decode())
    assert [form for form in coded if form in everything] == []


@pytest.mark.parametrize("form", ["env", "file"])
def test_a_header_need_not_stand_in_the_list_of_processes(
    small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Its value comes from a variable or a file, and the command of a report names the variable."""
    secret = tmp_path / "tenant"
    secret.write_text("from-elsewhere\n", encoding="utf-8")
    monkeypatch.setenv("TENANT", "from-elsewhere")
    given = "X-Tenant=env:TENANT" if form == "env" else f"X-Tenant=file:{secret}"
    (header,) = read_headers([given], small)
    assert (header.value, header.variable) == ("from-elsewhere", "TENANT" if form == "env" else "HEADER_X_TENANT")
    assert "from-elsewhere" not in repr(target("http://127.0.0.1", TOKEN, ENV, Network(headers=(header,))))


@pytest.mark.parametrize(
    "name",
    ["Content-Type", "content-length", "Host", "Transfer-Encoding", "Connection", "Expect", "X-HTTP-Method-Override",
     "Proxy-Authorization", "Authorization"],
)  # fmt: skip
def test_a_header_that_probes_write_is_refused(small: Contract, name: str) -> None:
    """Who would add one of them to every request would judge something else; the reason is told, the value is not."""
    said = _run(small, "http://127.0.0.1:9", "-H", f"{name}: something-secret")
    assert said.code == ExitCode.USAGE
    assert name in said.sentence
    assert "cannot be added: " in said.sentence
    assert "something-secret" not in said.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no header", "write 'Name: value'"),
        ("X-Tenant: ", "empty"),
        ("X-Tenant: a\nb", "cannot carry"),
        ("X-Tenant: ü", "cannot carry"),
        ("X-Tenant=env:NO_SUCH_VARIABLE", "not set"),
        ("X-Tenant=env:9", "no name of a variable"),
        ("X-Tenant=file:/nowhere/at/all", "cannot be read"),
    ],
)
def test_a_header_that_is_none_is_refused(small: Contract, text: str, words: str) -> None:
    """What cannot be sent is told before anything is."""
    said = _run(small, "http://127.0.0.1:9", "-H", text)
    assert (said.code, words in said.sentence) == (ExitCode.USAGE, True), said.stderr


def test_a_header_twice_is_refused(small: Contract) -> None:
    """Two values of one field are no request that anybody means."""
    with pytest.raises(UsageError, match="given twice"):
        read_headers(["X-Tenant: one-value", "x-tenant: another"], small)


def test_a_probe_keeps_its_own_header(contract: Contract) -> None:
    """Where a probe tries a field that the user adds, it tries it; everywhere else the user's goes out."""
    users = tuple(UserHeader(name, f"value-of-{name}", name) for name in ("X-Forwarded-For", "User-Agent", "Cookie"))
    where = target("http://127.0.0.1", TOKEN, ENV, Network(headers=users))
    tried = 0
    for probe in plan(contract, Options(40)):
        sent = [(name.decode().lower(), value.decode("latin-1")) for name, value in head(where, probe.request)[1]]
        own = {name.lower(): value for name, value in probe.request.headers}
        for user in users:
            values = [value for name, value in sent if name == user.name.lower()]
            if user.name.lower() in {name.lower() for name in probe.request.omits}:
                assert values == []
            elif user.name == "Cookie":
                assert len(values) == 1
                assert values[0].startswith(user.value)
            else:
                tried += user.name.lower() in own
                assert values == [own.get(user.name.lower(), user.value)]
    assert tried


def test_a_command_of_a_report_reaches_the_server_as_the_run_did(
    small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given to a shell, with the value in its variable, the command gets the answer that the report shows."""
    path = tmp_path / "report.json"
    monkeypatch.setenv("TENANT", _TENANT)
    gate = Gate(correct(small, "accepts-any-token"), lambda headers: headers.get(b"x-tenant") == _TENANT.encode())
    with proxy() as (through, seen), serving(gate) as url:
        port = url.rpartition(":")[2]
        said = _run(
            small, url, "-H", "X-Tenant=env:TENANT", "--proxy", through, "--yes", "--only", "*/auth/*",
            "--report-json", path,
        )  # fmt: skip
        assert said.code == ExitCode.BROKEN_MUST
        made = json.loads(path.read_text())
        shown = next(line["evidence"] for line in made["verdicts"] if line["verdict"] == "fail")
        before = len(seen.heads)
        answer = subprocess.run(
            ["sh", "-c", shown["curl"]], capture_output=True, text=True, env=environment(), check=True, timeout=30
        )
    assert f" {shown['status']} " in answer.stdout
    assert '"X-Tenant: $TENANT"' in shown["curl"]
    assert len(seen.heads) == before + 1
    assert seen.heads[-1].startswith(f"CONNECT 127.0.0.1:{port} ")


def test_all_goes_through_the_proxy(small: Contract) -> None:
    """Whatever opens a connection opens it through the proxy, raw sockets and lone connections too."""
    gate = Gate(correct(small))
    with proxy() as (through, seen), serving(gate, proxy_headers=False) as url:
        place = url.partition("://")[2]
        peers: set[Any] = set()
        inner = gate.application

        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            peers.add(tuple(scope["client"]))
            await inner(scope, receive, send)

        gate.application = noting
        said = _run(small, url, "--proxy", through, "--yes", creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert {head.split(" ")[1] for head in seen.heads} == {place}
    assert peers <= seen.outgoing
    assert len(gate.heads) > 100


def test_a_proxy_that_wants_a_password(small: Contract, tmp_path: Path) -> None:
    """It is given to the proxy alone, and stands in no report."""
    path = tmp_path / "report.json"
    gate = Gate(correct(small))
    with proxy() as (through, seen), serving(gate) as url:
        address = through.replace("http://", "http://someone:pa55-word@")
        said = _run(small, url, "--proxy", address, "--yes", "--report-json", path, "--only", "*/auth/*")
    assert said.code == ExitCode.CONFORMS
    expected = base64.b64encode(b"someone:pa55-word").decode()
    assert all(f"Basic {expected}" in head for head in seen.heads)
    assert not any(b"proxy-authorization" in headers and expected.encode() in headers[b"proxy-authorization"]
                   for _, headers in gate.heads)  # fmt: skip
    assert "pa55-word" not in path.read_text() + said.stdout + said.stderr


def test_a_proxy_that_refuses(small: Contract) -> None:
    """A proxy that makes no connection is named as what is in the way, after one request to it."""
    with proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as (through, seen):
        said = _run(small, "https://gateway.example", "--proxy", through, "--yes")
    assert said.code == ExitCode.INCOMPLETE
    assert f"the proxy {through} does not connect to gateway.example:443: HTTP 407" in said.sentence
    assert said.stderr.count("error: ") == 1
    assert seen.connections == 1


def test_the_environment_counts_only_when_it_is_asked(
    small: Contract, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY is heeded with --trust-env alone, and NO_PROXY with it."""
    server = serve(contract=small)
    with proxy() as (through, seen):
        monkeypatch.setenv("http_proxy", through)
        assert _run(small, server.url, "--only", "*/auth/*").code == ExitCode.CONFORMS
        assert seen.connections == 0
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert _run(small, server.url, "--only", "*/auth/*", "--trust-env", "--yes").code == ExitCode.CONFORMS
        assert seen.connections == 0
        monkeypatch.delenv("no_proxy")
        assert _run(small, server.url, "--only", "*/auth/*", "--trust-env", "--yes").code == ExitCode.CONFORMS
        assert seen.connections > 0


def test_a_proxy_of_the_environment_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment names and cannot be used is named by its variable."""
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(UsageError, match="ALL_PROXY: socks5 is no scheme"):
        proxy_of_environment("http://127.0.0.1:8000")


@pytest.mark.parametrize("text", ["https://proxy.example:8080", "socks5://proxy.example", "http://", "http://p/path"])
def test_a_proxy_that_cannot_be_used_is_refused(text: str) -> None:
    """Nothing goes anywhere else because a proxy was written wrongly."""
    with pytest.raises(UsageError, match="--proxy"):
        read_proxy(text)


def test_a_base_path(small: Contract) -> None:
    """An API that is mounted below a path is tested whole there, and nothing is asked beside it."""
    gate = Gate(correct(small), root_path="/gateway/tenant-7")
    with serving(gate) as url:
        said = _run(small, f"{url}/gateway/tenant-7/", creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert len(gate.heads) > 100


@pytest.mark.parametrize("zone", ["", "%251"])
def test_an_ipv6_literal(small: Contract, zone: str) -> None:
    """An address in brackets is tested as any, and its zone stands in no request (RFC 6874)."""
    gate = Gate(correct(small))
    with serving(gate, "::1") as url:
        said = _run(small, url.replace("]", f"{zone}]"), creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    hosts = {headers[b"host"] for _, headers in gate.heads}
    assert hosts == {url.partition("://")[2].encode()}


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "[::1]"])
def test_a_pinned_address(small: Contract, address: str) -> None:
    """A name that no name server knows is reached where the user says, and is asked for by its name."""
    gate = Gate(correct(small))
    with serving(gate, address.strip("[]")) as url:
        port = url.rpartition(":")[2]
        named = f"gateway.invalid:{port}"
        said = _run(small, f"http://{named}", "--resolve", f"{named}:{address}", creates=20)
    assert said.code == ExitCode.CONFORMS, said.stdout
    assert {headers[b"host"] for _, headers in gate.heads} == {named.encode()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gateway.invalid", "write HOST:PORT:ADDRESS"),
        ("gateway.invalid:80:elsewhere.example", "no IP address"),
        ("gateway.invalid:81:127.0.0.1", "nothing is asked there"),
        ("other.invalid:80:127.0.0.1", "--url names gateway.invalid:80"),
    ],
)
def test_a_pin_of_no_use_is_refused(small: Contract, text: str, words: str) -> None:
    """A pin that names nothing would let a run go where its user did not mean it to."""
    said = _run(small, "http://gateway.invalid", "--resolve", text)
    assert (said.code, words in said.sentence) == (ExitCode.USAGE, True), said.stderr


class _Time:
    """A clock that goes on only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.turns: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def test_turns_are_even_and_in_order() -> None:
    """However many ask at once, one goes after the other, each an interval after the one before."""
    time, order = _Time(), []
    throttle = Throttle(0.5, time, time.sleep)

    async def ask(name: int) -> None:
        await throttle.turn()
        order.append(name)

    async def main() -> None:
        await asyncio.gather(*map(ask, range(5)))

    asyncio.run(main())
    assert order == [0, 1, 2, 3, 4]
    assert time.now >= 2.0


def test_every_request_takes_its_turn(small: Contract) -> None:
    """Free, billable and raw requests alike, and looks too: none sets out without a turn."""
    time, gate = _Time(), Gate(correct(small))
    throttle = Throttle(read_rate("2/s"), time, time.sleep)
    with serving(gate) as url:
        made = carry_out(small, url, 20, Network(throttle=throttle))
    assert made.report.exit_code() == ExitCode.CONFORMS
    assert made.result.spend.creates > 0
    assert throttle.waited >= 0.5 * (len(gate.heads) - 1)


@pytest.mark.parametrize(
    ("text", "interval"), [("2/s", 0.5), ("30/m", 2.0), ("1000/h", 3.6), ("0.5/s", 2.0), ("4 / s", 0.25)]
)
def test_rates(text: str, interval: float) -> None:
    """A rate is so many requests a second, a minute or an hour."""
    assert read_rate(text) == pytest.approx(interval)


@pytest.mark.parametrize("text", ["2", "0/s", "-1/s", "2/d", "fast", "2/s/s"])
def test_what_is_no_rate_is_refused(small: Contract, text: str) -> None:
    """A rate that cannot be read slows nothing down, so that it is refused."""
    said = _run(small, "http://127.0.0.1:9", "--rate", text)
    assert (said.code, "--rate" in said.sentence) == (ExitCode.USAGE, True)


def test_a_rate_is_kept_by_the_command(small: Contract, serve: Serve) -> None:
    """The option reaches the run: what is decided by a few refusals still is."""
    server = serve(contract=small)
    said = process(
        "run",
        "--url",
        server.url,
        "--contract",
        small.path,
        "--max-creates",
        0,
        "--rate",
        "200/s",
        "--only",
        "*/auth/*",
    )
    assert said.code == ExitCode.CONFORMS
