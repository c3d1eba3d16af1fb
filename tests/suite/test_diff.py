"""Two servers compared: the same bytes to both, one ceiling, and only what does not change by itself."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.campaign.recall import recalled
from conformance.contract import Contract
from conformance.diffing.normal_form import normal_form
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Expect
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from conformance.reference import ReferenceServer
from tests.suite.runs import ENV, TOKEN, Said, command
from tests.suite.serving import Serve

Json = dict[str, Any]
Compared = Callable[..., tuple[Said, Json]]
OTHER, OTHER_ENV = "sk-other-77d0c1a95b", "OTHER_TOKEN"


@pytest.fixture
def compared(small: Contract, tmp_path: Path) -> Compared:
    """Compares two servers; returns how the command ended, and its JSON."""

    def run(first: str, second: str, creates: int, *options: object) -> tuple[Said, Json]:
        made = tmp_path / "diff.json"
        servers = ("--url", first, "--url", second, "--contract", small.path, "--max-creates", creates)
        said = command("diff", *servers, "--timeout", 5, "--report-json", made, *options)
        return said, json.loads(made.read_text(encoding="utf-8")) if made.exists() else {}

    return run


def named(report: Json) -> set[str]:
    return {name for found in report["differences"] for name in found["requirements"]}


def test_one_server_is_like_another(serve: Serve, small: Contract, compared: Compared) -> None:
    """Ids, times, dates and request ids differ between two servers, and are no difference."""
    first = serve(contract=small)
    second = serve("ids-of-another-school", "a-clock-of-its-own", contract=small)
    said, report = compared(first.url, second.url, 8)
    assert report["differences"] == []
    assert said.code == ExitCode.CONFORMS
    assert report["compared"] > 100
    assert first.creates == second.creates == 4
    assert report["ledger"]["creates"] == 8


def test_a_ceiling_of_money_holds_for_both_together(serve: Serve, small: Contract) -> None:
    """What creates cost is counted on both servers, and neither goes past the amount."""
    first, second = serve(contract=small), serve(contract=small)
    servers = ("--url", first.url, "--url", second.url, "--contract", small.path, "--max-creates", 8)
    assert command("diff", *servers, "--price", "*=1", "--max-cost", 3).code == ExitCode.CONFORMS
    assert 0 < first.creates + second.creates <= 3


@pytest.mark.parametrize(
    ("behaviour", "requirement", "kind"),
    [
        ("accepts-any-token", "createVideo/auth/invalid", "outcome"),
        ("takes-any-model", "createVideo/request/model/enum", "outcome"),
        ("forgets-the-id", "createVideo/response/200/id/required", "member"),
        ("mistakes-the-model", "createVideo/response/200/model/echo", "value"),
        ("challenges-nobody", "http/challenge", "header"),
        ("one-message-for-everything", "createVideo/response/error/error/type", "value"),
    ],
)
def test_a_difference_is_named_by_its_requirement(
    serve: Serve, small: Contract, compared: Compared, behaviour: str, requirement: str, kind: str
) -> None:
    """Each difference says which requirement it is about, and by which probes it shows."""
    said, report = compared(serve(contract=small).url, serve(behaviour, contract=small).url, 6)
    assert said.code == ExitCode.BROKEN_MUST
    found = [one for one in report["differences"] if requirement in one["requirements"]]
    assert kind in {one["kind"] for one in found}
    assert requirement in said.stdout
    for one in found:
        assert one["values"][0] != one["values"][1]
        assert recalled(small, one["evidence"]["probe"]) is not None
        assert all(command.startswith(("curl", "printf", "videos-conformance")) for command in one["evidence"]["curl"])


@pytest.mark.parametrize("ceiling", [0, 1, 3, 7])
@pytest.mark.parametrize(
    "behaviours",
    [((), ()), (("takes-any-model", "needs-no-prompt"), ()), (("takes-an-empty-body", "needs-no-prompt"),) * 2],
)
def test_one_ceiling_for_both(
    serve: Serve, small: Contract, compared: Compared, ceiling: int, behaviours: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """Whatever the servers accept, they make no more together than was allowed; one where nothing was."""
    servers = [serve(*own, contract=small) for own in behaviours]
    _, report = compared(servers[0].url, servers[1].url, ceiling)
    made = sum(server.creates for server in servers)
    assert made <= max(ceiling, 1)
    assert made <= report["ledger"]["creates"] + report["ledger"]["possible_creates"] <= max(ceiling, 1)
    assert report["ledger"]["ceiling"] == ceiling
    if behaviours == ((), ()):
        assert servers[0].creates == servers[1].creates == ceiling // 2
        assert report["differences"] == []


def test_each_server_gets_its_own_token(small: Contract, compared: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token goes to the server that it is for, and to no output, though the server repeats it everywhere."""
    monkeypatch.setenv(OTHER_ENV, OTHER)
    repeating = "repeats-the-token-in-a-refusal"
    with (
        ReferenceServer(small, token=TOKEN, behaviours=[repeating]) as first,
        ReferenceServer(small, token=OTHER) as second,
    ):
        said, report = compared(first.url, second.url, 0, "--token-env", ENV, "--token-env", OTHER_ENV)
        assert said.code == ExitCode.BROKEN_MUST
        written = json.dumps(report) + said.stdout + said.stderr
        assert TOKEN not in written
        assert OTHER not in written
        wrong, _ = compared(first.url, second.url, 0)
        assert wrong.code == ExitCode.INCOMPLETE
        assert second.url in wrong.sentence
    assert first.defects == second.defects == ()


