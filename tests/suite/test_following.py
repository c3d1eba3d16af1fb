"""Jobs have a life: a run that made some anyway looks at them, politely, and says what that shows and what not."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve, frozen
from starlette.types import Scope

from conformance.campaign import Options
from conformance.campaign.planning import accepted, whole
from conformance.checks.verdicts import Decision
from conformance.contract import Contract, load
from conformance.contract.lives import Life, lives
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from conformance.probes.watching_jobs import look
from conformance.reference import ReferenceServer
from conformance.reference.named_behaviours import Entry, parse
from conformance.reference.world import World
from conformance.requirements.lifecycle import CONTENT, LIFE, content_id, life_id
from conformance.requirements.selection import Selection
from tests.suite.contracts import written
from tests.suite.filming import document, films
from tests.suite.halting import LONGEST_WAIT, Halting
from tests.suite.hars import Json, Replayed, carried_out, mitmproxy
from tests.suite.runs import QUICK, ROOT, TOKEN, Run, Said, carry_out, command, environment, words
from tests.suite.servers import serving
from tests.suite.serving import Serve

SECOND = "sk-suite-of-a-neighbour-91c3"
VARIABLE = "NEIGHBOURS_KEY"
SOON = evolve(QUICK, look_every=0.05)


@frozen
class Ids:
    """The requirements of the one life that a contract has."""

    life: Life

    @property
    def of_looks(self) -> list[str]:
        return [life_id(self.life.reader, rule) for rule in LIFE]

    @property
    def of_results(self) -> list[str]:
        return [content_id(fetcher, rule) for fetcher in self.life.fetchers for rule in CONTENT]

    def look(self, rule: str) -> str:
        return life_id(self.life.reader, rule)

    def result(self, rule: str) -> str:
        return content_id(self.life.fetchers[0], rule)

    @property
    def selection(self) -> Selection:
        return Selection(only=(*self.of_looks, *self.of_results))

    @property
    def options(self) -> list[str]:
        return [word for name in self.selection.only for word in ("--only", name)]


@pytest.fixture(scope="module")
def ids(siblings: Contract) -> Ids:
    return Ids(lives(siblings)[0])


def _behaving(text: str) -> Entry:
    (entry,) = parse(f"[{{name: of-a-test, says: Is of a test., {text}}}]", "variant", "a test")
    return entry


def _looks(made: Run) -> list[int]:
    """Return how often each job was looked at for its life alone, beside what is asked of the operation itself."""
    looks = (one.probe for one in made.exchanges if "/look/" in one.probe.id)
    return sorted(Counter(probe.address for probe in looks).values())


@pytest.fixture(scope="module")
def waited(siblings: Contract, ids: Ids) -> Iterator[Run]:
    """A run that waits for jobs that end by the clock."""
    late = _behaving("does: [{lives_by_the_clock: {seconds: 1.2}}]")
    with ReferenceServer(siblings, token=TOKEN, behaviours=[late]) as server:
        yield carry_out(siblings, server.url, 2, pace=SOON, follow=60.0, selection=ids.selection)
    assert server.defects == ()


def test_jobs_are_waited_for(waited: Run, ids: Ids) -> None:
    """With --follow a run sees jobs that take their time end, and decides all that their ends and results show."""
    undecided = {life_id(ids.life.reader, "private"), ids.result("private-result")}
    for name in {*ids.of_looks, *ids.of_results} - undecided:
        assert waited.verdict(name).decision is Decision.PASS, (name, waited.verdict(name).reason)
    assert waited.result.complete


def test_looking_is_polite_and_booked(waited: Run) -> None:
    """Few jobs are looked at, less and less often, and every look is in the books."""
    looks = _looks(waited)
    assert 1 <= len(looks) <= 3
    assert 3 <= looks[-1] <= 15
    assert waited.result.spend.creates <= 2
    assert waited.result.spend.requests >= len(waited.exchanges)


def test_without_a_wish_to_wait_there_are_two_looks(siblings: Contract, ids: Ids, serve: Serve) -> None:
    """A job that does not move costs a look at once and one in the end; what that leaves open says what would help."""
    server = serve("takes-its-time", contract=siblings)
    made = carry_out(siblings, server.url, 3, selection=ids.selection)
    assert set(_looks(made)) == {2}
    for name in (ids.look("has-result"), ids.look("ending-stays"), ids.result("part"), ids.result("head")):
        verdict = made.verdict(name)
        assert verdict.decision is Decision.NOT_RUN
        assert "--follow 120" in verdict.reason
    assert made.verdict(ids.result("not-before-success")).decision is Decision.PASS


def test_waiting_ends(siblings: Contract, ids: Ids, serve: Serve) -> None:
    """Where no job ends in time the run ends all the same, and says how long it waited."""
    server = serve("stays-queued", contract=siblings)
    made = carry_out(siblings, server.url, 1, pace=SOON, follow=0.5, selection=ids.selection)
    assert "within the 0.5 s of --follow" in made.verdict(ids.look("has-result")).reason
    assert 3 <= _looks(made)[-1] <= 12


def test_a_server_that_asks_for_patience_is_left_alone(siblings: Contract, ids: Ids) -> None:
    """`Retry-After` beside a job counts: who says to come back in an hour is not asked again within a minute."""
    slow = _behaving(
        "does: [{will_end: {stage: running}}, {sets_header: {name: Retry-After, value: '3600'}, when: [accepted]}]"
    )
    with ReferenceServer(siblings, token=TOKEN, behaviours=[slow]) as server:
        made = carry_out(siblings, server.url, 1, pace=SOON, follow=60.0, selection=ids.selection)
    assert _looks(made)[-1] <= 2


def test_jobs_that_fail_are_right(siblings: Contract, ids: Ids, serve: Serve) -> None:
    """A job may fail, with a reason: nothing is held against its server, and what has no result says so."""
    server = serve("fails-properly", contract=siblings)
    made = carry_out(siblings, server.url, 1, pace=SOON, follow=1.0, selection=ids.selection)
    assert not made.failed("MUST")
    assert not made.failed("SHOULD")
    assert made.verdict(ids.look("ending-stays")).decision is Decision.PASS
    assert "failed" in made.verdict(ids.look("has-result")).reason


def test_no_job_is_looked_at_where_none_is_made(siblings: Contract, ids: Ids, serve: Serve) -> None:
    """Without a create nothing is followed, and what is asked of jobs says why it was not decided."""
    server = serve(contract=siblings)
    made = carry_out(siblings, server.url, 0, tier="free", follow=5.0, selection=ids.selection)
    verdict = made.verdict(ids.look("same-job"))
    assert verdict.decision is Decision.NOT_RUN
    assert "accepted" in verdict.reason


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Ids]:
    """A run against a service that knows nothing of this project, and sends files by a library."""
    folder = tmp_path_factory.mktemp("films")
    file = folder / "film.mp4"
    file.write_bytes(bytes(range(256)) * 40)
    contract = load(written(folder, document()))
    named = Ids(lives(contract)[0])
    with serving(films(file)) as url:
        return carry_out(contract, url, 4, pace=SOON, follow=5.0, selection=named.selection), named


def test_a_librarys_ranges_and_heads_are_right(filmed: tuple[Run, Ids]) -> None:
    """What a well-kept library makes of ranges and HEAD passes, under whatever names a contract has."""
    made, named = filmed
    known = {verdict.requirement.id: verdict for verdict in made.result.verdicts}
    wanted = {*named.of_looks, *named.of_results} & known.keys()
    decided = {name for name in wanted if known[name].decision is not Decision.PASS}
    assert decided == {named.look("private"), named.result("private-result")}
    parts = [one for one in made.exchanges if any(name == "Range" for name, _ in one.probe.request.headers)]
    assert sorted(one.status or 0 for one in parts) == [206, 206, 416]


def _second(siblings: Contract, url: str, tmp_path: Path, *options: object) -> tuple[Said, Json]:
    """Run with the token of another account, and return what was said and reported."""
    path = tmp_path / "report.json"
    named = Ids(lives(siblings)[0])
    only = ("--only", named.look("private"), "--only", named.result("private-result"))
    said = command(
        "run", "--url", url, "--contract", siblings.path, "--max-creates", 1, "--report-json", path,
        "--events", tmp_path / "events.jsonl", "--report-dir", tmp_path / "reports", *only, *options,
    )  # fmt: skip
    return said, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _verdicts(report: Json) -> dict[str, Json]:
    return {line["id"]: line for line in report["verdicts"]}


@pytest.mark.parametrize(
    ("behaviours", "verdict"), [((), "pass"), (("knows-no-accounts",), "fail")], ids=["right", "wrong"]
)
def test_another_account_gets_nothing(
    siblings: Contract,
    ids: Ids,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    behaviours: tuple[str, ...],
    verdict: str,
) -> None:
    """With a second token a run knows whether jobs are kept apart; the token itself is in no file, nor shown."""
    monkeypatch.setenv(VARIABLE, SECOND)
    with ReferenceServer(siblings, token=TOKEN, behaviours=behaviours, second_token=SECOND) as server:
        said, report = _second(siblings, server.url, tmp_path, "--second-token-env", VARIABLE)
    found = _verdicts(report)
    assert {found[name]["verdict"] for name in (ids.look("private"), ids.result("private-result"))} == {verdict}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    shown = "".join(path.read_text(encoding="utf-8") for path in files) + said.stdout + said.stderr
    assert SECOND not in shown
    assert TOKEN not in shown
    if verdict == "fail":
        assert f"${VARIABLE}" in shown  # the command that shows it takes the token from its variable


def test_a_second_token_that_nobody_knows_proves_nothing(
    siblings: Contract, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    """That a server refuses a token altogether says nothing of whose jobs it would show."""
    monkeypatch.setenv(VARIABLE, SECOND)
    report = _second(siblings, serve(contract=siblings).url, tmp_path, "--second-token-env", VARIABLE)[1]
    line = _verdicts(report)[ids.look("private")]
    assert line["verdict"] == "inconclusive"
    assert "is it the right one" in line["reason"]


def test_without_a_second_token_it_is_said_which_option_gives_one(
    siblings: Contract, ids: Ids, tmp_path: Path, serve: Serve
) -> None:
    """What only another account can show is not run, and names the option."""
    line = _verdicts(_second(siblings, serve(contract=siblings).url, tmp_path)[1])[ids.look("private")]
    assert line["verdict"] == "not-run"
    assert "--second-token-env" in line["reason"]


@pytest.mark.parametrize(
    ("value", "options", "told"),
    [
        (None, ("--second-token-env", VARIABLE), "holds no token"),
        (TOKEN, ("--second-token-env", VARIABLE), "the second token is the first one"),
        ("two words", ("--second-token-env", VARIABLE), "a blank"),
        (SECOND, ("--second-token-env", SECOND), "takes the name of an environment variable"),
        (SECOND, ("--second-token-env", VARIABLE, "--second-token-file", "x"), "give one of them"),
        (SECOND, ("--second-token-file", "/nowhere/token"), "no such file"),
    ],
    ids=["unset", "the-first", "blank", "the-token-itself", "both", "no-file"],
)
def test_a_second_token_that_cannot_be_used_is_told(
    siblings: Contract,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    value: str | None,
    options: tuple[str, ...],
    told: str,
) -> None:
    """A mistake with the second token ends with 2 before anything is sent, and repeats no token."""
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    said, report = _second(siblings, "http://127.0.0.1:9", tmp_path, *options)
    assert said.code == ExitCode.USAGE
    assert told in said.stderr
    assert SECOND not in said.stderr
    assert report == {}


def test_seconds_that_are_none_are_told(siblings: Contract) -> None:
    """--follow takes a number of seconds."""
    for wrong in ("-1", "soon", "nan", "inf"):
        said = command("run", "--contract", siblings.path, "--follow", wrong)
        assert said.code == ExitCode.USAGE, wrong
        assert "--follow" in said.stderr


def test_a_run_that_is_ended_while_it_follows_is_carried_on(siblings: Contract, ids: Ids, tmp_path: Path) -> None:
    """What was seen of jobs is on record: `--resume` looks on where it was ended, and makes nothing again."""
    reader, looks = ids.life.reader, iter(range(1_000))

    def is_third_look(world: World, scope: Scope) -> bool:
        named, collection = scope["path"].rpartition("/")[2], world.service(reader.id).collection
        return reader.serves(scope["path"]) and world.find(collection, named) is not None and next(looks) == 2

    server, events = Halting(World(siblings, TOKEN), is_third_look), tmp_path / "events.jsonl"
    arguments = ("--url", None, "--contract", siblings.path, "--max-creates", 2, "--follow", 9, "--events", events)
    with serving(server) as url:
        asked = ["run", *(url if word is None else word for word in arguments), *ids.options]
        with subprocess.Popen(
            words(*asked), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment()
        ) as running:
            assert server.reached.wait(LONGEST_WAIT)
            running.send_signal(signal.SIGINT)
            server.released.set()
            assert running.wait(LONGEST_WAIT) == ExitCode.INCOMPLETE
        made = server.world.creates
        told = command("run", "--resume", events, "--follow", 10)
        assert told.code == ExitCode.USAGE
        assert "--follow" in told.stderr
        path = tmp_path / "report.json"
        said = command("run", "--resume", events, "--report-json", path)
    assert said.code == ExitCode.CONFORMS, said.stderr
    assert server.world.creates == made == 1
    found = _verdicts(json.loads(path.read_text(encoding="utf-8")))
    assert {found[name]["verdict"] for name in (ids.look("ending-stays"), ids.result("part"))} == {"pass"}


@pytest.mark.parametrize(("behaviour", "decision"), [(None, "pass"), ("counts-progress-down", "fail")])
def test_recorded_polls_are_judged_too(
    siblings: Contract, ids: Ids, serve: Serve, replayed: Replayed, behaviour: str | None, decision: str
) -> None:
    """What an application's own polling has recorded shows the lives of its jobs at no cost."""
    server = serve(*([behaviour] if behaviour else []), contract=siblings)
    builder = Builder(siblings, ids.life.keeper)
    (created,) = carried_out(server.url, [whole(builder, accepted(builder, Options(1))[0])])
    job = created.response.json()["id"]
    polls = carried_out(server.url, [look(siblings, ids.life, job, str(number)) for number in range(6)])
    report = replayed([mitmproxy(one) for one in (created, *polls)], contract=siblings)[1]
    found = _verdicts(report)
    assert found[ids.look("progress-grows")]["verdict"] == decision
    assert found[ids.look("ending-stays")]["verdict"] == "pass"
