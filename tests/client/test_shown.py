"""What every generated package shows of itself: its command, and the samples of its README."""

from __future__ import annotations

import importlib
import re
import runpy
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from tests.client.growth import GROWN_JOB, LOAN
from tests.client.recorder import RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN

COMMANDS: list[tuple[str, list[str], str, bytes]] = [
    ("loans", ["create", "--book", '{"isbn": "1"}', "--reader", "ada", "--days", "14"], "POST /loans", b'"days":14'),
    ("loans", ["get", "7"], "GET /loans/7", b""),
    ("loans", ["change", "7", "--due", "2026-01-31"], "PATCH /loans/7", b'{"due":"2026-01-31"}'),
    ("loans", ["list", "--reader", "a b", "--page", "2"], "GET /loans?reader=a%20b&page=2", b""),
    ("grown", ["estimate-cost", "--model", "m", "--choice", "2"], "POST /v1/estimates", b'"choice":2'),
    ("grown", ["list", "--after", "a", "--status", "queued", "--no-deleted"], "&status=queued&deleted=false", b""),
    ("letters", ["put-scan", "a", "--body", "scan.png"], "PUT /letters/a/scan", b"\x89PNG"),
    ("letters", ["send", "--to", "a", "--pages", "1", "--urgent"], "POST /letters", b"to=a&pages=1&urgent=true"),
]


@pytest.mark.parametrize(("name", "words", "asked", "body"), COMMANDS, ids=lambda value: str(value[0]) if value else "")
def test_the_command_makes_every_kind_of_call(
    name: str,
    words: list[str],
    asked: str,
    body: bytes,
    request: pytest.FixtureRequest,
    recorder: RequestRecorder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Parameters, fields and whole bodies are options; what stands in a path is an argument."""
    module: ModuleType = request.getfixturevalue(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scan.png").write_bytes(b"\x89PNG")
    for variable in ("TOKEN", "USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"AIID_VIDEOS_{variable}", "secret")
    answers = {"loans": {**LOAN, "items": []}, "grown": {"cost": 1, "data": []}, "letters": "sent"}
    recorder.answers.append(ScriptedAnswer.of(answers[name]))
    command = importlib.import_module(f"{module.__name__}._cli").command
    done = CliRunner().invoke(command, ["--base-url", recorder.url, *words])
    assert (done.exit_code, done.stderr) == (0, "")
    assert asked in f"{recorder.last.method} {recorder.last.path}"
    assert body in recorder.last.body


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("name", ["grown", "secured", "loans", "letters", "smallest"])
def test_the_samples_of_every_readme_run(
    name: str,
    request: pytest.FixtureRequest,
    recorder: RequestRecorder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As they are written, with nothing but the address and the credentials from outside."""
    module: ModuleType = request.getfixturevalue(name)
    readme = (Path(str(module.__file__)).parents[1] / "README.md").read_text(encoding="utf-8")
    samples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    answers = {"loans": ScriptedAnswer.of(LOAN, 201), "smallest": ScriptedAnswer.of("made", 201)}
    answer = answers.get(name, ScriptedAnswer.of(GROWN_JOB))
    if has_jobs := "client.wait(" in readme:
        done = ScriptedAnswer.of({**GROWN_JOB, "status": "completed"})
        recorder.answers.extend(
            [answer, answer, done, ScriptedAnswer(200, b"\x00mp4", (("Content-Type", "video/mp4"),))]
        )
    recorder.answers.extend([answer] * 2)
    monkeypatch.chdir(tmp_path)
    for file in ("image", "files"):
        (tmp_path / f"{file}.png").write_bytes(b"\x89PNG")
    monkeypatch.setenv("AIID_VIDEOS_TOKEN", TOKEN)
    monkeypatch.setenv("AIID_VIDEOS_USERNAME", "ada")
    monkeypatch.setenv("AIID_VIDEOS_PASSWORD", "secret")
    run = "\n\nimport asyncio\n\nasyncio.run(main())\n"
    for index, sample in enumerate(samples):
        # The sample names a server that is none, and the package by its own name.
        text = re.sub(r'base_url="[^"]*"', f"base_url={recorder.url!r}", sample).replace("aiid_videos", module.__name__)
        text = text.replace("Client()", f"Client(base_url={recorder.url!r})")
        text = text.replace("Client(timeout", f"Client(base_url={recorder.url!r}, timeout")
        script = tmp_path / f"sample{index}.py"
        script.write_text(text + (run if "async def main" in text else ""), encoding="utf-8")
        runpy.run_path(str(script), run_name="__main__")
    assert (len(samples), len(recorder.requests)) == ((3, 5) if has_jobs else (2, 2))
    assert (tmp_path / "video.mp4").exists() is has_jobs is (name in ("grown", "secured"))
