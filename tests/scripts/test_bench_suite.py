"""The comparison with `st run`: what counts as found, from when on, and what a reader is told."""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import load
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Cost, Expect, PreparedRequest, Probe
from conformance.selftest import CORRECT
from scripts.benchmarks import ours, speed, stock, tables, versus

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ("-m", "scripts.benchmarks.server")

# As `st run` 4.32.5 wrote them.
REJECTED = {
    "type": "RejectedPositiveData",
    "code": "ST202",
    "operation": "POST /v1/videos",
    "title": "Schema-valid request rejected",
    "message": "Valid data should have been accepted\nExpected: 2xx, 3xx, 401, 403, 404, 409, 429, 5xx",
    "case_id": None,
    "severity": "medium",
}
SLOW = {
    "type": "ResponseTimeExceeded",
    "code": "ST112",
    "operation": "POST /v1/videos",
    "title": "Response time limit exceeded",
    "message": "Actual: 1505.33ms\nLimit: 900.00ms",
    "case_id": None,
    "severity": "low",
}
TIMEOUT = {
    "NonFatalError": {
        "id": "e680aae4eeb84e10a889b40267986826",
        "timestamp": 1795355375.0598984,
        "value": {
            "type": "ReadTimeout",
            "message": "HTTPConnectionPool(host='127.0.0.1', port=46457): Read timed out.",
        },
        "phase": "coverage",
        "label": "POST /v1/videos",
        "related_to_operation": True,
    }
}


def interaction(prompt: str, status: int | None, *, at: float, boundary: str = "b22b2e33") -> dict[str, Any]:
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n{prompt}\r\n--{boundary}--\r\n'
    made: dict[str, Any] = {
        "request": {
            "method": "POST",
            "uri": "http://127.0.0.1:42245/v1/videos",
            "headers": {
                "Authorization": ["[Filtered]"],
                "Content-Type": [f"multipart/form-data; boundary={boundary}"],
            },
            "body": {"$base64": base64.b64encode(part.encode()).decode()},
        },
        "timestamp": at,
    }
    if status is not None:
        made["response"] = {"status_code": status, "headers": {}, "elapsed": 0.008}
    return made


def scenario(*cases: tuple[dict[str, Any], dict[str, Any] | None]) -> str:
    """One line of a report: interactions, each with the failure of one check, or with none."""
    recorder: dict[str, Any] = {"label": "POST /v1/videos", "cases": {}, "checks": {}, "interactions": {}}
    for number, (sent, failure) in enumerate(cases):
        checks: list[dict[str, Any]] = [{"name": "not_a_server_error", "status": "success"}]
        if failure is not None:
            name = "max_response_time" if failure is SLOW else "positive_data_acceptance"
            checks.append({"name": name, "status": "failure", "failure_info": {"failure": failure}})
        recorder["interactions"][f"case{number}"] = sent
        recorder["checks"][f"case{number}"] = checks
    return json.dumps({"ScenarioFinished": {"phase": "coverage", "status": "failure", "recorder": recorder}})


def test_a_failure_that_the_correct_server_shows_too_is_no_news() -> None:
    """A false positive must not be counted as a fault found, though boundaries differ from run to run."""
    correct = stock.read_report([scenario((interaction("a", 400, at=1), REJECTED))])
    again = stock.read_report([scenario((interaction("a", 400, at=9, boundary="e49b61f3"), REJECTED))])
    assert again.cases == correct.cases
    assert not stock.compare(again, correct).found


def test_the_price_of_a_fault_is_counted_up_to_its_first_failure_in_the_order_of_time() -> None:
    """Phases report in their own order; what was sent first counts first."""
    correct = stock.read_report([scenario((interaction("a", 200, at=1), None))])
    run = stock.read_report(
        [
            scenario((interaction("later", 200, at=9), None)),
            scenario(
                (interaction("b", 200, at=2), None),
                (interaction("a", 405, at=1), None),
                (interaction("c", 200, at=3), SLOW),
                (interaction("d", 200, at=4), SLOW),
            ),
        ]
    )
    found = stock.compare(run, correct)
    assert (found.found, found.shown, found.requests, found.creates) == (True, True, 3, 2)


def test_a_request_that_the_correct_server_passed_is_news_though_others_fail_alike() -> None:
    """Counted in favour of `st run`, and told apart from what its own output shows."""
    correct = stock.read_report(
        [scenario((interaction("a", 400, at=1), REJECTED), (interaction("b", 200, at=2), None))]
    )
    run = stock.read_report(
        [scenario((interaction("a", 400, at=1), REJECTED), (interaction("b", 400, at=2), REJECTED))]
    )
    found = stock.compare(run, correct)
    assert (found.found, found.shown, found.requests, found.creates) == (True, False, 2, 0)
    never_sent = stock.read_report([scenario((interaction("z", 400, at=1), REJECTED))])
    assert not stock.compare(never_sent, correct).found


