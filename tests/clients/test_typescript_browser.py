"""The TypeScript client in a real Chromium, judged by the same vectors through the same adapter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from conformance.clients.judging import Judged
from conformance.clients.trial import Trial
from conformance.contract import load
from conformance.vectors import vectors
from scripts.generator.typescript import packing
from scripts.node import packages
from tests.clients.judged import QUICK, judged
from tests.suite.browsing import chromium

HERE = Path(__file__).resolve().parent
STRIPPING = "import { stripTypeScriptTypes as strip } from 'node:module';"
READING = "import { readFileSync as read } from 'node:fs'; process.stdout.write(strip(read(process.argv[1], 'utf8')));"

pytestmark = pytest.mark.thorough


def test_it_does_the_same_in_a_browser(tmp_path: Path) -> None:
    """Every vector passes but those that Chromium fails whatever a page does; the package's page tells of both kinds.

    On a connection that it has used before, and be it for CORS, it sends a request again by itself where that is cut
    before any answer, a POST as well. And it hides the status of a redirection. On a busy machine it sends what was
    given up already, which then counts for the next vector: whatever else failed is tried once more, by itself.
    """
    browser, project = chromium(), packing.installed()
    (tmp_path / "node_modules").symlink_to(project / "node_modules")
    shutil.copy2(HERE / "typescript" / "page.html", tmp_path)
    plain = (packages.NODE, "--no-warnings", "--input-type=module", "-e", STRIPPING + READING, packing.ADAPTER)
    with (tmp_path / "adapter.js").open("w", encoding="utf-8") as adapter:
        subprocess.run(plain, check=True, stdout=adapter)
    contract = load()
    known = vectors(contract)
    command = (sys.executable, str(HERE / "chromium.py"), browser, str(tmp_path))
    limits = evolve(QUICK, silence=1.5)
    made = judged(contract, known, command, limits)
    assert made.trouble is None
    assert {trial.vector.id for trial in made.trials} >= {each.id for each in known}
    assert {trial.vector.id: trial.not_run for trial in made.trials if trial.not_run} == {}
    failed = _failed(made)
    cut = {each.id for each in known if each.given and each.given[0].cut in ("before-reading", "after-reading")}
    hidden = {each.id for each in known if 300 <= ((each.expect.error or {}).get("status") or 0) < 400}
    others = [each for each in known if each.id in failed.keys() - cut - hidden]
    assert failed.keys() <= {*cut, *hidden, *(each.id for each in others)}
    if others:
        assert _failed(judged(contract, others, command, limits)) == {}, {
            each.id: failed[each.id].flaws for each in others
        }
    assert {len(failed[name].received) for name in failed.keys() & cut} <= {2}


def _failed(made: Judged) -> dict[str, Trial]:
    return {trial.vector.id: trial for trial in made.trials if trial.flaws}
