"""The command for people: it waits with a line that moves, saves what can be gone on with, and says what to do next."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import load
from conformance.reference import ReferenceServer
from tests.client.recorder import JOB, RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN
from tests.client.videos import VIDEO, content, files_in

ROOT = Path(__file__).resolve().parents[2]
MAKE = ("create", "--model", "sora-2", "--prompt", "a cat")
RUNNING, DONE = {**JOB, "status": "in_progress", "progress": 30}, {**JOB, "status": "completed", "progress": 100}


def started(url: str, *words: str | Path, cwd: Path, **options: Any) -> subprocess.Popen[bytes]:
    """Start the command, as an installation would."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "generated" / "python"),
        "AIID_VIDEOS_TOKEN": TOKEN,
        "AIID_VIDEOS_BASE_URL": url,
        "TERM": "xterm",
        **options.pop("more", {}),
    }
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    command = [sys.executable, "-W", "error", "-m", "aiid_videos", *words]
    return subprocess.Popen(command, cwd=cwd, env=environment, **options)


def ran(url: str, *words: str | Path, cwd: Path) -> tuple[int, str, str]:
    """Run the command; return its status and what it wrote."""
    process = started(url, *words, cwd=cwd)
    out, err = process.communicate()
    assert b"Traceback" not in err
    assert TOKEN.encode() not in out + err
    return process.returncode, out.decode(), err.decode()


def filmed(url: str, *words: str, cwd: Path, **more: str) -> tuple[int, str, str]:
    """Run the command with a terminal as its standard error."""
    pty = pytest.importorskip("pty", reason="this system has no terminals of that kind")
    ours, theirs = pty.openpty()
    process = started(url, *words, cwd=cwd, stderr=theirs, more={"COLUMNS": "100", **more})
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:
            break  # which is how Linux says that the other side is closed
        if not chunk:
            break
        seen += chunk
    os.close(ours)
    out, _ = process.communicate()
    return process.returncode, out.decode(), seen.decode()


def test_a_job_is_made_and_waited_for_in_one_command(tmp_path: Path) -> None:
    """The lines on the way go to the standard error, the job that has ended to the standard output."""
    with ReferenceServer(load(), token=TOKEN) as server:
        code, out, err = ran(server.url, *MAKE, "--wait", cwd=tmp_path)
        assert (code, json.loads(out)["status"], server.creates) == (0, "completed", 1)
        lines = err.splitlines()
        assert lines[0] == f"job {json.loads(out)['id']}", "it is known before anything can go wrong"
        assert lines[1].startswith("queued")
        assert lines[-1].startswith("completed")
    code, _, err = ran(server.url, *MAKE, "--deadline", "5", cwd=tmp_path)
    assert (code, "--deadline is for --wait" in err) == (2, True)


def test_a_terminal_sees_a_bar(recorder: RequestRecorder, tmp_path: Path) -> None:
    """One line, drawn again; when it has ended it stands, and the answer comes behind it."""
    recorder.answers.extend([ScriptedAnswer.of(RUNNING), ScriptedAnswer.of(DONE)])
    code, out, seen = filmed(recorder.url, "wait", JOB["id"], "--poll-interval", "0.01", cwd=tmp_path)
    assert (code, json.loads(out)["status"]) == (0, "completed")
    assert re.search(r"\r\[#{7}\.{17}\]  30 %  in_progress  0:0\d", seen)
    assert re.search(r"\r\[#{24}\] 100 %  completed  \d:\d\d *\r\n$", seen)
    assert "\x1b" not in seen


def test_a_terminal_that_is_dumb_sees_lines(recorder: RequestRecorder, tmp_path: Path) -> None:
    """It could not go back."""
    recorder.answers.extend([ScriptedAnswer.of(RUNNING), ScriptedAnswer.of(DONE)])
    words = ("wait", JOB["id"], "--poll-interval", "0.01")
    _, _, seen = filmed(recorder.url, *words, cwd=tmp_path, TERM="dumb")
    assert seen.splitlines() == ["in_progress 30", "completed 100"]


@pytest.mark.parametrize("progress", [None, "half", 1e300, -5, True, [1]], ids=repr)
def test_a_strange_progress_does_not_stop_it(recorder: RequestRecorder, tmp_path: Path, progress: object) -> None:
    """Nor does a status that gives orders to the terminal."""
    recorder.answers.extend(
        [ScriptedAnswer.of({**JOB, "status": "\x1b[2Jnew", "progress": progress}), ScriptedAnswer.of(DONE)]
    )
    code, _, seen = filmed(recorder.url, "wait", JOB["id"], "--poll-interval", "0.01", cwd=tmp_path)
    assert (code, "\x1b" in seen, "?[2Jnew" in seen) == (0, False, True)