def test_silence_is_a_failure_of_the_request_that_got_no_answer() -> None:
    """`st run` calls it an error of its own; where it kept no request, the whole run had to be paid."""
    correct = stock.read_report([scenario((interaction("a", 200, at=1), None))])
    silent = stock.read_report(
        [json.dumps(TIMEOUT), scenario((interaction("a", 200, at=1), None), (interaction("b", None, at=2), None))]
    )
    assert stock.compare(silent, correct).requests == 2
    lost = stock.read_report([scenario((interaction("a", 200, at=1), None)), json.dumps(TIMEOUT)])
    found = stock.compare(lost, correct)
    assert (found.found, found.requests, found.creates) == (True, 1, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SLOW["message"], "Actual: 901.02ms\nLimit: 900.00ms"),
        ("'a b' is too long", "'c' is too long"),
        (REJECTED["message"], f"{REJECTED['message']}\nHint: The request body contains 1 additional property (`ä`)."),
    ],
)
def test_messages_are_compared_without_the_data_of_their_case(one: str, other: str) -> None:
    """Another number or value in the same sentence is the same failure."""
    assert stock.plain(one) == stock.plain(other)


def test_messages_about_different_things_stay_different() -> None:
    """What is wrong still counts."""
    assert stock.plain("'a' is not of type 'string'") != stock.plain("'a' is a required property")


def test_the_price_of_ours_is_counted_up_to_the_exchange_that_the_verdict_rests_on() -> None:
    """The first of them, and the whole run where the verdict is about the run as a whole."""
    create = load().billable[0]
    request = PreparedRequest(create.method, create.path)
    probe = Probe("p", create, request, Expect.ACCEPT, Cost.BILLABLE, "g")
    made = [Exchange(probe, Answer(status, (), b""), None, "", 0.0, 0.0) for status in (400, 200, 201, 500)]
    assert ours.until(made, [made[2], made[1]]) == ours.Until(2, 1)
    assert ours.until(made, [None]) == ours.Until(4, 2)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (3, 3), (7, 7), (10, 10), (11, 10), (None, 10)])
def test_a_sample_is_spread_evenly_and_never_holds_anything_twice(count: int | None, size: int) -> None:
    """Faults that stand together are alike; a sample must not be all of one sort."""
    items = list(range(10))
    sample = versus.spread(items, count)
    assert sample == sorted(set(sample))
    assert len(sample) == size
    gaps = [after - before for before, after in itertools.pairwise(sample)]
    assert max(gaps, default=0) - min(gaps, default=0) <= 1


def test_the_summary_counts_what_is_found_and_what_is_false() -> None:
    """Medians over the faults that were found; failures on a correct server are false; Markdown names its command."""
    of: dict[str, list[Any]] = {tool: [] for tool in (*versus.OURS, *versus.STOCK)}
    for tool, made in of.items():
        made += [
            versus.Examined(tool, CORRECT, "variant", creates=33, failed=("x",)),
            versus.Examined(tool, "strict", "variant"),
            versus.Examined(tool, "one", "fault", found=True, shown=True, requests_until=2, creates_until=0),
            versus.Examined(tool, "two", "fault", found=True, requests_until=5, creates_until=1, failed=("x", "y")),
            versus.Examined(tool, "three", "fault", requests_until=99),
        ]
    summed = versus.rows([outcome for made in of.values() for outcome in made])
    assert [row.tool for row in summed] == list(of)
    text = tables.markdown("./scripts/bench --against-schemathesis", summed, dict.fromkeys(of, 0.5))
    assert text.startswith("`./scripts/bench --against-schemathesis`:")
    assert "| ours, full | 2 of 3 (67 %) | 3.5 | 0.5 | 33 | 1, on 1 of 2 servers | 0.50 |" in text


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which the machine was busy was busy for both."""
    laps = {
        name: [speed.Lap(seconds, 1, 1) for seconds in times] for name, times in {"a": (1, 10), "b": (2, 20)}.items()
    }
    assert speed.Speed(laps).ratio("a", "b") == 0.5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--help",), 0, "--against-schemathesis"),
        (("--sample", "3"), 2, "belong to --against-schemathesis"),
        (("--json", "/nowhere/at/all.json"), 2, "does not exist"),
    ],
)
def test_the_command_says_what_it_can_do_and_refuses_what_it_cannot(
    arguments: tuple[str, ...], code: int, said: str
) -> None:
    """Nothing is measured before the options make sense."""
    ended = subprocess.run(
        (sys.executable, *SCRIPT, *arguments), cwd=ROOT, check=False, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == code
    assert said in ended.stdout + ended.stderr
