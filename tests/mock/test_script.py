"""Outcomes by file: which requests they are for, and what is said of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli.serve import serve_command
from conformance.contract import Contract
from conformance.mock.script_file import read_rules
from conformance.reference.outcomes import WORDS
from tests.mock.calling import ROOT, MockCaller, words_of
from tests.mock.conftest import StartMock


def _script(folder: Path, text: str) -> Path:
    path = folder / "script.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _statuses(caller: MockCaller, count: int) -> list[int]:
    return [caller.create().status_code for _ in range(count)]


def test_the_nth_create_gets_its_outcome(mock: StartMock, tmp_path: Path) -> None:
    """A number, a range and everything from one on; the log names the rule, the answer says when to try again."""
    text = "- {nth: 2, code: 429, retry-after: 9}\n- nth: 4-5\n  code: 500\n- nth: 7+\n  code: 503\n"
    caller = mock(script=_script(tmp_path, text))
    assert _statuses(caller, 8) == [200, 429, 200, 500, 500, 200, 503, 503]
    assert [record.script for record in caller.records[:4]] == [None, "script.yaml:1", None, "script.yaml:2"]
    assert [record.made for record in caller.records[:3]] == [True, False, True]
    assert caller.server.creates == 3


def test_a_refused_form_is_not_counted(mock: StartMock, tmp_path: Path) -> None:
    """The n-th request is the n-th that would have been carried out."""
    caller = mock(script=_script(tmp_path, "- {nth: 1, code: 503}\n"))
    assert caller.http.post(caller.maker.path).status_code == 401
    assert _statuses(caller, 2) == [503, 200]


def test_fields_choose_the_requests(mock: StartMock, tmp_path: Path, contract: Contract) -> None:
    """By pattern; the first rule that decides does, and each counts what it fits."""
    model = next(declared for declared in contract.billable[0].fields if declared.schema.role == "model")
    name = str(model.schema.enum[0])
    text = (
        f"- where: {{{model.name}: 'no-such-*'}}\n  code: 500\n"
        f"- where: {{{model.name}: '{name[:3]}*'}}\n  job: failed\n  looks: 1\n"
    )
    caller = mock(script=_script(tmp_path, text))
    job = caller.job()
    assert caller.last.script == "script.yaml:3"
    caller.read(job)
    assert caller.last.stage == "failed"


def test_a_life_is_scripted(mock: StartMock, tmp_path: Path) -> None:
    """Progress step by step; what a request asks for itself comes first."""
    caller = mock(script=_script(tmp_path, "- progress: [5, 5, 90]\n  status: odd\n"))
    job = caller.job()
    assert [caller.value(caller.read(job), "progress") for _ in range(4)] == [5, 5, 90, 90]
    assert caller.value(caller.read(job), "status") == "odd"
    own = caller.job(Prefer="looks=1")
    caller.read(own)
    assert caller.last.stage == "succeeded"


def test_other_operations_are_scripted_too(mock: StartMock, tmp_path: Path, contract: Contract) -> None:
    """`on` names an operation: the second look is refused, for once."""
    reader = next(found for found in contract.operations if found.method == "GET" and found.path.endswith("}"))
    caller = mock(script=_script(tmp_path, f"- {{on: {reader.id}, nth: 2, code: 503}}\n"))
    job = caller.job()
    assert [caller.read(job).status_code for _ in range(3)] == [200, 503, 200]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "has no rules; write a list"),
        ("a: 1\n", 1, "is no list"),
        ("- x\n", 1, "is no mapping"),
        ("- {nth: 2\n", 1, "is not YAML"),
        ("- nth: 1\n  cod: 429\n", 2, "did you mean 'code'"),
        ("- nth: 1\n  code: 429\n  code: 500\n", 3, "twice"),
        ("- nth: 0\n  code: 429\n", 1, "nth is a number from 1"),
        ("- nth: 3-2\n  code: 429\n", 1, "nth is a number from 1"),
        ("-\n  code: 418\n", 2, "documents 200"),
        ("- code: 429\n  job: failed\n", 2, "makes no job"),
        ("- retry-after: 3\n", 1, "goes with a code"),
        ("- nth: 2\n", 1, "says no outcome"),
        ("- on: ~OPERATION\n  code: 429\n", 1, "did you mean 'OPERATION'"),
        ("- where: {~WORDS: x}\n  code: 429\n", 1, "did you mean 'WORDS'"),
        ("- where: {WORDS: }\n  code: 429\n", 1, "is needed here"),
        ("- progress: [1, 200]\n", 1, "percentages"),
        ("- \xe9: 1\n", 1, "no part of a rule"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    contract: Contract, tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    """Status 2, before anything is served."""
    for placeholder, name in (("OPERATION", contract.billable[0].id), ("WORDS", words_of(contract).name)):
        text = text.replace(f"~{placeholder}", name[:-1]).replace(placeholder, name)
        message = message.replace(placeholder, name)
    path = _script(tmp_path, text)
    result = CliRunner().invoke(serve_command, ["--port", "0", "--script", str(path)])
    place = f"{path}: " if line is None else f"{path}:{line}: "
    assert result.exit_code == 2
    assert place in result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """With its name; and so is one that is no text."""
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, message in ((tmp_path / "none.yaml", "No such file"), (binary, "UTF-8")):
        result = CliRunner().invoke(serve_command, ["--script", str(path)])
        assert (result.exit_code, message in result.stderr, str(path) in result.stderr) == (2, True, True)


def test_the_sample_of_the_docs_is_one(contract: Contract, tmp_path: Path) -> None:
    """It can be read, and the page names every word of an outcome."""
    page = (ROOT / "docs" / "application-developers.md").read_text(encoding="utf-8")
    sample = page.partition("```yaml\n")[2].partition("```")[0]
    assert len(read_rules(_script(tmp_path, sample), contract)) >= 5
    assert [word for word in WORDS if f"`{word}=" not in page] == []
