"""The distribution as people install it: the wheel, its README, its command and what it costs to import."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import aiid_videos
from conformance.contract import load
from conformance.reference import ReferenceServer
from tests.client.parsing import by_multipart
from tests.client.recorder import JOB, RequestRecorder, ScriptedAnswer

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "generated" / "python"
TOKEN = "sk-of-the-environment"
NOTHING_HERE = ScriptedAnswer.of({"detail": "Method Not Allowed"}, 405)
BLOCKS = re.findall(r"```python\n(.*?)```", (SOURCE / "README.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by its own build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=SOURCE, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was installed."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*command, "--disable-pip-version-check", "--target", folder, wheel], check=True)
    return folder


def installed(
    site: Path, *command: str | Path, url: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed wheel, and an environment of its own."""
    env = {"PYTHONPATH": str(site), "PATH": os.environ["PATH"], "AIID_VIDEOS_TOKEN": TOKEN, "AIID_VIDEOS_BASE_URL": url}
    return subprocess.run(
        [sys.executable, "-W", "error", *command], env=env, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Every module, the mark that it is typed, and the metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith("METADATA"))
        text = archive.read(metadata).decode()
    ours = {
        str(path.relative_to(SOURCE))
        for path in (SOURCE / "aiid_videos").rglob("*")
        if path.suffix in (".py", ".typed")
    }
    assert {name for name in names if ".dist-info/" not in name} == ours
    required = re.findall(r"^Requires-Dist: ([\w-]+)(.*)$", text, re.MULTILINE)
    assert [name for name, condition in required if "extra" not in condition] == ["attrs", "httpx"]
    assert [name for name, condition in required if "extra == 'cli'" in condition] == ["click"]


