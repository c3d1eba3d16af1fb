"""Nothing that a run leaves holds the token: no file, no stream, no log, no traceback and no object's text."""

from __future__ import annotations

import base64
import gc
import json
import logging
import subprocess
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import pytest
from attrs import evolve
from click.testing import CliRunner

from conformance.cli import main
from conformance.cli.redacting import kept_secret
from conformance.contract import Contract
from conformance.engine import sender
from conformance.engine.target import Target
from conformance.errors import ConformanceError, CrashError, ExitCode, TargetError
from tests.suite.reflecting import Reflecting
from tests.suite.runs import OFF_THE_WIRE, QUICK, ROOT, TOKEN, carry_out, command, environment, words
from tests.suite.servers import listening
from tests.suite.test_redaction import CODINGS

_PLAIN = {
    name: CODINGS[name] for name in ("plain", "in-capitals", "percent", "base64-bearer", "hexadecimal", "reversed")
}
_OTHERS = {name: code for name, code in CODINGS.items() if name not in _PLAIN and code(TOKEN).isprintable()}
_SEARCHED = 10
"""Characters of the token that would be too many, and no near miss that a probe makes lacks all of them."""


def _traces(text: str) -> list[str]:
    """What of the token stands in a text, plainly or in one of the usual codings, in any piece that is too long."""
    lowered = text.lower()
    pieces = [TOKEN[start : start + _SEARCHED] for start in range(len(TOKEN) - _SEARCHED + 1)]
    coded = [*pieces, *(piece[::-1] for piece in pieces), *(piece.encode().hex() for piece in pieces)]
    coded += [quote(piece.replace("-", "%2D"), safe="") for piece in pieces]
    coded += [code(TOKEN) for code in (*_PLAIN.values(), *_OTHERS.values())]
    coded += [json.dumps(code(TOKEN))[1:-1] for code in _OTHERS.values()]
    coded += [base64.b64encode(b" " * before + TOKEN.encode()).decode()[4:-4] for before in range(3)]
    return [one for one in coded if one.lower() in lowered]


def _fail() -> None:
    raise ValueError(f"cannot read {TOKEN!r}")


def _left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("codings", [_PLAIN, _OTHERS], ids=["usual", "others"])
def test_no_file_and_no_stream_holds_the_token(small: Contract, tmp_path: Path, codings: dict[str, object]) -> None:
    """A server that shows the token everywhere gets it into nothing that the run writes, in whatever folder."""
    report, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    arguments = ("run", "--url", "{url}", "--contract", small.path, "--max-creates", 3, "--verbose", "--timeout", 2,
                 "--create-timeout", 2, "--report-json", report, "--events", events)  # fmt: skip
    with listening(server := Reflecting([CODINGS[name] for name in codings])) as peer:
        line = [word.replace("{url}", peer.url) for word in words(*arguments)]
        made = subprocess.run(
            line, capture_output=True, cwd=tmp_path, check=False, timeout=300,
            env=environment(PYTHONPATH=str(ROOT), TMPDIR=str(tmp_path), PYTHONDEVMODE="1", PYTHONASYNCIODEBUG="1"),
        )  # fmt: skip
    assert server.shown > 20
    assert made.returncode in (ExitCode.BROKEN_MUST, ExitCode.INCOMPLETE), made.stderr
    assert {report, events} <= {*_left(tmp_path)}
    for name, data in (
        ("stdout", made.stdout),
        ("stderr", made.stderr),
        *((p, p.read_bytes()) for p in _left(tmp_path)),
    ):
        assert _traces(data.decode("utf-8", "replace")) == [], name
    again = command("report", report, "--verbose")
    assert _traces(again.stdout + again.stderr) == []


def test_no_object_says_the_token(small: Contract, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever of ours a debugger, an assertion or a log would show of a run says nothing of the token."""
    caplog.set_level(logging.DEBUG)
    with listening(Reflecting([*_PLAIN.values()])) as peer, kept_secret(Target(peer.url, TOKEN)):
        made = carry_out(small, peer.url, 2, pace=evolve(QUICK, timeout=1.0), selection=OFF_THE_WIRE)
    kept = [one for one in gc.get_objects() if str(type(one).__module__).startswith("conformance.")]
    assert len(kept) > len(made.exchanges) > 20
    for one in kept:
        with suppress(AttributeError):  # not all of it is there before it is connected, or while it is made
            assert TOKEN not in repr(one), type(one)
    assert any(record.name.startswith("httpcore") for record in caplog.records)
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    assert _traces("\n".join(said)) == []


@pytest.mark.parametrize("where", ["attempt", "judge"])
def test_a_crash_of_ours_shows_no_token(
    small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """A defect that takes the token with it, in its words and those of its cause, leaves none in the traceback."""

    def crash(*_: object, **__: object) -> None:
        try:
            _fail()
        except ValueError as error:
            raise KeyError(f"Bearer {TOKEN}", {"authorization": CODINGS["json-escaped"](TOKEN)}) from error

    if where == "attempt":
        monkeypatch.setattr(sender, "body_of", crash)
    else:
        monkeypatch.setattr(import_module("conformance.campaign.run"), "headlines", crash)
    report = tmp_path / "report.json"
    with listening(Reflecting([*_PLAIN.values()])) as peer:
        line = ("run", "--url", peer.url, "--contract", str(small.path), "--max-creates", "0", "--only", "*/auth/*",
                "--report-json", str(report), "--timeout", "1")  # fmt: skip
        made = CliRunner().invoke(main, line, env={"VIDEOS_TOKEN": TOKEN})
    assert made.exit_code == ExitCode.SUITE_DEFECT
    assert "Traceback" in made.stderr
    assert "KeyError" in made.stderr
    assert "please report it" in made.stderr
    for text in (made.stdout, made.stderr, report.read_text(encoding="utf-8")):
        assert _traces(text) == []


def test_what_a_thread_dies_of_shows_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    """A thread that dies says why on standard error, without the token."""

    def die() -> None:
        raise RuntimeError(TOKEN)

    with kept_secret(Target("http://127.0.0.1", TOKEN)):
        thread = threading.Thread(target=die)
        thread.start()
        thread.join()
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert _traces(said) == []


def test_errors_are_cleaned_and_keep_their_kind() -> None:
    """An error that the user is told keeps its status; what of it a server chose neither leaks nor commands."""
    target = Target("http://127.0.0.1", TOKEN)
    with pytest.raises(TargetError) as caught, kept_secret(target):
        raise TargetError(f"redirected to http://x/{TOKEN}\x1b[2J")
    assert str(caught.value) == "redirected to http://x/[token]\\x1b[2J"
    with pytest.raises(CrashError) as crashed, kept_secret(target):
        raise OSError(TOKEN)
    assert isinstance(crashed.value, ConformanceError)
    assert crashed.value.__cause__ is None
    assert _traces(str(crashed.value) + crashed.value.trace) == []


def test_tracebacks_in_logs_show_no_token(caplog: pytest.LogCaptureFixture) -> None:
    """What a library logs with a traceback, as asyncio does of a forgotten task, is cleaned as well."""
    with kept_secret(Target("http://127.0.0.1", TOKEN)):
        try:
            _fail()
        except ValueError:
            logging.getLogger("asyncio").exception("never retrieved: %s", TOKEN)
    assert "ValueError" in caplog.text
    assert _traces(caplog.text) == []
