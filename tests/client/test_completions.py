"""Editors complete the models of the contract, though any text may be given: as a language server says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from conformance.contract import load

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "an argument": 'client.create_video(model="")',
    "an argument of the call that waits": 'client.create_and_wait(model="")',
    "a comparison": 'client.retrieve_video("a").status == ""',
}
HEAD = "from aiid_videos import VideosClient\nclient = VideosClient()\n"


class LanguageServer:
    """What an editor talks to."""

    def __init__(self, folder: Path) -> None:
        (folder / "aiid_videos").symlink_to(ROOT / "generated" / "python" / "aiid_videos")
        program = Path(sys.executable).with_name("pyright-langserver")
        self._process = subprocess.Popen((program, "--stdio"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = 0
        self._folder = folder
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def tell(self, method: str, params: dict[str, Any], **more: Any) -> None:
        """Send a message."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self._out.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._out.flush()

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a question, and return its answer; what else the server says is answered with nothing."""
        self._asked += 1
        self.tell(method, params, id=self._asked)
        while True:
            said = json.loads(self._in.read(self._size()))
            if said.get("id") == self._asked and "method" not in said:
                return said["result"]
            if "id" in said:
                answer = json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": None}).encode()
                self._out.write(b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
                self._out.flush()

    def _size(self) -> int:
        """Read the head of a message; return how long its body is."""
        size = 0
        while (line := self._in.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                size = int(line.partition(b":")[2])
        assert line, "the server has ended"
        return size

    def completions(self, line: str) -> set[str]:
        """Return what is offered between the two quotes at the end of a line."""
        uri = (self._folder / f"shop{self._asked}.py").as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": f"{HEAD}{line}\n"}
        self.tell("textDocument/didOpen", {"textDocument": document})
        place = {"line": HEAD.count("\n"), "character": line.rindex('"')}
        found = self.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
        return {item["label"].strip('"') for item in (found or {"items": []})["items"]}

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """A language server that knows the client."""
    made = LanguageServer(tmp_path_factory.mktemp("editor"))
    yield made
    made.stop()


@pytest.mark.parametrize("place", PLACES)
def test_the_contracts_values_are_offered(editor: LanguageServer, place: str) -> None:
    """All of them, where a text stands."""
    create = next(each for each in load().operations if each.billable)
    job = create.success.schema
    assert job is not None
    models = next(each.schema.enum for each in create.fields if each.schema.role == "model")
    states = next(each.enum for each in job.properties.values() if each.role == "status")
    wanted = states if place == "a comparison" else models
    assert wanted
    assert set(map(str, wanted)) <= editor.completions(PLACES[place])