def test_the_quick_start_runs_as_written(site: Path, recorder: RequestRecorder) -> None:
    """The first sample of the README, with the installed wheel."""
    done = installed(site, "-c", BLOCKS[0], url=recorder.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "video_abc123" in done.stdout
    assert recorder.last.headers["Authorization"] == f"Bearer {TOKEN}"


def test_the_quick_start_is_accepted_by_a_server_that_judges_every_byte(site: Path) -> None:
    """The installed wheel, against the reference server."""
    with ReferenceServer(load(), token=TOKEN) as server:
        done = installed(site, "-c", BLOCKS[0], url=server.url)
        assert (done.returncode, done.stderr, server.creates) == (0, "", 1)
    assert "status='queued'" in done.stdout


def test_the_other_samples_run_as_written(site: Path, recorder: RequestRecorder, tmp_path: Path) -> None:
    """With the file that they name, a success first and then a refusal."""
    recorder.answers.extend([ScriptedAnswer(), ScriptedAnswer.of({"code": "invalid_request", "message": "no"}, 400)])
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    code = f"{BLOCKS[2]}\nimport asyncio\nasyncio.run(main())\nasyncio.run(main())"
    done = installed(site, "-c", code, url=recorder.url, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Video(id='video_abc123'" in done.stdout
    assert "refused: 400 invalid_request no None" in done.stdout
    assert len(BLOCKS) == 3


# Put in front of a sample: the client's pauses take no time.
AT_ONCE = "import time\ntime.sleep = lambda seconds: None\n"


def test_a_job_is_made_waited_for_and_saved_as_the_sample_says(site: Path, tmp_path: Path) -> None:
    """The installed wheel, against the reference server: one job, and its whole video in a file."""
    with ReferenceServer(load(), token=TOKEN) as server:
        done = installed(site, "-c", AT_ONCE + BLOCKS[1], url=server.url, cwd=tmp_path)
        assert (done.returncode, done.stderr, server.creates, server.defects) == (0, "", 1, ())
        path, size = done.stdout.split()
        assert [each.name for each in tmp_path.iterdir()] == [path]
        assert (tmp_path / path).stat().st_size == int(size) > 0


def test_the_sample_tells_a_job_that_failed(site: Path, recorder: RequestRecorder, tmp_path: Path) -> None:
    """And one that nobody can ask for; nothing is saved."""
    failed = {**JOB, "status": "failed", "error": {"code": "moderated", "message": "no cats"}}
    recorder.answers.extend([ScriptedAnswer(), ScriptedAnswer.of(failed), ScriptedAnswer(), ScriptedAnswer.of({}, 405)])
    first, second = (installed(site, "-c", AT_ONCE + BLOCKS[1], url=recorder.url, cwd=tmp_path) for _ in range(2))
    assert (first.stdout, first.stderr) == ("failed: moderated no cats\n", "")
    assert second.stdout.startswith(f"not yet: job {JOB['id']} cannot be waited for: this server does not offer GET")
    assert second.stdout.endswith(f"look later for {JOB['id']}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_command_waits_for_a_job_and_saves_its_video(site: Path, tmp_path: Path) -> None:
    """Each change on the way on the standard error, the answer on the standard output; a path, or a pipe."""
    with ReferenceServer(load(), token=TOKEN) as server:

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return installed(site, "-m", "aiid_videos", *words, url=server.url, cwd=tmp_path)

        made = json.loads(run("create", "--model", "sora-2", "--prompt", "a cat").stdout)["id"]
        early = run("download-content", made, "cat.mp4")
        assert (early.returncode, early.stdout, list(tmp_path.iterdir())) == (1, "", [])
        assert early.stderr.startswith("error: 4")
        waited = run("wait", made, "--poll-interval", "0.01")
        assert (waited.returncode, json.loads(waited.stdout)["status"]) == (0, "completed")
        assert [line.split()[0] for line in waited.stderr.splitlines()] == ["in_progress"] * 3 + ["completed"]
        saved = run("download-content", made, "cat.mp4")
        size = (tmp_path / "cat.mp4").stat().st_size
        assert (saved.returncode, json.loads(saved.stdout)["size"], saved.stderr) == (0, size, "")
        again = run("download-content", made, "cat.mp4")
        assert (again.returncode, "is there already" in again.stderr) == (2, True)
        assert run("download-content", made, "cat.mp4", "--overwrite").returncode == 0
        piped = run("download-content", made, "-")
        assert (piped.stdout.encode(), piped.returncode) == ((tmp_path / "cat.mp4").read_bytes(), 0)


def test_the_command_ends_with_1_for_a_job_that_gave_nothing(site: Path, recorder: RequestRecorder) -> None:
    """Because it failed, because it did not end, because nobody says how it stands: in one sentence with its id."""
    failed = ScriptedAnswer.of({**JOB, "status": "failed", "error": {"message": "no cats"}})
    for answer, reason in ((failed, "failed: no cats"), (ScriptedAnswer(), "did not end"), (NOTHING_HERE, "not offer")):
        recorder.answers.append(answer)
        done = installed(site, "-m", "aiid_videos", "wait", JOB["id"], "--deadline", "0", url=recorder.url)
        assert (done.returncode, done.stdout) == (1, "")
        assert re.search(f"^error: job {JOB['id']} .*{reason}", done.stderr, re.MULTILINE)
        assert "Traceback" not in done.stderr


def test_the_command_makes_a_job(site: Path, recorder: RequestRecorder, tmp_path: Path) -> None:
    """JSON for programs, a table for people; files as paths, objects as JSON, lists by repeating."""
    cat = tmp_path / "cat.png"
    cat.write_bytes(b"\x89PNG")
    arguments = ["-m", "aiid_videos", "--base-url", recorder.url]
    create: list[str | Path] = [
        "create",
        "--model",
        "sora-2",
        "--prompt",
        "a cat",
        "--image",
        cat,
        "--metadata",
        '{"a": 1}',
    ]
    more = ["--images", "x", "--images", "y", "--input-reference", f"@{cat}", "--duration", "8"]
    done = installed(site, *arguments, *create, *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == JOB
    parts = [
        (part.name, part.filename, part.content) for part in by_multipart(recorder.last.headers, recorder.last.body)
    ]
    assert parts == [
        ("model", None, b"sora-2"),
        ("prompt", None, b"a cat"),
        ("image", "cat.png", b"\x89PNG"),
        ("duration", None, b"8"),
        ("metadata", None, b'{"a":1}'),
        ("images", None, b"x"),
        ("images", None, b"y"),
        ("input_reference", "cat.png", b"\x89PNG"),
    ]
    table = installed(site, *arguments, "--format", "table", *create)
    assert re.search(r"^status +queued$", table.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["create", "--prompt", "p"], 2, "Missing option '--model'"),
        (["create", "--model", "m", "--prompt", "p", "--metadata", "{"], 2, "not JSON"),
        (["create", "--model", "m", "--prompt", "p", "--image", "/nowhere.png"], 2, "does not exist"),
        (["create", "--model", "m", "--prompt", "p", "--duration", "long"], 2, "not a valid integer"),
        (["--base-url", "nonsense", "create", "--model", "m", "--prompt", "p"], 2, "error: the base URL must be"),
        (
            ["--base-url", "http://127.0.0.1:9", "--max-retries", "0", "create", "--model", "m", "--prompt", "p"],
            1,
            "error: ",
        ),
    ],
    ids=range(6),
)
def test_the_command_says_in_one_sentence_what_is_wrong(
    site: Path, arguments: list[str], code: int, message: str
) -> None:
    """Status 2 for input, 1 for servers; never a traceback."""
    done = installed(site, "-m", "aiid_videos", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr


def test_the_command_tells_how_to_install_what_it_needs(site: Path) -> None:
    """Its dependency is an extra."""
    code = "import sys; sys.modules['click'] = None; from aiid_videos.__main__ import main; main()"
    done = installed(site, "-c", code)
    assert (done.returncode, done.stderr) == (1, "error: the command needs click: pip install 'aiid-videos[cli]'\n")


def test_importing_it_imports_little_more_than_httpx(site: Path) -> None:
    """No models, no attrs, no asyncio before they are needed: that is what keeps the import fast."""
    code = """
import sys
for name in ("click", "rich", "pygments"):
    sys.modules[name] = None
import httpx
before = set(sys.modules)
from aiid_videos import VideosClient
print(sorted(name for name in set(sys.modules) - before if not name.startswith("aiid_videos.")))
print(sorted(name for name in set(sys.modules) - before if name.startswith("aiid_videos.")))
"""
    done = installed(site, "-c", code)
    others, ours = map(ast.literal_eval, done.stdout.splitlines())
    assert set(others) <= {
        "aiid_videos",
        "random",
        "hashlib",
        "_hashlib",
        "_random",
        "_sha512",
        "bisect",
        "_bisect",
        "_blake2",
    }
    names = ["_async_client", "_lanes", "_libraries", "_options", "_sending", "client", "errors"]
    assert ours == [f"aiid_videos.{name}" for name in names]


def test_importing_it_does_not_import_httpx(site: Path) -> None:
    """Which takes longer than all else, and is needed by those alone who send something."""
    code = "import sys; from aiid_videos import AsyncVideosClient, VideosClient; print('httpx' in sys.modules)"
    assert installed(site, "-c", code).stdout == "False\n"


def test_what_is_exported_exists_and_is_sorted() -> None:
    """In every module that says what it exports."""
    for module in pkgutil.walk_packages(aiid_videos.__path__, "aiid_videos."):
        loaded = importlib.import_module(module.name)
        exported = getattr(loaded, "__all__", [])
        assert all(hasattr(loaded, name) for name in exported), module.name
        assert sorted(exported) == list(exported), module.name


def test_everything_public_is_documented() -> None:
    """Modules, classes, functions and methods; it is what documentation is made from."""
    silent = []
    for path in sorted((SOURCE / "aiid_videos").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = [
            node for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        public = [node for node in nodes if not node.name.startswith("_") and node.name not in ("reader", "complete")]
        silent += [f"{path.name}:{node.name}" for node in public if not ast.get_docstring(node)]
        silent += [path.name] if not ast.get_docstring(tree) else []
    assert silent == []