def test_an_error_comes_on_a_line_of_its_own(recorder: RequestRecorder, tmp_path: Path) -> None:
    """Behind the bar, not in it."""
    recorder.answers.append(ScriptedAnswer.of({**JOB, "status": "failed", "error": {"message": "no cats"}}))
    code, out, seen = filmed(recorder.url, "wait", JOB["id"], cwd=tmp_path)
    assert (code, out) == (1, "")
    assert re.search(rf"\r\nerror: job {JOB['id']} failed: no cats\r\n$", seen)


@pytest.mark.skipif(os.name != "posix", reason="a Ctrl-C is sent as a signal")
def test_a_stopped_wait_says_which_job_goes_on(recorder: RequestRecorder, tmp_path: Path) -> None:
    """Also where the command has made it itself, and nobody has seen its id yet."""
    recorder.answers.extend([ScriptedAnswer.of(JOB), *[ScriptedAnswer.of(RUNNING)] * 50])
    process = started(recorder.url, *MAKE, "--wait", cwd=tmp_path)
    assert process.stderr is not None
    told = process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, told.decode()) == (130, f"job {JOB['id']}\nqueued 0\n")
    assert err.decode().endswith(f"stopped\nthe job is {JOB['id']}; wait({JOB['id']!r}) takes it up again\n")


def test_a_download_is_called_like_its_job_and_never_replaces_a_file(recorder: RequestRecorder, tmp_path: Path) -> None:
    """Unless `--force` says so; a folder, a path, or the standard output."""
    recorder.answers.extend([content()] * 4)
    code, out, err = ran(recorder.url, "download", "a/b", cwd=tmp_path)
    assert (code, json.loads(out)["path"], err) == (0, "a_b.mp4", "")
    code, _, err = ran(recorder.url, "download", "a/b", cwd=tmp_path)
    assert (code, err) == (2, "error: a_b.mp4 is there already; --force replaces it\n")
    assert ran(recorder.url, "download", "a/b", "--force", cwd=tmp_path)[0] == 0
    (tmp_path / "folder").mkdir()
    assert ran(recorder.url, "download", ".a", "folder", cwd=tmp_path)[0] == 0
    process = started(recorder.url, "download", "a", "-", cwd=tmp_path)
    assert process.communicate() == (VIDEO, b"")
    assert files_in(tmp_path / "folder") == {"a.mp4": VIDEO}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a_b.mp4", "folder"]


def test_a_download_goes_on_where_it_broke_off(recorder: RequestRecorder, tmp_path: Path) -> None:
    """The error says so; the same command, said again, fetches the rest."""
    half = len(VIDEO) // 2
    recorder.answers.append(content(VIDEO[:half], missing=len(VIDEO) - half))
    words = ("--max-retries", "0", "download", "a", "cat.mp4")
    code, out, err = ran(recorder.url, *words, cwd=tmp_path)
    assert (code, out) == (1, "")
    assert err.endswith("what came is kept in cat.mp4.part; the same command goes on from there\n")
    first = len((tmp_path / "cat.mp4.part").read_bytes()) - (1 << 16)
    recorder.answers.append(content(VIDEO[first:], 206, Content_Range=f"bytes {first}-{len(VIDEO) - 1}/{len(VIDEO)}"))
    assert ran(recorder.url, *words, cwd=tmp_path)[0] == 0
    assert recorder.last.headers["Range"] == f"bytes={first}-"
    assert files_in(tmp_path) == {"cat.mp4": VIDEO}


def test_a_terminal_sees_how_far_a_download_is(recorder: RequestRecorder, tmp_path: Path) -> None:
    """In megabytes, of how many."""
    recorder.answers.append(content())
    code, _, seen = filmed(recorder.url, "download", "a", cwd=tmp_path)
    assert code == 0
    assert re.search(r"\[#{24}\] 100 %  1\.0 of 1\.0 MB  0:\d\d", seen)


def test_a_text_that_names_a_file_is_told_of_in_the_words_of_the_command(
    recorder: RequestRecorder, tmp_path: Path
) -> None:
    """It is sent as text; `@` sends the file."""
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    code, _, err = ran(recorder.url, *MAKE, "--input-reference", "cat.png", cwd=tmp_path)
    assert (code, err) == (
        0, "warning: cat.png names a file, but is sent as text; @cat.png sends the file\n",
    )  # fmt: skip
    assert ran(recorder.url, *MAKE, "--input-reference", "@cat.png", cwd=tmp_path)[2] == ""
