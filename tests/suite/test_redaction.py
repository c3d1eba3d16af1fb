"""The token in any coding: found where a server shows it, and written nowhere."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from conformance.contract import Contract
from conformance.engine.target import Target
from tests.suite.runs import OFF_THE_WIRE, TOKEN, carry_out, command
from tests.suite.servers import serving

CODINGS: Mapping[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "within-a-word": lambda text: f"key{text}{text}.",
    "in-capitals": str.upper,
    "reversed": lambda text: text[::-1],
    "json-escaped": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "json-escaped-in-part": lambda text: text.replace("-", "\\u002D"),
    "json-escaped-twice": lambda text: "".join(f"\\\\u{ord(char):04X}" for char in text),
    "percent": lambda text: "".join(f"%{ord(char):02X}" for char in text),
    "percent-twice": lambda text: "".join(f"%25{ord(char):02x}" for char in text),
    "percent-in-part": lambda text: text.replace("-", "%2d"),
    "html": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "html-hexadecimal": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64-bearer": lambda text: base64.b64encode(f"Bearer {text}".encode()).decode(),
    "base64-user": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "base64-json": lambda text: base64.b64encode(json.dumps({"k": text, "n": 1}).encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(f"~~{text}~~".encode()).decode().rstrip("="),
    "base64-percent": lambda text: quote(base64.b64encode(text.encode()), safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal-in-capitals": lambda text: text.encode().hex().upper(),
    "hexadecimal-in-pairs": lambda text: text.encode().hex(" "),
    "hexadecimal-with-colons": lambda text: text.encode().hex(":"),
    "hexadecimal-escapes": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "soft-hyphens": "\u00ad".join,
}
_ODD = 'sk-/a+b"c<d&e\\f'


class _Echo:
    """Refuses everything, and shows the token in its reason and in a header, in one coding after the other."""

    def __init__(self, *codings: Callable[[str], str]) -> None:
        self.codings = cycle(codings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        token = request.headers.get("authorization", "").partition(" ")[2]
        text = next(self.codings)(token) if token else "none"
        body = f'{{"error":{{"message":"no: {text}"}}}}'  # as it is: a server that escapes does so itself
        headers = {"X-Shown": text.strip()} if text.isascii() else {}
        response: Response = PlainTextResponse(body, 400, headers, media_type="application/json")
        if not token:
            response = JSONResponse({"error": {"message": "who are you?"}}, 401, {"WWW-Authenticate": "Bearer"})
        await response(scope, receive, send)


@pytest.mark.parametrize("codings", [("plain",), tuple(CODINGS)[1:9], tuple(CODINGS)[9:17], tuple(CODINGS)[17:]])
def test_no_coding_of_the_token_is_written_anywhere(small: Contract, tmp_path: Path, codings: tuple[str, ...]) -> None:
    """What a server shows of the token is a finding, and stands in no output: not in its coding, and not plainly."""
    path, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    with serving(_Echo(*(CODINGS[coding] for coding in codings))) as url:
        said = command(
            "run", "--url", url, "--contract", small.path, "--max-creates", 0, "--verbose", "--timeout", 1,
            "--report-json", path, "--events", events,
        )  # fmt: skip
    report = path.read_text(encoding="utf-8")
    found = next(line for line in json.loads(report)["verdicts"] if line["id"] == "secrecy/credential")
    assert found["verdict"] == "fail"
    written = "\n".join([said.stdout, said.stderr, report, events.read_text(encoding="utf-8")])
    for secret in (TOKEN, TOKEN[:-1], TOKEN.swapcase()):
        assert secret not in written
        for coded in (CODINGS[coding](secret) for coding in codings):
            assert coded.strip("=") not in written
            assert json.dumps(coded)[1:-1].strip("=") not in written


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("token", [TOKEN, "abcdef", _ODD])
def test_every_coding_is_known(coding: str, token: str) -> None:
    """The token is seen and taken out wherever it stands; what stands around it is kept, where it can be."""
    target = Target("http://127.0.0.1", token)
    text = f"before {CODINGS[coding](token)} after"
    assert target.leaks(text)
    clean = target.redact(text)
    assert not target.leaks(clean)
    assert CODINGS[coding](token) not in clean
    assert "[token]" in clean or "withheld" in clean
    assert target.redact_bytes(text.encode()) == clean.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-",
        "Bearer [token]",
        "Incorrect key: sk-s***9e",
        "sk-suite",
        "c2stc3VpdGU=",
        "%73%6b-",
        "\\u0073k",
        "\ud83c",
    ],
)
def test_what_shows_no_token_is_kept(text: str) -> None:
    """Ordinary text, masked keys and the beginnings of keys that all have in common are no secrets."""
    target = Target("http://127.0.0.1", TOKEN)
    assert not target.leaks(text)
    assert target.redact(text) == text


def test_bytes_of_any_kind_are_kept() -> None:
    """What is no text, such as a picture, comes out as it went in."""
    data = bytes(range(256)) * 3
    assert Target("http://127.0.0.1", TOKEN).redact_bytes(data) == data
    assert Target("http://127.0.0.1", TOKEN).redact_bytes(data + TOKEN.encode()) == data + b"[token]"


def test_looking_for_codings_takes_no_longer_than_it_must() -> None:
    """Answers of megabytes, full of what escapes are made of, are looked through in a moment."""
    target = Target("http://127.0.0.1", TOKEN)
    for unit in ("\\u0073", "%25", "&amp;#", "73 ", "sk-suite-5f0c2b7d9", "\\", TOKEN[::-1][:-1]):
        text = unit * (1_000_000 // len(unit))
        began = time.process_time()
        target.redact(text)
        assert time.process_time() - began < 3, unit


def test_an_answer_is_judged_as_it_came(small: Contract) -> None:
    """Taking the token out changes nothing that a check sees: what redaction would mend is still wrong."""
    with serving(_Echo(lambda token: token + "\t")) as url:  # a raw tab is no JSON
        made = carry_out(small, url, 0, tier="free", selection=OFF_THE_WIRE)
    assert "json/syntax" in made.failed("MUST")
    shown = [exchange for exchange in made.exchanges if exchange.leaks]
    assert any(TOKEN.encode() in exchange.answer.body for exchange in shown if exchange.answer)
    assert TOKEN not in repr(made.events) + repr(made.report)
