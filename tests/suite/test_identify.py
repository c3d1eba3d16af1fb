"""`videos-conformance identify`: which dialect a server speaks, told from what costs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import load
from conformance.contract.source import shipped_overlays
from conformance.dialects.signs import read_signs
from conformance.errors import ContractError
from tests.suite import dialect_servers
from tests.suite.dialect_servers import Answerer, DialectServer, below
from tests.suite.runs import TOKEN, Said, command
from tests.suite.servers import serving
from tests.suite.serving import Serve

_FITTING = {
    "new-api": dialect_servers.new_api,
    "openai": dialect_servers.openai,
    "vllm-omni": dialect_servers.vllm_omni,
    "sglang": dialect_servers.sglang,
    "litellm": dialect_servers.litellm,
    "aimock": dialect_servers.aimock,
}
_CREATE = load().billable[0]


def identified(answer: Answerer, *options: object, base: str = "") -> tuple[Said, DialectServer]:
    server = DialectServer(answer)
    with serving(server, server_header=False) as url:
        return command("identify", "--url", url + base, "--max-creates", 0, *options), server


def told(answer: Answerer, *options: object) -> tuple[dict[str, Any], DialectServer]:
    said, server = identified(answer, "--json", *options)
    assert said.code == 0, said.stderr
    found: dict[str, Any] = json.loads(said.stdout)
    return found, server


@pytest.mark.parametrize("name", _FITTING)
def test_each_kind_of_server_is_told_from_the_others(name: str) -> None:
    """By the signs of its own, and the overlay that fits is named, where one comes with the suite."""
    found, _ = told(_FITTING[name])
    assert found["dialect"] == name
    assert found["overlay"] == (name if name in shipped_overlays() else None)
    others = [points for other, points in found["points"].items() if other != name]
    assert found["points"][name] > max(others)
    seen = [sign for sign in found["signs"] if sign["seen"]]
    assert all(sign["question"] and sign["status"] for sign in seen)
    assert {sign["dialect"] for sign in found["signs"]} == set(found["points"])


def test_nothing_that_is_sent_could_make_anything() -> None:
    """A create is sent without a single field that it needs, everything else has no body, and each is in the books."""
    found, server = told(dialect_servers.new_api)
    required = [declared.name.encode() for declared in _CREATE.fields if declared.required]
    assert server.bodies
    assert not [body for body in server.bodies for name in required if b'name="%s"' % name in body]
    posted = [path for method, path in server.seen if method == "POST"]
    assert set(posted) == {_CREATE.path}
    assert {method for method, _ in server.seen} <= {"GET", "POST", "PUT"}
    looks = server.seen.count(("GET", "/"))
    assert found["ledger"] == {"requests": len(server.seen) - looks, "creates": 0, "possible_creates": 0}


def test_the_reference_server_speaks_the_contract_as_it_is(serve: Serve) -> None:
    """Also where it has none of the optional operations, and where nobody names a server at all."""
    for options in ((), ("--url", serve().url)):
        said = command("identify", *options)
        assert said.code == 0
        assert "the contract as it is (plain)\nfits: no overlay\n" in said.stdout


def test_evidence_is_shown_sign_by_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen, by which question, with which status, and what was looked for and not seen."""
    monkeypatch.setenv("COLUMNS", "500")
    said, _ = identified(dialect_servers.litellm)
    lines = said.stdout.splitlines()
    assert lines[0].endswith("LiteLLM's proxy (litellm)")
    assert "no overlay that comes with the suite" in lines[1]
    assert any("seen" in line and "HTTP 401" in line and "x-litellm-version: 1.99.1" in line for line in lines)
    assert "vllm" not in said.stdout
    wordy, _ = identified(dialect_servers.litellm, "--verbose")
    assert any(line.startswith("no ") and "vllm" in line for line in wordy.stdout.splitlines())


def test_a_server_that_nobody_knows_is_unknown() -> None:
    """That is an answer too, and no guess; what it sends does nothing to the terminal."""
    found, _ = told(dialect_servers.stranger)
    assert (found["dialect"], found["overlay"]) == (None, None)
    said, _ = identified(dialect_servers.stranger)
    assert said.code == 0
    assert "unknown; no dialect has signs enough" in said.stdout
    assert "\x1b" not in said.stdout


