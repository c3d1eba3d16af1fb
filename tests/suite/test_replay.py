"""Recorded traffic: what each tool writes is read, faults are found in it, and what was lost is held against nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from tests.suite.hars import (
    Json,
    Replayed,
    Shape,
    Traffic,
    chrome,
    creates,
    failed,
    firefox,
    mitmproxy,
    parameters_only,
    verdict,
    written_har,
)
from tests.suite.runs import ROOT, TOKEN, command, environment, words
from tests.suite.serving import Serve, Shared

SHAPES = (chrome, firefox, mitmproxy, parameters_only)


@pytest.mark.parametrize("shape", SHAPES)
def test_correct_traffic_fails_nothing(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, tmp_path: Path, small: Contract, shape: Shape
) -> None:
    """However a tool writes it, the traffic of a correct server breaks nothing, and decides much."""
    said, report = replayed(written_har(tmp_path / "in.har", traffic(), shape))
    assert said.code == ExitCode.CONFORMS
    assert failed(report) == set()
    assert report["ledger"]["requests"] == report["ledger"]["creates"] == 0
    op = small.billable[0]
    held = {line["id"] for line in report["verdicts"] if line["verdict"] == "pass"}
    assert {f"{op.id}/response/success-status", f"{op.id}/request/minimal", "job/id-unique"} <= held
    assert report["summary"]["decided"] > 60
    never = [
        line for line in report["verdicts"] if line["id"].startswith(("wire/", "multipart/")) or "/auth/" in line["id"]
    ]
    assert never
    assert all(line["verdict"] == "not-run" and "recorded traffic" in line["reason"] for line in never)


@pytest.mark.parametrize(
    ("fault", "requirement", "shape"),
    [
        ("forgets-the-id", "createVideo/response/200/id/required", chrome),
        ("makes-an-object-of-the-kind", "createVideo/response/200/object/type", firefox),
        ("takes-any-model", "createVideo/request/model/enum", mitmproxy),
        ("makes-no-second-of-video", "createVideo/request/duration/minimum", chrome),
        ("needs-no-prompt", "createVideo/request/prompt/required", firefox),
        ("names-all-jobs-alike", "job/id-unique", mitmproxy),
        ("challenges-nobody", "http/challenge", chrome),
        ("repeats-a-name", "json/unique-names", firefox),
        ("mistakes-the-model", "createVideo/response/200/model/echo", parameters_only),
        ("repeats-the-token-in-a-refusal", "secrecy/credential", mitmproxy),
        ("fails-without-a-reason", "job/failure-explained", parameters_only),
        ("gives-one-request-id", "http/request-id", chrome),
    ],
)
def test_faults_are_found_in_what_was_recorded(
    traffic: Callable[..., list[Traffic]],
    replayed: Replayed,
    tmp_path: Path,
    fault: str,
    requirement: str,
    shape: Shape,
) -> None:
    """A fault of the server shows in its traffic, under the requirement that it breaks."""
    said, report = replayed(written_har(tmp_path / "in.har", traffic(fault), shape))
    assert requirement in failed(report)
    is_must = verdict(report, requirement)["level"] == "MUST"
    assert said.code == (ExitCode.BROKEN_MUST if is_must else ExitCode.CONFORMS)
    assert verdict(report, requirement)["evidence"]["probe"].startswith("entry/")


def test_what_schemathesis_records(serve: Serve, small: Contract, replayed: Replayed, tmp_path: Path) -> None:
    """The HAR of a real `st run` is judged: nothing on the correct server, the fault on another."""
    found = []
    for name, behaviours in (("right", ()), ("wrong", ("makes-an-object-of-the-kind", "challenges-nobody"))):
        folder = tmp_path / name
        folder.mkdir()
        run = [
            *(str(Path(sys.executable).with_name("st")), "run", str(small.path), "--url"),
            *(serve(*behaviours, contract=small).url, "-H", f"Authorization: Bearer {TOKEN}", "--mode", "all"),
            *("--phases", "examples,fuzzing", "--max-examples", "15", "--seed", "1", "--no-color"),
            *("--continue-on-failure", "--generation-database", "none", "--report", "har"),
            *("--report-har-path", str(folder / "st.har")),
        ]
        subprocess.run(run, capture_output=True, timeout=120, cwd=folder, env=environment(), check=False)
        said, report = replayed(folder / "st.har")
        assert said.code in (ExitCode.CONFORMS, ExitCode.BROKEN_MUST), said.stderr
        found.append(failed(report))
    assert found[0] == set()
    assert "createVideo/response/200/object/type" in found[1]


def test_the_events_of_a_run_are_a_recording(shared: Shared, contract: Contract, replayed: Replayed) -> None:
    """What a run of ours has written can be judged again, and what only a run can judge is counted."""
    said, report = replayed(shared.events, contract=contract)
    assert (said.code, failed(report)) == (ExitCode.CONFORMS, set())
    assert any("raw socket" in headline for headline in report["headlines"])
    assert any("other credentials" in headline for headline in report["headlines"])


def test_what_cannot_be_judged_is_counted_by_reason(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, small: Contract
) -> None:
    """Other sites, aborted requests, answers from a cache and broken entries are skipped, each with a reason."""
    made = [chrome(one) for one in traffic()]
    good = creates(small, made)[0]
    path = small.billable[0].path

    def other(**request: Any) -> Json:
        return {**good, "request": {**good["request"], **request}}

    entries: list[Any] = [
        good,
        other(url="https://cdn.example/picture.png", method="GET"),
        other(url=f"https://elsewhere.example{path}"),
        other(method="PURGE"),
        other(url="blob:https://x/123"),
        other(url="data:text/plain,x"),
        other(url="https://[broken/"),
        {**good, "response": {**good["response"], "status": 0}, "_error": "net::ERR_ABORTED"},
        {**good, "response": {**good["response"], "status": -1}},
        {**good, "_fromCache": "disk"},
        *({}, [], None, 5, "text", {"request": None, "response": {}}),
    ]
    said, report = replayed(entries)
    assert said.code == ExitCode.CONFORMS
    counted = {
        line.partition(" skipped: ")[2]: int(line.split()[0]) for line in report["headlines"] if "skipped" in line
    }
    assert sum(counted.values()) == len(entries) - 1
    assert {count for reason, count in counted.items() if "no entry" in reason} == {6}
    assert {count for reason, count in counted.items() if "no answer" in reason} == {2}
    assert {count for reason, count in counted.items() if "cache" in reason} == {1}
    assert {count for reason, count in counted.items() if "another server" in reason} == {1}
    said, report = replayed(entries[1:2])
    assert said.code == ExitCode.INCOMPLETE
    assert "none of the 1 entries" in report["trouble"]


def test_the_base_path_is_found_or_given(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, small: Contract
) -> None:
    """A gateway below a path is found; of two servers, --url chooses; what is given and matches nothing says so."""
    made = creates(small, [mitmproxy(one) for one in traffic()])[:4]
    path = small.billable[0].path
    for entry, host in zip(
        made, ("https://a.example/x/y", "https://a.example/x/y", "http://b.example", "https://[::1]:8443"), strict=True
    ):
        entry["request"]["url"] = host + path
    judged = {
        (): "2 of 4", ("--url", "http://b.example"): "1 of 4", ("--url", "https://[::1]:8443/"): "1 of 4",
        ("--base-path", "/x/y"): "2 of 4", ("--base-path", "x/y/"): "2 of 4",
        ("--url", "https://a.example:443/x/y/"): "2 of 4",
    }  # fmt: skip
    for options, count in judged.items():
        said, report = replayed(made, *options)
        assert said.code == ExitCode.CONFORMS, options
        assert f"{count} entries" in report["headlines"][0], options
    assert replayed(made)[1]["target"]["url"] == "https://a.example/x/y"
    assert replayed(made, "--url", "https://c.example")[0].code == ExitCode.INCOMPLETE
    assert replayed(made, "--url", "b.example")[0].code == ExitCode.USAGE
    assert replayed(made, "--url", "http://b.example", "--base-path", "/x")[0].code == ExitCode.USAGE


def test_what_was_lost_is_held_against_nobody(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, small: Contract
) -> None:
    """A body that was not written down, or not as it was sent, may have been valid: its acceptance breaks nothing."""
    good = creates(small, [mitmproxy(one) for one in traffic()])[0]

    def changed(**posted: Any) -> Json:
        entry: Json = json.loads(json.dumps(good))
        entry["request"]["postData"] = {**entry["request"]["postData"], "params": [], **posted}
        return entry

    text = good["request"]["postData"]["text"]
    lossy = text.replace('name="prompt"', 'name="pro\ufffdmpt"')
    lost: list[Json] = [
        changed(text=""), changed(text=lossy), changed(text=text[: len(text) // 2]), changed(text="\u0000"),
        {**good, "request": {**good["request"], "postData": None, "bodySize": -1}},
    ]  # fmt: skip
    encoded = changed()
    encoded["request"]["headers"].append({"name": "Content-Encoding", "value": "gzip"})
    for index, entry in enumerate([*lost, encoded]):
        said, report = replayed([entry])
        assert (said.code, failed(report)) == (ExitCode.CONFORMS, set()), index
    # The same in full is a form that has to be refused: so exactly it is known, it is held against the server.
    bare = changed(text=text.replace('name="prompt"', 'name="pr0mpt"'))
    assert "createVideo/request/prompt/required" in failed(replayed([bare])[1])


def test_answers_that_were_not_kept(traffic: Callable[..., list[Traffic]], replayed: Replayed, small: Contract) -> None:
    """Without body, headers, times or sizes an answer shows what it has, and what it lacks breaks nothing."""
    good = creates(small, [mitmproxy(one) for one in traffic()])[0]
    empty = {"size": -1, "mimeType": ""}
    variants = [
        {**good, "response": {**good["response"], "content": empty}},
        {**good, "response": {**good["response"], "content": {"size": 0, "mimeType": "x", "text": ""}}},
        {**good, "response": {**good["response"], "headers": []}},
        {**good, "startedDateTime": "never", "time": -1},
        {**good, "startedDateTime": None, "time": None, "timings": None, "cache": None},
    ]
    for index in (0, 2, 3, 4):
        said, report = replayed([variants[index]])
        assert (said.code, failed(report)) == (ExitCode.CONFORMS, set()), index
    assert "createVideo/response/200/body" in failed(replayed([variants[1]])[1])  # it is known to have been empty
    # Nor does the same request, once with its answer and once without, say that the two differ.
    assert "state/same-again" not in failed(replayed([good, {**variants[0], "time": 5.5}])[1])
    assert "state/same-again" not in failed(replayed([{**variants[0], "time": 5.5}, good])[1])


def test_a_failure_that_came_back_is_about_the_request(
    traffic: Callable[..., list[Traffic]], replayed: Replayed
) -> None:
    """Clients repeat what was answered with 500: one such answer proves nothing of an invalid form, two do."""
    made = [mitmproxy(one) for one in traffic()]
    bad = next(one for one in made if one["response"]["status"] == 400 and one["request"]["method"] == "POST")
    broken = {**bad, "response": {**bad["response"], "status": 500}}
    name = "createVideo/invalid/no-server-error"
    assert verdict(replayed([broken])[1], name)["verdict"] == "inconclusive"
    assert verdict(replayed([broken, {**broken, "time": 77.5}])[1], name)["verdict"] == "fail"


def test_a_value_that_is_never_taken(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, small: Contract
) -> None:
    """Blame needs more than one refusal, and that all else in the requests was accepted in others."""
    made = creates(small, [mitmproxy(one) for one in traffic()])
    declared = next(declared for declared in small.billable[0].fields if declared.schema.role == "model")
    value = str(declared.schema.enum[-1])
    own = [one for one in made if value in one["request"]["postData"]["text"]]
    others = [one for one in made if one not in own]
    refusal = {"error": {"message": "no such model"}}
    content = {"size": 10, "mimeType": "application/json", "text": json.dumps(refusal)}
    refused = [{**one, "response": {**one["response"], "status": 404, "content": content}} for one in own]
    assert len(refused) > 1
    prefix = f"createVideo/request/{declared.name}"
    _, report = replayed([*others, *refused])
    assert verdict(report, f"{prefix}/offered")["verdict"] == "fail"
    assert verdict(report, f"{prefix}/value/{value}")["verdict"] == "inconclusive"
    _, report = replayed([*others, refused[0]])
    assert verdict(report, f"{prefix}/offered")["verdict"] == "not-run"
    taken = next(one for one in own if "\ufffd" not in one["request"]["postData"]["text"])
    _, report = replayed([*others, *refused, taken])
    assert f"{prefix}/offered" not in failed(report)


def test_a_body_can_be_had_again(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, tmp_path: Path, small: Contract
) -> None:
    """The command of a report sends the very bytes again that were recorded."""
    path = written_har(tmp_path / "in.har", traffic("makes-an-object-of-the-kind"), mitmproxy)
    _, report = replayed(path)
    evidence = verdict(report, "createVideo/response/200/object/type")["evidence"]
    wanted = creates(small, json.loads(path.read_text(encoding="utf-8"))["log"]["entries"])
    number = int(evidence["probe"].rpartition("/")[2])
    made = subprocess.run(
        words("replay", path, "--body", evidence["probe"]), capture_output=True, check=True, cwd=ROOT, env=environment()
    )
    entry = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"][number - 1]
    assert entry in wanted
    assert made.stdout == entry["request"]["postData"]["text"].encode()
    for wrong in ("entry/999999", "no", "entry/0"):
        assert command("replay", path, "--body", wrong).code == ExitCode.USAGE
