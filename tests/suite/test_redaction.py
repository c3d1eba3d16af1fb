"""The token in any coding: found where a server shows it, and written nowhere."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from textwrap import wrap
from urllib.parse import quote

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from conformance.contract import Contract
from conformance.engine.network import Network
from conformance.engine.target import Target
from conformance.engine.user_header import UserHeader
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
    "octal-escapes": lambda text: "".join(f"\\{ord(char):03o}" for char in text),
    "numbers": lambda text: json.dumps(list(text.encode())),
    "numbers-as-go-prints-them": lambda text: str(list(text.encode())).replace(",", ""),
    "hexadecimal-numbers": lambda text: ", ".join(f"0x{ord(char):02x}" for char in text),
    "quoted-printable": lambda text: "".join(f"={ord(char):02X}" for char in text),
    "quoted-printable-in-lines": "=\r\n".join,
    "html-named": lambda text: text.replace("+", "&plus;").replace("/", "&sol;"),
    "utf-16": lambda text: text.encode("utf-16-le").decode(),
    "utf-16-big-endian": lambda text: text.encode("utf-16-be").decode(),
    "folded": lambda text: f"{text[:5]}\r\n {text[5:]}",
    "base64-in-lines": lambda text: "\n".join(wrap(CODINGS["base64"](f"a header before: {text}"), 10)),
    "json-in-json-in-json": lambda text: json.dumps(json.dumps(json.dumps(text))),
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


@pytest.mark.parametrize("codings", [("plain",), tuple(CODINGS)[1:12], tuple(CODINGS)[12:24], tuple(CODINGS)[24:]])
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
@pytest.mark.parametrize("token", [TOKEN, "abc123", _ODD])
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


_LONG = f"eyJhbGciOiJIUzI1NiJ9.{'Zm9vYmFyMTIz0x' * 60}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("token", "text", "clean"),
    [
        (TOKEN, f"X-A: {TOKEN[:9]}; X-B: {TOKEN[9:]}", "X-A: [token]; X-B: [token]"),
        (TOKEN, f"unknown key {TOKEN[3:14]}", "unknown key [token]"),
        (TOKEN, " ".join(TOKEN), "[token]"),
        (_LONG, f"key {_LONG[100:117]}!", "key [token]!"),
        (_LONG, f"key {_LONG[100:114]}!", f"key {_LONG[100:114]}!"),
        (_LONG, f"{_LONG} and {base64.b64encode(_LONG.encode()).decode()}", "[token] and [token]A=="),
    ],
)
def test_pieces_are_taken_out(token: str, text: str, clean: str) -> None:
    """Half of a token, or sixteen characters of a long one, is too much, wherever it was cut."""
    assert Target("http://127.0.0.1", token).redact(text) == clean


@pytest.mark.parametrize(
    ("token", "text", "clean"),
    [
        ("test", "a test, the latest: test123, dGVzdA==", "a [token], the latest: test123, dGVzdA=="),
        ("EMPTY", '{"key": "EMPTY", "said": "emptying"}', '{"key": "[token]", "said": "emptying"}'),
        ("secret", "Bearer secret: \\u0073ecret; secretary", "Bearer [token]: [token]; secretary"),
        ("abc", "abc", "abc"),
        ("sk-12", "no sk-12", "no [token]"),
    ],
)
def test_a_token_that_is_an_ordinary_word_eats_no_other(token: str, text: str, clean: str) -> None:
    """Such a word is taken out where it stands alone; that a server says it is no finding, for it may always have."""
    target = Target("http://127.0.0.1", token)
    assert target.redact(text) == clean
    assert not target.leaks(text)


def test_what_else_is_sent_is_taken_out_too() -> None:
    """Values of the user's own headers are secret, and so is what stands in them behind a scheme or a name."""
    headers = ("Basic dXNlcjpodW50ZXIyMg==", "session=0123456789abcdef; theme=dark")
    network = Network(headers=tuple(UserHeader(f"X-{index}", value, "A") for index, value in enumerate(headers)))
    target = Target("http://127.0.0.1", TOKEN, network=network)
    shown = f"{headers[0]}, dXNlcjpodW50ZXIyMg 0123456789ABCDEF {b'0123456789abcdef'.hex()} dark"
    assert target.redact(shown) == "[token],[token] [token] [token] dark"
    assert not target.leaks(shown)
    assert "0123456789" not in repr(target)


@pytest.mark.parametrize("token", ["a\"b'c\\d%41/e=f+1", "%2F%2f%2F%2f", "k\\u0041-7f3a9-b", "=3D=3D=3D9"])
@pytest.mark.parametrize("coding", ["plain", "base64", "hexadecimal", "percent", "json-in-json-in-json"])
def test_tokens_of_any_characters(token: str, coding: str) -> None:
    """What an escape is made of may stand in a token as well."""
    target = Target("http://127.0.0.1", token)
    text = f"<{CODINGS[coding](token)}>"
    assert target.leaks(text)
    clean = target.redact(text)
    assert CODINGS[coding](token) not in clean
    assert not target.leaks(clean)


def test_long_tokens_cost_no_more() -> None:
    """A signed token of a thousand characters is looked for as fast as a short one."""
    target = Target("http://127.0.0.1", _LONG)
    began = time.thread_time()
    for _ in range(300):
        target.redact(f'{{"error": "no: {_LONG[:15]}"}}')
    target.redact("x" * 1_000_000)
    assert time.thread_time() - began < 5


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
        began = time.thread_time()
        target.redact(text)
        assert time.thread_time() - began < 3, unit


def test_an_answer_is_judged_as_it_came(small: Contract) -> None:
    """Taking the token out changes nothing that a check sees: what redaction would mend is still wrong."""
    with serving(_Echo(lambda token: token + "\t")) as url:  # a raw tab is no JSON
        made = carry_out(small, url, 0, tier="free", selection=OFF_THE_WIRE)
    assert "json/syntax" in made.failed("MUST")
    shown = [exchange for exchange in made.exchanges if exchange.leaks]
    assert any(TOKEN.encode() in exchange.answer.body for exchange in shown if exchange.answer)
    assert TOKEN not in repr(made.events) + repr(made.report)
