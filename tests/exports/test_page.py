"""The commands that docs/sdk-teams.md gives for the exports: they run, and name the versions that the project locks."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from conformance.contract import load
from conformance.reference import ReferenceServer
from scripts.node.packages import NODE, environment, install
from tests.exports.sending import SENDERS, demand

pytestmark = pytest.mark.usefixtures("uncounted")
ROOT = Path(__file__).resolve().parents[2]
TYPESCRIPT = ROOT / "scripts" / "typescript"
PAGE = (ROOT / "docs" / "sdk-teams.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
NPX = [line for line in LINES if line.startswith("npx @")]
SENDING = [line for line in LINES if line.startswith(("newman run", "cd generated/contract/bruno"))]


def locked(folder: Path) -> dict[str, str]:
    """The npm packages of a folder that are named, with their versions."""
    found: dict[str, str] = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return found


@pytest.mark.parametrize("line", NPX)
def test_what_npx_is_told_runs(line: str, tmp_path: Path) -> None:
    """In the version that is locked here, without a look at any registry."""
    package, version = re.match(r"npx (@[\w-]+/[\w-]+)@(\S+)", line).groups()  # type: ignore[union-attr]  # NPX has no other
    folder = next(each for each in (ROOT / "scripts" / "node", TYPESCRIPT) if package in locked(each))
    assert locked(folder)[package] == version
    install(folder)
    program = {"@redocly/cli": "redocly"}.get(package, package.partition("/")[2])
    (tmp_path / "generated").symlink_to(ROOT / "generated")
    words = shlex.split(line)[2:]
    ended = subprocess.run(
        (NODE, folder / "node_modules" / ".bin" / program, *words),
        cwd=tmp_path,
        env=environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    made = next((word for word in words if word.startswith("build/")), None)
    assert made is None or (tmp_path / made).exists()


def test_versions_are_those_that_are_locked() -> None:
    """What tests/clients generates with is what the page tells to generate with."""
    go = (ROOT / "tests" / "clients" / "go" / "go.mod").read_text(encoding="utf-8")
    java = (ROOT / "tests" / "clients" / "openapi-generator" / "jars.lock").read_text(encoding="utf-8")
    for name, lock in ((r"oapi-codegen/v2\S*[@ ]v([\d.]+)", go), (r"openapi-generator-cli[-:]([\d.]+\d)", java)):
        told, known = (set(re.findall(name, text)) for text in ("\n".join(LINES), lock))
        assert told
        assert told == known


@pytest.mark.parametrize("line", SENDING, ids=["newman", "bru"])
def test_requests_are_sent_as_the_page_says(line: str) -> None:
    """All of them, to a server that makes nothing, and every answer is one that the contract names."""
    demand()
    programs = os.pathsep.join([str(SENDERS / "node_modules" / ".bin"), environment()["PATH"]])
    with ReferenceServer(load(), token="sk-test") as server:
        command = f"{line} --env-var base_url={server.url}"
        ended = subprocess.run(
            ("sh", "-c", command),
            cwd=ROOT,
            env={**os.environ, "PATH": programs},
            check=False,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert server.creates > 3