def test_two_dialects_with_as_many_signs_are_no_answer() -> None:
    """Both are named, and none is chosen."""
    said, _ = identified(dialect_servers.two_at_once)
    assert "unknown; as many signs speak for vllm-omni as for sglang" in said.stdout


def test_a_server_that_makes_something_of_nothing_is_told_on() -> None:
    """What it made is in the books and in the last line, and nothing more that could create is sent."""
    said, server = identified(dialect_servers.generous)
    assert said.code == 0
    assert len(server.bodies) <= 2
    assert "made something, or may have" in said.stdout


def test_the_wrong_base_path_is_no_dialect() -> None:
    """It ends with 3, and says where the operation is."""
    said, _ = identified(below("/gateway", dialect_servers.new_api))
    assert said.code == 3
    assert f"POST {_CREATE.path}" in said.sentence
    said, _ = identified(below("/gateway", dialect_servers.new_api), base="/gateway")
    assert said.code == 0
    assert "(new-api)" in said.stdout


def test_a_server_that_is_not_there_or_wants_another_token_ends_with_3() -> None:
    """Each with a sentence, and without the token."""
    said = command("identify", "--url", "http://127.0.0.1:9")
    assert (said.code, "nothing answers" in said.sentence) == (3, True)
    with serving(DialectServer(dialect_servers.new_api)) as url:
        other = "sk-another-8e1f7c"
        said = command("identify", "--url", url, token=other)
    assert (said.code, "refuses the token" in said.sentence, other in said.stderr) == (3, True, False)


def test_another_machine_is_asked_only_with_somebodys_yes() -> None:
    """What would be asked is shown before, and without --yes nothing is sent."""
    said = command("identify", "--url", "http://192.0.2.1:8080")
    assert said.code == 2
    assert _CREATE.path in said.stderr
    assert "--yes" in said.sentence


def test_a_dialect_is_added_without_python(tmp_path: Path) -> None:
    """A file of questions and signs is enough; its overlay is named as it names it."""
    path = tmp_path / "signs.yaml"
    path.write_text(
        "dialects:\n  teapot:\n    says: a teapot\n    overlay: teapot.yaml\n    signs:\n"
        "      - {says: it is one, in: [empty], status: 418, text: '^nay', points: 3}\n",
        encoding="utf-8",
    )
    found, _ = told(dialect_servers.stranger, "--signs", path)
    assert (found["dialect"], found["says"], found["overlay"]) == ("teapot", "a teapot", "teapot.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("dialects:\n  a: {says: a, signs: [{says: a, in: [emty], status: 400}]}", 2, "did you mean empty?"),
        ("dialects:\n  a:\n    says: a\n    signs: []", 4, "one at least"),
        ("dialects:\n  a: {says: a, sign: []}", 2, "did you mean `signs`?"),
        ("dialects:\n  a: {says: a, signs: [{says: a, in: [any]}]}", 2, "looks for nothing"),
        ("dialects:\n  a: {says: a, signs: [{says: a, in: [any], text: '('}]}", 2, "is no pattern"),
        ("dialects:\n  a: {says: a, signs: [{says: a, in: [any], status: 42}]}", 2, "is no status"),
        ("questions:\n  a: {says: a, ask: DELETE, at: /}", 2, "`DELETE` is not asked"),
        ("questions:\n  a: {says: a, ask: GET, at: elsewhere}", 2, "have an address"),
        ("- a", 1, "no mapping"),
        ("a: [", None, "is not YAML"),
    ],
)
def test_a_mistake_in_a_file_of_signs_names_its_place(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    """File, line and what to do; nothing is sent."""
    path = tmp_path / "signs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=r"signs\.yaml") as caught:
        read_signs([path])
    assert words in str(caught.value)
    if line is not None:
        assert str(caught.value).startswith(f"{path}:{line}:")


def test_every_dialect_and_overlay_of_ours_belong_together() -> None:
    """An overlay that a dialect names comes with the suite, and every question is asked for some sign."""
    known = read_signs()
    named = {dialect.overlay for dialect in known.dialects.values() if dialect.overlay is not None}
    assert named <= set(shipped_overlays())
    assert all(sign.points for dialect in known.dialects.values() for sign in dialect.signs)
    asked = {name for dialect in known.dialects.values() for sign in dialect.signs for name in sign.questions}
    assert asked == set(known.questions)
    assert TOKEN not in repr(known)
