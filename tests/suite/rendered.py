"""Runs whose every report is written: on a server with faults, and on one that answers to hurt who reads it."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import field, frozen
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.contract import Contract
from conformance.engine.target import Target
from conformance.reference import ReferenceServer
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from conformance.reports.formats import EVENTS_NAME
from tests.suite.runs import TOKEN, Said, command
from tests.suite.servers import serving

HOST = "evil.example"
EVIL = (
    f"\n\n# {HOST}\n\n- ]]> | `a` ``b`` ```c``` ~~~ <script>alert('{HOST}')</script> <img src=x onerror=alert(1)>"
    f" </td></code> [x](http://{HOST}) ![y](http://{HOST}/y.png) <http://{HOST}> http://{HOST}/z www.{HOST} me@{HOST}"
    " @someone #1 &lt;b&gt; &#60; {0} %s $(id) \\| \\` \U0001f600 \u202etxet \ufffe \u0085 \u2028"
)
"""What breaks out of tables, code, CDATA, links and terminals that are written without care."""
_CONTROLS = "".join(map(chr, range(32))) + "\x7f"
_AUTH = b"authorization"


@frozen
class Rendered:
    """A run, and the folder of all its reports."""

    said: Said
    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode("utf-8")

    @cached_property
    def report(self) -> dict[str, Any]:
        made: dict[str, Any] = json.loads(self.text("report.json"))
        return made

    @property
    def events(self) -> Path:
        return self.folder / EVENTS_NAME

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        lines = map(json.loads, self.text(EVENTS_NAME).strip().split("\n"))
        return [line for line in lines if line["event"] == "exchange"]

    def lines(self, verdict: str, level: str | None = None) -> list[dict[str, Any]]:
        found = (line for line in self.report["verdicts"] if line["verdict"] == verdict)
        return [line for line in found if level in (None, line["level"])]


@frozen
class Spiteful:
    """Passes calls on to an application, and writes what hurts into its refusals: as JSON, or as no JSON at all."""

    application: ASGIApp = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shown = dict(scope["headers"]).get(_AUTH, b"").decode("latin-1").partition(" ")[2]
        started: Message = {}

        async def spoil(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                started.update(message)
                return
            if not started or message["type"] != "http.response.body":
                await send(message)
                return
            if message.get("more_body"):
                return
            body = _body(shown) if scope["method"] != "HEAD" else b""
            dropped = (b"content-length", b"content-type", b"transfer-encoding")
            headers = [(name, value) for name, value in started["headers"] if name.lower() not in dropped]
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            headers += [
                (b"x-note", f"{shown} | `x` <script> ]]> [x](http://{HOST}) \xff\xfe".strip().encode("latin-1"))
            ]
            await send({**started, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        await self.application(scope, receive, spoil)


def _body(token: str) -> bytes:
    if token:
        return json.dumps({"error": {"message": f"{token} {EVIL} {_CONTROLS} \ud83d", "type": EVIL}}).encode()
    return f'{{"error":{{"message":"{EVIL}{_CONTROLS}"}}}}'.encode() + b"\xff\xfe\xed\xa0\x80"


def on_faults(contract: Contract, folder: Path) -> Rendered:
    """Run the suite on a server that breaks a MUST and a SHOULD."""
    behaviours = ("challenges-nobody", "takes-what-is-discouraged", "breaks-down-over-head")
    with ReferenceServer(contract, token=TOKEN, behaviours=behaviours) as server:
        return _run(contract, server.url, folder, 6)


def on_spite(contract: Contract, folder: Path) -> Rendered:
    """Run the suite on a server that hurts who reads its answers."""
    with serving(Spiteful(Application(World(contract, TOKEN), pipeline_for(contract, ())))) as url:
        return _run(contract, url, folder, 0)


def _run(contract: Contract, url: str, folder: Path, creates: int) -> Rendered:
    options = ("--contract", contract.path, "--max-creates", creates, "--timeout", 2, "--report-dir", folder)
    return Rendered(command("run", "--url", url, *options), folder)


def shows_the_token(text: str) -> bool:
    """Tell whether a text shows the token or a near miss of it, in whatever coding."""
    return TOKEN in text or Target("http://127.0.0.1", TOKEN).leaks(text)
