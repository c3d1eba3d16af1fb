"""The benchmark runs, and what it can promise on any machine holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_large_upload_takes_no_memory() -> None:
    """Measured in a process of its own, while the file is sent; times are for people to judge."""
    options = ["--rounds", "1", "--calls", "5", "--crowd", "20", "--upload", "128", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.benchmarks.client", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT / "generated" / "python")},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    results = json.loads(done.stdout)
    measured = {"import", "CPU per call", "CPU per call, async", "CPU per upload", "CPU per call, threads"}
    assert {result["what"] for result in results} >= measured
    uploads = [result for result in results if result["what"] == "memory for 128 MB"]
    assert [result["candidate"] for result in uploads] == ["aiid_videos", "aiid_videos, async"]
    assert all(result["holds"] for result in uploads), uploads
