"""The pages for each kind of user: every sample on them runs, as it stands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import load
from conformance.reference import ReferenceServer
from conformance.reference.server import DEFAULT_TOKEN
from tests.peers.running import missing

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
URL, LOCAL = "https://gateway.example", "http://127.0.0.1:8000"
ELSEWHERE = (
    "pip install",
    "./scripts/check-source",
    "./scripts/regenerate",
    "./scripts/contract-diff",
    "npx @",
    "go run",
    "java -jar openapi-generator-cli",
    "newman run",
    "cd generated/contract/bruno",
    "pytest --pyargs conformance --videos-max-creates",
)
"""Beginnings of commands that other tests run.

tests/packaging installs, tests/source_page, tests/client and tests/contract_diff have the scripts that write into the
checkout or want pages and revisions of their own, tests/exports has what reads the exports and sends them, and the
FastAPI sample has a test below.
"""
VARIABLES = {"VIDEOS_TOKEN": DEFAULT_TOKEN, "NEIGHBOURS_TOKEN": "sk-samples-neighbour"}
"""What the pages have their readers export: the tokens of two accounts on the server that the samples meet."""


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """The commands of a block, each in one line."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line for line in lines if not line.startswith(ELSEWHERE)]


BLOCKS = [
    pytest.param(page, commands(block), id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(blocks(page, "sh"))
    if commands(block)
]


def surroundings(**more: str) -> Mapping[str, str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": programs, **VARIABLES, "COLUMNS": "160", **more}


@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize(("page", "lines"), BLOCKS)
def test_the_commands_do_what_their_page_says(page: str, lines: list[str], tmp_path: Path) -> None:
    """One after the other, on a correct server, each ends with 0; what goes on until it is stopped begins."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    with ReferenceServer(load(), token=DEFAULT_TOKEN, second_token=VARIABLES["NEIGHBOURS_TOKEN"]) as server:
        for line in lines:
            words = [word.replace(URL, server.url) for word in shlex.split(line, comments=True)]
            if words[0] == "export":
                assert words[1].partition("=")[0] in VARIABLES, page
                continue
            if words[:2] == ["videos-conformance", "serve"] and "--list" not in words:
                assert "Serving" in begun([*words, "--port", "0"]), page
                continue
            ended = subprocess.run(words, cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=False)
            assert ended.returncode == 0, f"{line}\n{ended.stdout}{ended.stderr}"
            assert ended.stdout.strip() or words[1] == "lint", "only the lint says nothing where all is well"


def begun(words: list[str]) -> str:
    """The first line of a program that goes on until it is stopped."""
    process = subprocess.Popen(
        words, cwd=ROOT, env=surroundings(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        return process.stdout.readline()
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize("script", [each for each in ELSEWHERE if each.startswith("./scripts/")])
def test_what_scripts_are_given_on_the_pages_they_know(script: str) -> None:
    """What other tests run has here no option that its help does not have."""
    text = "\n".join(block for page in PAGES for block in blocks(page, "sh")).replace("\\\n", " ")
    lines = [shlex.split(line, comments=True) for line in text.splitlines() if line.startswith(script)]
    told = subprocess.run((ROOT / script, "--help"), env=surroundings(), capture_output=True, text=True, check=True)
    known = set(re.findall(r"--[a-z-]+", told.stdout))
    assert lines
    assert {word.partition("=")[0] for words in lines for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("page", ["application-developers.md", "sdk-teams.md"])
def test_a_sample_in_python_runs(page: str, tmp_path: Path) -> None:
    """Against the reference server, with the checkout's own client."""
    (tmp_path / "generated").symlink_to(ROOT / "generated")
    samples = blocks(page, "python")
    assert samples
    for sample in samples:
        with ReferenceServer(load(), token=DEFAULT_TOKEN) as server:
            ended = subprocess.run(
                (sys.executable, "-c", sample.replace(LOCAL, server.url)),
                cwd=tmp_path,
                env=surroundings(PYTHONPATH=str(ROOT / "generated" / "python")),
                capture_output=True,
                text=True,
                check=False,
            )
        assert (ended.returncode, ended.stderr) == (0, "")


def test_the_gateway_on_fastapi_is_judged_as_the_page_says(tmp_path: Path) -> None:
    """Its conftest.py stands alone; FastAPI comes from the environment of the peers, in the versions of this one."""
    if (why := missing("fastapi")) is not None:
        pytest.skip(why)
    (sample,) = blocks("gateway-teams.md", "python")
    assert len([line for line in sample.splitlines() if line.strip()]) <= 24
    (tmp_path / "conftest.py").write_text(sample, encoding="utf-8")
    command = next(
        line
        for block in blocks("gateway-teams.md", "sh")
        for line in block.splitlines()
        if line.startswith(ELSEWHERE[-1])
    )
    (peers,) = (ROOT / ".venv-peers" / "lib").glob("python*/site-packages")
    environment = {**surroundings(PYTHONPATH=str(peers)), "COLUMNS": "200"}
    environment.pop("VIDEOS_TOKEN")
    ended = subprocess.run(
        (
            sys.executable,
            "-P",
            "-m",
            *shlex.split(command),
            "-q",
            "-p",
            "no:cacheprovider",
            f"--basetemp={tmp_path / 'it'}",
        ),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = re.findall(r"^FAILED conformance::(\S+)", ended.stdout, re.MULTILINE)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert len([name for name in failed if name.startswith("createVideo/")]) == 4, failed
    # What FastAPI's parser breaks by itself, tests/peers/departures.yaml lists.
    assert {name for name in failed if not name.startswith("createVideo/")} <= {"multipart/preamble"}
    assert "(ceiling 10)" in ended.stdout


def test_the_workflow_uses_the_action_as_it_is() -> None:
    """Only inputs that it has, and all that it requires."""
    (sample,) = blocks("gateway-teams.md", "yaml")
    action: Mapping[str, Any] = yaml.safe_load(
        (ROOT / ".github" / "actions" / "conformance" / "action.yml").read_text(encoding="utf-8")
    )
    (step,) = (step for step in yaml.safe_load(sample) if "actions/conformance@" in step["uses"])
    required = {name for name, about in action["inputs"].items() if about.get("required")}
    assert required <= step["with"].keys() <= action["inputs"].keys()
    assert step["env"].keys() == {action["inputs"]["token-env"]["default"]}


def test_every_page_is_linked_from_the_readme() -> None:
    """A page that nobody finds helps nobody."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page for page in PAGES if f"](docs/{page})" not in readme] == []
