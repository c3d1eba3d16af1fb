"""Projects of somebody's own, in which pytest runs with the plugin as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from attrs import define, field, frozen

from tests.suite.runs import ENV, TOKEN, environment

__all__ = ["Ended", "Project"]


@frozen
class Ended:
    """How a run of pytest ended, what it said, and the outcome of each test by the last part of its id."""

    code: int
    said: str = field(repr=False)
    cases: dict[str, tuple[str, str]] = field(repr=False)

    def of(self, outcome: str) -> set[str]:
        return {name for name, (found, _) in self.cases.items() if found == outcome}

    @property
    def report(self) -> dict[str, Any]:
        """The report that the summary at the end names."""
        place = next(line.removeprefix("report: ") for line in self.said.splitlines() if line.startswith("report: "))
        found: dict[str, Any] = json.loads(Path(place).read_text(encoding="utf-8"))
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed and so on, from pytest's last line."""
        words = self.said.strip().splitlines()[-1].strip("= ").partition(" in ")[0].replace(",", "").split()
        return {what.rstrip("s"): int(count) for count, what in zip(words[::2], words[1::2], strict=True)}


@define
class Project:
    """A folder of somebody's own, beside a contract and a server to test.

    Attributes:
        folder: that pytest is started in.
        contract: that the server is judged by.
    """

    folder: Path
    contract: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def command(self, *arguments: object) -> list[str]:
        own = (f"--junitxml={self.folder / 'junit.xml'}", f"--basetemp={self.folder / 'temporary'}")
        pyargs = ("--pyargs", "conformance", f"--videos-contract={self.contract}")
        return [sys.executable, "-P", "-m", "pytest", "-q", *pyargs, *own, *map(str, arguments)]

    def pytest(self, *arguments: object, token: str | None = TOKEN, **more: str) -> Ended:
        """Run pytest on the requirements, and on what else is named."""
        surroundings = {**environment(**more), "COLUMNS": "200"}
        surroundings.pop(ENV) if token is None else surroundings.update({ENV: token})
        ended = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Ended(ended.returncode, ended.stdout, self.cases())

    def cases(self) -> dict[str, tuple[str, str]]:
        """Read what pytest wrote for other tools: the outcome of each test, and what is said of it."""
        path = self.folder / "junit.xml"
        if not path.exists():
            return {}
        written = ET.parse(path)  # noqa: S314 - pytest wrote it
        return {case.get("name", ""): _outcome(case) for case in written.iter("testcase")}


def _outcome(case: ET.Element) -> tuple[str, str]:
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            kind = "xfailed" if child.get("type") == "pytest.xfail" else child.tag
            return kind, f"{child.get('message')}\n{child.text}"
    return "passed", ""
