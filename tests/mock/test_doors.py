"""Who may call, from where: other machines, pages of other origins; and how late they are answered."""

from __future__ import annotations

import socket

import httpx
import pytest
from click.testing import CliRunner

from conformance.cli.serve import serve_command
from tests.mock.calling import MockCaller, credentials
from tests.mock.conftest import StartMock
from tests.mock.running import served

APP = "http://localhost:5173"
OTHER = "https://evil.example"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested


def _preflight(caller: MockCaller, origin: str, method: str = "POST", **more: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,prefer,x-of-the-app",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    return caller.http.options(caller.maker.path, headers=headers)


def test_nobody_elses_page_may_call_unless_asked_for(mock: StartMock) -> None:
    """Without --cors no answer says that a page may read it."""
    caller = mock()
    answers = [_preflight(caller, APP), caller.create(Origin=APP)]
    assert [answer.status_code for answer in answers] == [405, 200]
    assert not any(name.startswith("access-control") for answer in answers for name in answer.headers)


def test_a_page_of_an_origin_may_call(mock: StartMock) -> None:
    """A browser asks first: for the method, for headers with a token, and for a network that is not the web's."""
    caller = mock(origins=(APP,))
    allowed = _preflight(caller, APP, Access_Control_Request_Private_Network="true")
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == APP
    assert "POST" in allowed.headers["access-control-allow-methods"]
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert allowed.headers["access-control-allow-private-network"] == "true"
    assert "Origin" in allowed.headers["vary"]
    assert (caller.last.method, caller.last.status, caller.last.operation) == ("OPTIONS", 200, None)
    assert caller.server.creates == 0


def test_every_answer_may_be_read_by_that_page(mock: StartMock) -> None:
    """Refusals too, with what the headers say: an app that cannot read a 401 tells its user nothing."""
    caller = mock(origins=(APP,))
    answers = [
        caller.create(Origin=APP),
        caller.create(Origin=APP, Prefer="code=429"),
        caller.http.post(caller.maker.path, headers={"Origin": APP}),
        caller.http.get("/nowhere", headers={"Origin": APP}),
    ]
    assert [answer.status_code for answer in answers] == [200, 429, 401, 404]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == APP
        assert answer.headers["access-control-expose-headers"] == "*"


def test_other_origins_stay_outside(mock: StartMock) -> None:
    """A preflight of theirs is refused, an answer says nothing to them, and the log tells of it."""
    caller = mock(origins=(APP,))
    refused = _preflight(caller, OTHER)
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
    assert caller.last.refused == "Disallowed CORS origin"
    assert "access-control-allow-origin" not in caller.create(Origin=OTHER).headers
    assert _preflight(caller, APP, "TRACE").status_code == 400


def test_all_origins_may_be_let_in(mock: StartMock) -> None:
    """`*` lets in whoever asks; a call that no page makes is answered as ever."""
    caller = mock(origins=("*",))
    assert _preflight(caller, OTHER).headers["access-control-allow-origin"] == "*"
    assert caller.create(Origin=OTHER).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in caller.create().headers


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cors", "http://localhost:5173/"], "did you mean http://localhost:5173?"),
        (["--cors", "localhost"], "is no origin"),
        (["--latency", "2-1"], "write seconds"),
        (["--latency", "soon"], "--latency 'soon'"),
        (["--latency", "900"], "up to 600"),
        (["--host", "198.51.100.7"], "198.51.100.7"),
        (["--host", "no.such.host.invalid"], "no.such.host.invalid"),
        (["--host", ""], "without a name"),
        (["--job-seconds", "-1"], "--job-seconds"),
    ],
)
def test_a_mistake_is_told(arguments: list[str], message: str) -> None:
    """Status 2, in one sentence."""
    result = CliRunner().invoke(serve_command, ["--port", "0", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_other_machines_may_call_with_a_warning() -> None:
    """--host 0.0.0.0 answers on an address of this machine that is not loopback, and says what that means."""
    address = _own_address()
    with served("--host", EVERYWHERE, "--token", "sk-x-of-a-test") as server:
        port = httpx.URL(server.url).port
        url = f"http://{address}:{port}"
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as http:
            assert http.get("/nowhere").status_code == 404
    assert "is not loopback" in server.errors
    assert "Warning" in server.errors


def test_loopback_needs_no_warning() -> None:
    """Nobody is warned of nothing."""
    with served() as server:
        pass
    assert server.errors == ""


def test_a_result_is_found_where_the_caller_knows_the_server(mock: StartMock) -> None:
    """A server on all addresses names the one that it was called by."""
    caller = mock(host=EVERYWHERE, job_seconds=0)
    job = caller.job()
    address = f"localhost:{httpx.URL(caller.server.url).port}"
    headers = {**credentials(caller.maker), "Host": address}
    reader = caller.operation("read")
    shown = caller.http.get(reader.path.replace(f"{{{reader.parameters[0].name}}}", job), headers=headers)
    result = next(found for found in caller.maker.success.properties if found.role == "result-url")
    assert str(result.read(shown.json())[1]).startswith(f"http://{address}/")


def test_the_other_family_of_addresses_is_served(mock: StartMock) -> None:
    """A URL of IPv6 has its brackets."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    caller = mock(host="::1")
    assert caller.server.url.startswith("http://[::1]:")
    assert caller.create().status_code == 200


def test_answers_are_late_by_a_seed(mock: StartMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """--latency waits in front of each answer, within its range, and the same in each run."""
    import asyncio

    waited: list[float] = []
    own = asyncio.sleep

    async def sleep(seconds: float, *more: object) -> None:
        waited.append(seconds)
        await own(0)
        del more

    monkeypatch.setattr("conformance.mock.latency.asyncio.sleep", sleep)
    for _ in range(2):
        caller = mock(late="0.1-0.4")
        for _ in range(5):
            assert caller.create().status_code == 200
    monkeypatch.undo()
    asked = [seconds for seconds in waited if seconds]
    assert asked[:5] == asked[5:]
    assert len(set(asked[:5])) == 5
    assert all(0.1 <= seconds <= 0.4 for seconds in asked)


def _own_address() -> str:
    """Return an address of this machine that is not loopback; without one there is nothing to test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which way it would go
        except OSError:
            pytest.skip("this machine has loopback alone")
        address = str(probe.getsockname()[0])
    if address.startswith("127."):
        pytest.skip("this machine has loopback alone")
    return address