def test_what_cannot_be_compared(serve: Serve, small: Contract, compared: Compared, tmp_path: Path) -> None:
    """A server that is not there, one URL, no ceiling, no token: each is said, and nothing was made."""
    server = serve(contract=small)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    said, report = compared(server.url, nobody, 4)
    assert (said.code, report) == (ExitCode.INCOMPLETE, {})
    assert nobody in said.sentence
    wrong = [
        (("--url", server.url, "--max-creates", 1), "--url"),
        (("--url", server.url, "--url", server.url), "--max-creates"),
        (("--url", server.url, "--url", "ftp://x", "--max-creates", 1), "ftp://x"),
        (("--url", server.url, "--url", server.url, "--max-creates", 1, "--token-env", "NO_SUCH"), "NO_SUCH"),
        (("--url", server.url, "--url", server.url, "--max-creates", 1, "--report-json", tmp_path), str(tmp_path)),
    ]
    for options, word in wrong:
        said = command("diff", "--contract", small.path, *options)
        assert said.code == ExitCode.USAGE
        assert word in said.sentence
    assert server.creates == 0


def test_only_what_was_asked_for_is_compared(serve: Serve, small: Contract, compared: Compared) -> None:
    """--only sends what serves the requirements that are wanted."""
    first, second = serve(contract=small), serve("accepts-any-token", contract=small)
    _, report = compared(first.url, second.url, 0, "--only", "*/auth/*")
    assert "createVideo/auth/invalid" in named(report)
    assert report["compared"] < 80


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"error": {"message": "request 17 took 12 ms"}}', '{"error": {"message": "request 9 took 3 ms"}}', True),
        (
            '{"error": {"message": "id 6f9619ff-8b86-d011-b42d-00c04fc964ff"}}',
            '{"error": {"message": "id 00000000-8b86-d011-b42d-00c04fc964ff"}}',
            True,
        ),
        ('{"error": {"message": "a"}}', '{"error": {"message": "b"}}', False),
        ('{"at": 1795973391653}', '{"at": 1795973399999}', True),
        ('{"at": "2026-11-29T17:00:00Z"}', '{"at": "2026-11-29T17:00:09.5Z"}', True),
        ('{"count": 4}', '{"count": 8}', False),
        ('{"a": null}', "{}", False),
        ("<html>17</html>", "<html>18</html>", True),
    ],
)
def test_what_changes_by_itself(small: Contract, one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a case
    """Ids, times and counts within a refusal are taken out, words and documented numbers are not."""
    builder = Builder(small, small.billable[0])
    probe = builder.probe("x", builder.required(), Expect.EITHER, "x")
    status = 200 if "count" in one else 422
    answers = [Answer(status, (), text.encode()) for text in (one, other)]
    first, second = (normal_form(Exchange(probe, answer, None, "", 0, 0)) for answer in answers)
    assert (first == second) is same
