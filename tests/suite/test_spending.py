"""What a run may cost beside creates: requests, time and money; and a yes before another machine is reached."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import select
import socket
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.bodies.validity import Validity
from conformance.contract import Contract
from conformance.engine.budget import Budget
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.ledger import Ledger
from conformance.engine.loopback import is_loopback
from conformance.engine.probe import Expect
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from tests.suite.counting import Counting
from tests.suite.runs import ROOT, command, environment, words
from tests.suite.servers import serving
from tests.suite.serving import Serve

_WAIT = 90.0


def elsewhere(url: str) -> str:
    """The same server under an address that is not written as one of this machine."""
    return url.replace("127.0.0.1", "127.1")


def models(contract: Contract) -> list[str]:
    field = next(found for found in contract.billable[0].fields if found.schema.role == "model")
    return [str(value) for value in field.schema.enum]


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.8.9.10", True),
        ("https://localhost", True),
        ("http://LOCALHOST.:80", True),
        ("http://api.localhost:1/v1", True),
        ("http://[::1]:8000", True),
        ("http://[::ffff:127.0.0.1]", True),
        ("http://0.0.0.0:8000", False),
        ("http://127.1:8000", False),
        ("http://10.0.0.1", False),
        ("http://[fe80::1]", False),
        ("http://[::ffff:10.0.0.1]", False),
        ("https://gateway.example", False),
        ("http://localhost.example", False),
        ("http://notlocalhost", False),
        ("http://127.0.0.1.example", False),
    ],
)
def test_what_is_on_this_machine(url: str, *, is_here: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address tells by itself, without being looked up: another name may lead anywhere tomorrow."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up a name"))
    assert is_loopback(url) is is_here


def test_nothing_goes_to_another_machine_without_a_yes(serve: Serve, small: Contract) -> None:
    """Without a terminal and without --yes the plan and its price are shown, and nothing is sent: exit 2."""
    server = serve(contract=small)
    arguments = ("--url", elsewhere(server.url), "--contract", small.path, "--max-creates", 3)
    said = command("run", *arguments, "--price", "*=0.25")
    assert said.code == ExitCode.USAGE
    assert "--yes" in said.sentence
    assert "3 creates on a correct server (ceiling 3) for 0.75" in said.stderr
    assert "at worst 3 creates, where a server takes what it has to refuse, for 0.75" in said.stderr
    assert server.requests == 0


def test_a_run_of_another_machine_keeps_a_journal(
    serve: Serve, small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--yes sends; without --events the journal is kept in the user's state folder, and that is told."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    server = serve(contract=small)
    arguments = ("--contract", small.path, "--max-creates", 0, "--only", "*/auth/*")
    said = command("run", "--url", elsewhere(server.url), *arguments, "--yes")
    assert said.code == ExitCode.CONFORMS
    (journal,) = (tmp_path / "state" / "videos-conformance").iterdir()
    assert f"journal: {journal}" in said.stderr
    assert command("report", journal).code == ExitCode.CONFORMS
    assert command("run", "--url", server.url, *arguments).code == ExitCode.CONFORMS
    assert list((tmp_path / "state" / "videos-conformance").iterdir()) == [journal]


def test_a_journal_without_a_place_is_told(
    serve: Serve, small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the state folder cannot be made nothing is sent; --events names another place."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    server = serve(contract=small)
    said = command("run", "--url", elsewhere(server.url), "--contract", small.path, "--max-creates", 0, "--yes")
    assert said.code == ExitCode.USAGE
    assert "--events" in said.sentence
    assert server.requests == 0


@pytest.mark.parametrize(("answer", "is_sent"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_terminal_is_asked(serve: Serve, small: Contract, tmp_path: Path, answer: str, *, is_sent: bool) -> None:
    """At a terminal one is asked, after the plan; only a yes sends anything."""
    server = serve(contract=small)
    master, slave = pty.openpty()
    arguments = ("--contract", small.path, "--max-creates", 0, "--only", "*/auth/missing")
    with subprocess.Popen(
        words("run", "--url", elsewhere(server.url), *arguments, "--events", tmp_path / "events.jsonl"),
        stdin=slave, stdout=subprocess.DEVNULL, stderr=slave, cwd=ROOT, env=environment(),
    ) as running:  # fmt: skip
        os.close(slave)
        shown = b""
        while b"send this?" not in shown:
            assert select.select([master], [], [], _WAIT)[0]
            shown += os.read(master, 65536)
        assert server.requests == 0
        os.write(master, answer.encode())
        code = _end_of(running, master)
    os.close(master)
    assert b"creates on a correct server" in shown
    assert (server.requests > 0) is is_sent
    assert code == (ExitCode.CONFORMS if is_sent else ExitCode.USAGE)


def _end_of(running: subprocess.Popen[bytes], master: int) -> int:
    """Read what a terminal shows until its process is gone."""
    while running.poll() is None:
        if select.select([master], [], [], 0.1)[0]:
            try:
                os.read(master, 65536)
            except OSError:
                break
    return running.wait(_WAIT)


@pytest.mark.parametrize("most", [1, 30, 120])
def test_no_more_requests_than_allowed(serve: Serve, small: Contract, tmp_path: Path, most: int) -> None:
    """--max-requests ends a run as incomplete, with what was decided; it is carried on with a higher one."""
    server, events, path = serve(contract=small), tmp_path / "events.jsonl", tmp_path / "report.json"
    arguments = ("--url", server.url, "--contract", small.path, "--max-creates", 0, "--events", events)
    said = command("run", *arguments, "--max-requests", most, "--report-json", path)
    assert said.code == ExitCode.INCOMPLETE
    assert f"the {most} requests of --max-requests are used up" in " ".join(said.stdout.split())
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["ledger"]["requests"] == most == server.requests - 1  # one only asks who is there
    assert most < 100 or report["summary"]["pass"] > 20
    further = command("run", "--resume", events, "--max-requests", most + 20, "--report-json", path)
    assert further.code == ExitCode.INCOMPLETE
    assert server.requests == most + 20 + 1
    assert command("run", "--resume", events).code == ExitCode.CONFORMS


def test_time_is_up(small: Contract, tmp_path: Path) -> None:
    """--max-duration ends a run of a server that takes for ever, as incomplete, and not before a create is answered."""
    server = Counting(small)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.2)
        await server(scope, receive, send)

    with serving(application) as url:
        arguments = ("--url", url, "--contract", small.path, "--max-creates", 2, "--max-duration", "1s")
        said = command("run", *arguments, "--report-json", tmp_path / "report.json")
    assert said.code == ExitCode.INCOMPLETE
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["ledger"]["possible_creates"] == 0
    assert server.made == report["ledger"]["creates"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--max-duration", "soon"), "90s, 10m or 1h30m"),
        (("--max-duration", "0"), "90s, 10m or 1h30m"),
        (("--max-duration", "-3m"), "90s, 10m or 1h30m"),
        (("--max-cost", "5"), "needs a price"),
        (("--max-cost", "five", "--price", "*=1"), "'five' is no amount"),
        (("--max-cost", "NaN", "--price", "*=1"), "is no amount"),
        (("--max-cost", "-1", "--price", "*=1"), "is no amount"),
        (("--max-cost", "1", "--price", "*=1e999999999"), "less than the cheapest"),
        (("--max-cost", "0.99", "--price", "*=1"), "less than the cheapest"),
        (("--price", "no-such-model=1"), "no-such-model"),
        (("--price", "1"), "MODEL=AMOUNT"),
        (("--price", "*="), "is no amount"),
        (("--price-file", "no-such-file.yaml"), "cannot be read"),
    ],
)
def test_amounts_that_are_none(wrong: Sequence[str], told: str, small: Contract) -> None:
    """An amount, a time or a price that cannot be used is told before anything is sent, with what to write."""
    said = command("run", "--url", "http://127.0.0.1:1", "--contract", small.path, "--max-creates", 3, *wrong)
    assert said.code == ExitCode.USAGE
    assert told in said.sentence


def test_a_model_without_a_price_is_told(small: Contract) -> None:
    """With a ceiling of money each model that may be asked for needs a price: one that has none is named."""
    first, *others = models(small)
    arguments = ("run", "--url", "http://127.0.0.1:1", "--contract", small.path, "--max-creates", 3, "--max-cost", 9)
    said = command(*arguments, "--price", f"{first}=1")
    assert said.code == ExitCode.USAGE
    assert all(model in said.sentence for model in others)
    assert first not in said.sentence.replace("sora-2-pro", "")


_FILES = {
    "prices.yaml": "{first}: 0.10\n'*': 3\n",
    "prices.yml": "{first}: '0.10'\n'*': 3.00\n",
    "prices.toml": '"{first}" = 0.10\n"*" = 3\n',
    "prices.json": '{{"{first}": 0.10, "*": 3}}',
}


@pytest.mark.parametrize("name", _FILES)
def test_prices_in_a_file(small: Contract, tmp_path: Path, name: str) -> None:
    """Prices are read from YAML, TOML or JSON, to the last digit."""
    (tmp_path / name).write_text(_FILES[name].format(first=models(small)[0]), encoding="utf-8")
    narrowed = ("--models", models(small)[0])
    said = command(
        "run", "--dry-run", "--contract", small.path, "--max-creates", 1, *narrowed, "--price-file", tmp_path / name
    )
    assert said.code == ExitCode.CONFORMS, said.stderr
    assert "1 creates on a correct server (ceiling 1) for 0.10; at worst 1 create" in said.stdout
    assert said.stdout.strip().endswith("nothing was sent")


@pytest.mark.parametrize("text", ["- 1", "{", "model: [1]", "model: yes", "", "model: cheap"])
def test_a_file_that_holds_no_prices(small: Contract, tmp_path: Path, text: str) -> None:
    """A price file that says something else is named."""
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    said = command("run", "--dry-run", "--contract", small.path, "--price-file", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.stderr


def test_money_is_a_ceiling(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """A create that could cost more than is left is not sent; what was spent is told in terminal and report."""
    server, path = serve(contract=small), tmp_path / "report.json"
    arguments = ("--url", server.url, "--contract", small.path, "--max-creates", 40, "--report-json", path)
    said = command("run", *arguments, "--price", "*=0.30", "--max-cost", "1.00")
    report = json.loads(path.read_text(encoding="utf-8"))
    assert server.creates == report["ledger"]["creates"] == 3
    assert (report["ledger"]["cost"], report["ledger"]["max_cost"]) == ("0.90", "1.00")
    assert "at most 0.90 spent (ceiling 1.00)" in said.stdout
    assert "--max-cost 1.00" in said.stdout
    assert len(report["jobs"]) == 3


def test_a_server_that_takes_everything_stays_within_the_money(small: Contract, tmp_path: Path) -> None:
    """What has to be refused and is not costs money too: the books say no less than the world."""
    server, path = Counting(small), tmp_path / "report.json"
    with serving(server) as url:
        arguments = ("--url", url, "--contract", small.path, "--max-creates", 40, "--report-json", path)
        command("run", *arguments, "--price", "*=0.30", "--max-cost", "1.50", "--surprises", 50)
    ledger = json.loads(path.read_text(encoding="utf-8"))["ledger"]
    assert server.made * Decimal("0.30") <= Decimal(ledger["cost"]) <= Decimal("1.50")
    assert server.made > 0


@given(
    most=st.decimals(0, 9, places=1), prices=st.lists(st.decimals("0.1", 4, places=1), min_size=2, max_size=2),
    steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([200, 400, 500, None]), st.booleans()), max_size=60),
)  # fmt: skip
@settings(max_examples=150, deadline=None, database=None)
def test_no_order_of_events_gets_past_the_money(
    contract: Contract, most: Decimal, prices: list[Decimal], steps: list[tuple[int, int | None, bool]]
) -> None:
    """At every moment what was spent, and what may yet be, stays at the ceiling; one create has room in any case."""
    builder = Builder(contract, contract.billable[0])
    name = next(found.name for found in contract.billable[0].fields if found.schema.role == "model")
    budget = Budget(max_cost=most, prices=dict(zip(("a", "b"), prices, strict=True)))
    meant = [
        evolve(builder.probe(f"meant/{model}", builder.required(), Expect.ACCEPT, "g"), sent={name: model})
        for model in ("a", "b")
    ]
    unmeant = evolve(builder.probe("unmeant", (), Expect.REFUSE, "g"), validity=Validity.INVALID)
    ledger, under_way, world = Ledger(1000, budget), [], Decimal(0)
    for choice, status, is_answered in steps:
        probe = (*meant, unmeant)[choice]
        if ledger.has_room(probe):
            ledger.sending(probe)
            under_way.append(probe)
        if under_way and is_answered:
            done = under_way.pop(0)
            answer = None if status is None else Answer(status, (), b"{}")
            ledger.answered(Exchange(done, answer, None, "", 0.0, 0.0))
            world += budget.price_of(done) if status != 400 else 0
        assert world + sum(map(budget.price_of, under_way), Decimal(0)) <= max(most, budget.dearest)
    spend = ledger.spend()
    assert spend.cost == world + sum(map(budget.price_of, under_way), Decimal(0))
    assert budget.price_of(unmeant) == budget.dearest
