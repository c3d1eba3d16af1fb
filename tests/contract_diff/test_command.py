"""`./scripts/contract-diff` from outside: where the two versions come from, what it writes, and how it ends."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.errors import TargetError, UsageError
from scripts.contract_diff.command import main
from scripts.contract_diff.sources import last_release, named_source
from tests.contract_diff.comparing_edits import BASE, VERDICTS

_EDIT = next(edit for edit in VERDICTS if edit.name == "values-that-collide")


def _said(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base contract with one edit."""
    return _EDIT.write(tmp_path_factory.mktemp("grown"))


@contextmanager
def _served(path: Path) -> Iterator[str]:
    """Serve a file at /contract.yaml, a redirection to it at /moved, and nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"/contract.yaml": 200, "/moved": 302}.get(self.path.partition("?")[0], 404)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "https://elsewhere.example/contract.yaml")
            self.end_headers()
            if status == 200:
                self.wfile.write(path.read_bytes())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_text_tells_each_change_with_its_place_and_why(grown: Path) -> None:
    """A person reads whom it breaks first, then where and why; --fail-on makes it a failure."""
    said = _said(BASE, grown, "--fail-on", "callers")
    assert said.exit_code == 1
    assert said.output.startswith(f"{BASE} (1.4.2) → {grown} (1.4.2)")
    assert said.output.index("breaks callers and servers (1)") < said.output.index("breaks callers (1)")
    assert f"{grown}:" in said.output
    assert "#/components/schemas/Paper/enum" in said.output
    assert "why: a generator that makes classes of enumerations drops one of the two" in said.output
    assert "version 1.4.2 after 1.4.2 is too low" in said.output


def test_json_tells_the_same_to_programs(grown: Path) -> None:
    """Every change has a rule, a pointer, a line, whom it breaks, why, and Redocly's verdict."""
    said = _said(BASE, grown, "--format", "json")
    assert said.exit_code == 0
    report = json.loads(said.output)
    assert report["breaks"] == {"callers": 2, "servers": 1}
    assert {change["rule"]: change["breaks"] for change in report["changes"]} == {
        entry["rule"]: sorted(entry["breaks"]) for entry in _EDIT.finds
    }
    line = report["changes"][0]["line"]
    assert "enum:" in grown.read_text(encoding="utf-8").splitlines()[line - 1]
    assert all(change["why"] and change["redocly"] == "major" for change in report["changes"])
    assert (report["raise"], report["version"]["least"]) == ("major", "2.0.0")


def test_markdown_is_one_list_for_each_party(grown: Path) -> None:
    """What a pull request shows."""
    said = _said(grown, BASE, "--format", "markdown")
    assert said.exit_code == 0
    assert said.output.startswith("# ")
    assert "## Breaks callers and servers\n\n- " in said.output


def test_nothing_has_changed_between_equals(grown: Path) -> None:
    """The same file twice breaks nobody, whatever may fail the command."""
    said = _said(grown, grown, "--fail-on", "any", "--check-version")
    assert said.exit_code == 0
    assert "nothing has changed" in said.output
    assert _said(grown, grown, "--check-version", "--quiet").output == ""


@pytest.mark.parametrize("name", ["no-such-thing", "--help:x", "HEAD:no/such.yaml"])
def test_what_is_not_there_is_named(name: str) -> None:
    """A wrong name is a sentence that says what may be named, and no traceback."""
    said = _said("--", name)
    assert said.exit_code == 2
    assert said.output.startswith("error: ")
    assert said.output.count("\n") == 1


def test_a_broken_file_is_blamed_where_it_breaks(tmp_path: Path) -> None:
    """A contract that cannot be read is told with its line, and not with that of a copy."""
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.1.0\ninfo: [\n", encoding="utf-8")
    said = _said(BASE, path)
    assert said.exit_code == 2
    assert said.output.startswith(f"error: {path}:")


def test_a_url_is_fetched_because_the_user_names_it(grown: Path) -> None:
    """A contract comes from a server as from a file; what a URL carries to get in is shown nowhere."""
    with _served(grown) as url:
        address = url.replace("http://", "http://somebody:secret@")
        source = named_source(f"{address}/contract.yaml?key=secret")
        assert source.label == f"{url}/contract.yaml"
        assert source.contract.version == "1.4.2"
        with pytest.raises(UsageError, match=r"redirects to https://elsewhere\.example/contract\.yaml; name that"):
            named_source(f"{url}/moved")
        with pytest.raises(TargetError, match="answered 404"):
            named_source(f"{url}/nothing")


def test_a_server_that_is_not_there_ends_with_3() -> None:
    """Nothing was compared, and that is told apart from a difference and from a wrong word."""
    with _served(BASE) as url:
        pass  # its port is free again
    said = _said(f"{url}/contract.yaml", BASE)
    assert said.exit_code == 3
    assert "cannot be fetched" in said.output


def test_revisions_and_tags_are_read_from_git(tmp_path: Path, grown: Path) -> None:
    """A revision, a path within one, and the last release by its tag; without a release there is no default."""

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org")
        subprocess.run(("git", *who, *arguments), cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    contract = tmp_path / "openapi.yaml"
    contract.write_bytes(BASE.read_bytes())
    (tmp_path / "other.yaml").write_bytes(grown.read_bytes())
    git("add", ".")
    git("commit", "--quiet", "--message", "First")
    with pytest.raises(UsageError, match=r"nothing is released yet.*name a revision, a file or a URL"):
        last_release(tmp_path)
    git("tag", "v0.1.0")
    contract.write_bytes(grown.read_bytes())
    git("commit", "--quiet", "--all", "--message", "Second")
    git("tag", "unrelated")
    first, second = last_release(tmp_path), named_source("HEAD", tmp_path)
    assert (first.label, first.contract.document.raw) == ("v0.1.0:openapi.yaml", BASE.read_bytes())
    assert second.contract.document.raw == grown.read_bytes()
    assert named_source("v0.1.0:other.yaml", tmp_path).contract.sha256 == second.contract.sha256
