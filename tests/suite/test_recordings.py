"""Recordings as files: broken, endless, full of secrets, or of gigabytes."""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.recordings import cut_strings, replay
from conformance.recordings.cut_strings import CutStrings
from tests.suite.hars import (
    Json,
    Replayed,
    Traffic,
    chrome,
    creates,
    failed,
    firefox,
    har,
    mitmproxy,
    written_har,
)
from tests.suite.runs import ROOT, TOKEN, command, environment


def test_a_recording_that_breaks_off(traffic: Callable[..., list[Traffic]], replayed: Replayed, tmp_path: Path) -> None:
    """What stands in front of the break is judged; the report says where it is, and that it is not complete."""
    whole = written_har(tmp_path / "whole.har", traffic("challenges-nobody"), chrome)
    text = whole.read_text(encoding="utf-8")
    for name, broken in (("cut", text[: len(text) * 3 // 4]), ("spoilt", text[:-4000] + "\x00 {" + text[-3000:])):
        path = tmp_path / f"{name}.har"
        path.write_text(broken, encoding="utf-8")
        said, report = replayed(path)
        assert said.code == ExitCode.INCOMPLETE
        assert not report["complete"]
        assert "behind entry" in report["trouble"]
        assert "at byte" in report["trouble"]
        assert "http/challenge" in failed(report)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\n", b"no recording", b"[]", b"{", b"\x00\x01\x02" * 50, b'{"log": {"entries": ['),
        *(b"[" * 100_000, b'{"log": {"entries": [' + b"[" * 100_000, b'{"log": {"entries": [' + b"1" * 100_000),
        *(b'{"event": "started"}\n{"event": 5', b'{"log": "\xff\xfe"}', '{"log": {}}'.encode("utf-16")),
    ],
)
def test_what_is_no_recording(tmp_path: Path, content: bytes, small: Contract) -> None:
    """A file that is something else is called that, in one sentence; no report is written."""
    path, made = tmp_path / "in.har", tmp_path / "report.json"
    path.write_bytes(content)
    said = command("replay", path, "--contract", small.path, "--report-json", made)
    if content == b"[]":
        assert said.code == ExitCode.INCOMPLETE
        return
    assert said.code == ExitCode.USAGE
    assert str(path) in said.sentence
    assert not made.exists()


def test_pieces_give_the_verdicts_of_the_whole(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is judged in pieces, as gigabytes are, has the verdicts and the causes that it has as a whole."""
    path = written_har(tmp_path / "in.har", traffic("makes-an-object-of-the-kind", "takes-any-model"), chrome)
    _, whole = replayed(path)
    monkeypatch.setattr(replay, "_WINDOW", 7)
    _, pieces = replayed(path)
    assert any("pieces" in headline for headline in pieces["headlines"])

    def told(report: Json) -> list[tuple[str, str, str | None]]:
        return [(line["id"], line["verdict"], line["blocked_by"]) for line in report["verdicts"]]

    assert told(pieces) == told(whole)
    assert any(line["blocked_by"] for line in whole["verdicts"])


def test_long_strings_are_cut_where_json_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the pieces and the limit, what is left is the same JSON with shorter strings, each a beginning."""
    draw = random.Random(7)  # noqa: S311 - no secret is drawn
    alphabet = ["a", "\u00e9", "\u20ac", "\U0001f600", '"', "\\", "\n", "\u0000", "/", "u0041", "\\u"]
    for _ in range(300):
        texts = ["".join(draw.choices(alphabet, k=draw.randrange(60))) for _ in range(4)]
        data = json.dumps({texts[0]: [texts[1], 5, {"a": texts[2]}], "z": texts[3]}, ensure_ascii=draw.random() < 0.5)
        monkeypatch.setattr(cut_strings, "_CHUNK", draw.randrange(1, 40))
        limit = draw.randrange(1, 40)
        source = CutStrings(io.BytesIO(data.encode()), limit)
        made = b"".join(iter(source.read, b"")).decode().replace(source.mark, "\u0001MARK")
        read = json.loads(made, strict=False)
        values = [next(iter(read)), *next(iter(read.values()))[0:1], read["z"]] if len(read) == 2 else []
        for value, text in zip(values, (texts[0], texts[1], texts[3]), strict=False):
            kept = value.partition("\u0001MARK")[0]
            assert text.startswith(kept.rstrip("\ud83d")) if value != text else True
        assert source.at == len(data.encode())


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux tells it")
def test_gigabytes_are_streamed(traffic: Callable[..., list[Traffic]], small: Contract, tmp_path: Path) -> None:
    """Memory does not grow with the recording: 300 MB, half of it one string, take little more than a small one."""
    made = [mitmproxy(one) for one in traffic()]
    entry = creates(small, made)[0]
    huge, other = json.loads(json.dumps(entry)), json.loads(json.dumps(entry))
    other["request"]["url"] = "https://cdn.example/film.bin"
    other["response"]["content"] = {"size": 1, "mimeType": "video/mp4", "text": "A" * 1_000_000, "encoding": "base64"}
    huge["response"]["content"]["text"] = "@"
    little, large = tmp_path / "little.har", tmp_path / "large.har"
    little.write_text(json.dumps(har(made)), encoding="utf-8")
    with large.open("w", encoding="utf-8") as stream:
        stream.write('{"log": {"entries": [')
        stream.writelines(f"{json.dumps(one)}," for one in made)
        before, _, after = json.dumps(huge).partition("@")
        stream.write(before)
        for _ in range(150):
            stream.write("QUJD" * 250_000)
        stream.write(after)
        for _ in range(150):
            stream.write("," + json.dumps(other))
        stream.write("]}}")
    peaks = []
    for path in (little, large):
        script = (
            "import resource, sys; from conformance.cli import main\n"
            f"try: main(['replay', {str(path)!r}, '--contract', {str(small.path)!r}])\n"
            "except SystemExit as end: print(end.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        said = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, env=environment()
        )
        code, peak = map(int, said.stdout.split()[-2:])
        assert code == ExitCode.CONFORMS
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 150 * 1024
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_no_secret_of_a_recording_is_shown(
    traffic: Callable[..., list[Traffic]], replayed: Replayed, tmp_path: Path
) -> None:
    """Tokens, keys, cookies and sessions stand in a recording, and in nothing that is said about it."""
    secrets = {
        "cookie": "c00kie-8d1f7a",
        "x-api-key": "key-55aa0917c3",
        "session": "sess-90ff21e7",
        "query": "qq-7718ab52",
    }
    entries = [firefox(one) for one in traffic("repeats-the-token-in-a-refusal", "makes-an-object-of-the-kind")]
    for entry in entries:
        headers, answered = entry["request"]["headers"], entry["response"]["headers"]
        headers.append({"name": "Cookie", "value": f"theme=dark; sid={secrets['cookie']}"})
        headers.append({"name": "X-Api-Key", "value": secrets["x-api-key"]})
        answered.append({"name": "Set-Cookie", "value": f"s={secrets['session']}; HttpOnly"})
        entry["request"]["url"] += f"{'&' if '?' in entry['request']['url'] else '?'}access_token={secrets['query']}"
        shown = " ".join(secrets.values())
        entry["response"]["content"]["text"] = entry["response"]["content"].get("text", "").replace("credential", shown)
    said, report = replayed(entries, "--verbose")
    assert "secrecy/credential" in failed(report)
    assert "createVideo/response/200/object/type" in failed(report)
    written = json.dumps(report) + said.stdout + said.stderr
    for secret in (TOKEN, *secrets.values()):
        for coded in (secret, base64.b64encode(secret.encode()).decode().rstrip("="), secret.encode().hex()):
            assert coded not in written
    # A recording that ends in the middle of a secret shows nothing of it either.
    broken = tmp_path / "broken.har"
    broken.write_text(json.dumps(har(entries)).replace(f'"{secrets["session"]}', f"{secrets['session']}", 1)[:-50])
    said, _ = replayed(broken)
    assert not any(secret in said.stdout + said.stderr for secret in (TOKEN, *secrets.values()))
