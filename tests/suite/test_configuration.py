"""The configuration: command line over environment over file over default, and no word of it that goes unheard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import main
from conformance.contract import Contract
from conformance.errors import ExitCode
from tests.suite.contracts import reduced, written
from tests.suite.runs import ROOT, Said, command
from tests.suite.serving import Serve

OWN = "videos-conformance.toml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's, in which the command is called."""
    place = tmp_path / "project" / "deep" / "within"
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    return tmp_path / "project"


def _effective(*words: object) -> dict[str, tuple[Any, str]]:
    said = command("config", "--json", *words)
    assert said.code == ExitCode.CONFORMS, said.stderr
    return {row["key"]: (row["value"], row["source"]) for row in json.loads(said.stdout)}


def _refused(folder: Path, text: str, *words: object, name: str = OWN) -> Said:
    (folder / name).write_text(f"{text}\n", encoding="utf-8")
    said = command("run", *words)
    assert said.code == ExitCode.USAGE, said
    assert len(said.stderr.strip().splitlines()) == 1
    return said


def test_what_comes_before_what(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One value is heard of four: that of the command line, else of the environment, of the file, the default."""
    assert _effective()["seed"] == (1, "default")
    path = folder / OWN
    path.write_text("# a comment\nconcurrency = 2\nseed = 2\n", encoding="utf-8")
    assert _effective()["seed"] == (2, f"{path}:3 (seed)")
    monkeypatch.setenv("VIDEOS_CONFORMANCE_SEED", "3")
    assert _effective()["seed"] == (3, "environment ($VIDEOS_CONFORMANCE_SEED)")
    assert _effective("--seed", 4)["seed"] == (4, "command line")
    assert _effective("--seed", 4)["concurrency"] == (2, f"{path}:2 (concurrency)")


def test_a_variable_is_called_as_the_option_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the code calls it; and one that holds several header fields holds one a line."""
    monkeypatch.setenv("VIDEOS_CONFORMANCE_CONTRACT", "other.yaml")
    monkeypatch.setenv("VIDEOS_CONFORMANCE_HEADER", "X-Tenant: one two\nX-Other: three")
    monkeypatch.setenv("VIDEOS_CONFORMANCE_INSECURE", "1")
    found = _effective()
    assert folder.is_dir()
    assert found["contract"] == ("other.yaml", "environment ($VIDEOS_CONFORMANCE_CONTRACT)")
    assert found["header"][0] == ["X-Tenant: (secret)", "X-Other: (secret)"]
    assert found["insecure"][0] is True


def test_the_nearest_file_counts(folder: Path) -> None:
    """Further up is looked where nearer is none; a pyproject without the table is none, and the own file is first."""
    (folder / "pyproject.toml").write_text("[tool.videos-conformance]\nseed = 2\n", encoding="utf-8")
    (folder / "deep" / "pyproject.toml").write_text("[tool.ruff]\nline-length = 2\n", encoding="utf-8")
    assert _effective()["seed"] == (2, f"{folder / 'pyproject.toml'}:2 (seed)")
    (folder / OWN).write_text("seed = 3\n", encoding="utf-8")
    assert _effective()["seed"] == (3, f"{folder / OWN}:1 (seed)")
    nearer = folder / "deep" / "within" / OWN
    nearer.write_text("concurrency = 5\n", encoding="utf-8")
    assert _effective()["seed"] == (1, "default")
    assert _effective("--config", folder / OWN)["seed"][0] == 3
    assert _effective("--no-config")["concurrency"] == (4, "default")


def test_a_table_of_a_command_comes_first(folder: Path) -> None:
    """What stands at the top is for all that judge a server; what stands in a command's table is for that alone."""
    (folder / OWN).write_text("seed = 2\nmax-creates = 3\n[run]\nseed = 5\n[selftest]\nworkers = 1\n", encoding="utf-8")
    found = _effective()
    assert found["seed"] == (5, f"{folder / OWN}:4 (run.seed)")
    assert found["max-creates"][0] == 3


def test_what_is_for_a_server_of_the_user_is_not_for_others(
    folder: Path, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ceiling for the user's server limits no self-test, but all commands mean the same contract."""
    monkeypatch.setenv("VIDEOS_CONFORMANCE_TIER", "free")
    monkeypatch.setenv("VIDEOS_CONFORMANCE_SELFTEST_WORKERS", "3")
    path = written(folder, reduced(contract))
    (folder / OWN).write_text(f'max-creates = 0\ncontract = "{path.name}"\n', encoding="utf-8")
    listed = command("requirements", "--json")
    assert 0 < len(json.loads(listed.stdout)) < 300
    loaded = main.get_command(main.make_context("videos-conformance", ["selftest"]), "selftest")
    assert loaded is not None
    with loaded.make_context("selftest", [], parent=main.make_context("videos-conformance", ["selftest"])) as context:
        assert (context.params["max_creates"], context.params["tier"], context.params["workers"]) == (60, "full", 3)
        assert context.params["contract_path"] == path


def test_what_a_run_writes_is_written_over_by_nobody(folder: Path) -> None:
    """`diff` takes pace and choice from the top, and neither the one server of `run` nor its report."""
    (folder / OWN).write_text('url = "http://127.0.0.1:9"\nreport-json = "r.json"\nseed = 7\n', encoding="utf-8")
    group = main.make_context("videos-conformance", ["diff"])
    command_ = main.get_command(group, "diff")
    assert command_ is not None
    with command_.make_context("diff", [], parent=group) as context:
        assert (context.params["urls"], context.params["report_json"], context.params["seed"]) == ((), None, 7)


def test_paths_are_those_of_the_file(folder: Path) -> None:
    """A path in the file is relative to it, wherever the command is called; one on the command line is as ever."""
    (folder / OWN).write_text('cacert = "certificates/ca.pem"\nheader = ["X-A=file:tenant"]\n', encoding="utf-8")
    found = _effective("--report-json", "out.json")
    assert found["cacert"][0] == str(folder / "certificates" / "ca.pem")
    assert found["header"][0] == [f"X-A=file:{folder / 'tenant'}"]
    assert found["report-json"][0] == "out.json"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max-create = 1", (":1 (max-create)", "did you mean max-creates?")),
        ("\nmax_creates = 1", (":2 (max_creates)", "did you mean max-creates?")),
        ("port = 1", (":1 (port)", "no option --port")),
        ("[rum]\nseed = 1", ("(rum)", "no command rum", "did you mean run?")),
        ("[run]\nseeds = 1", (":2 (run.seeds)", "did you mean seed?")),
        ("[serve]\nmax-creates = 1", (":2 (serve.max-creates)", "no option --max-creates")),
        ('max-creates = "1"', (":1 (max-creates)", "write a whole number")),
        ("max-creates = true", ("write a whole number, and not true",)),
        ("max-creates = 1.5", ("write a whole number",)),
        ("max-creates = -1", (":1 (max-creates)", "not in the range")),
        ("url = 1", ("write a text in quotes",)),
        ("verbose = 1", ("write true or false",)),
        ("timeout = '1'", ("write a number",)),
        ("timeout = inf", (":1 (timeout)", "no number of seconds")),
        ("tier = 'cheap'", (":1 (tier)", "'cheap' is not one of")),
        ("only = 'http/*'", (":1 (only)", 'only = ["')),
        ("only = [1]", ("write a text in quotes",)),
        ("fail-on = ['always']", (":1 (fail-on)", "--fail-on always")),
        ("only = ['no/such']", (":1 (only)", "no requirement matches")),
        ("seed = ", ("is no TOML", "line 1")),
        ("seed = 1\nseed = 2", ("is no TOML", "line 2")),
        ("token = 'sk-1'", (":1 (token)", "a secret stands in no file", "token-env")),
        ("header = ['X-A: secret']", (":1 (header)", "a secret stands in no file", "NAME=env:VARIABLE")),
        ("proxy = 'http://a:b@proxy'", (":1 (proxy)", "a secret stands in no file")),
        ("config = 'x'", (":1 (config)", "where this file is")),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(folder: Path, text: str, words: tuple[str, ...]) -> None:
    """Nothing in the file goes unheard: file, line, what is wrong and what to write."""
    said = _refused(folder, text)
    assert str(folder / OWN) in said.sentence
    assert all(word in said.sentence for word in words), said.sentence
    assert "sk-1" not in said.sentence


def test_a_key_of_pyproject_has_its_line(folder: Path) -> None:
    """Other tables of the file, with keys of the same name, are not taken for it."""
    text = "[project]\nseed = 1\n\n[tool.videos-conformance.run]\nseed = 'a'\n"
    said = _refused(folder, text, name="pyproject.toml")
    assert f"{folder / 'pyproject.toml'}:5 (run.seed)" in said.sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--config", "missing.toml"), "cannot be read"), (("--config", "p/pyproject.toml"), "has no table"),
     (("--config", OWN, "--no-config"), "contradict"), (("--no-config", "--config", OWN), "contradict")],
)  # fmt: skip
def test_a_file_that_is_named_has_to_be_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """Who names a file wants it read."""
    monkeypatch.chdir(folder)
    (folder / "p").mkdir()
    (folder / "p" / "pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    (folder / OWN).write_text("seed = 1\n", encoding="utf-8")
    made = command("run", *words)
    assert (made.code, said in made.sentence) == (ExitCode.USAGE, True), made.stderr


def test_secrets_are_not_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `config` prints can be pasted anywhere."""
    monkeypatch.setenv("VIDEOS_CONFORMANCE_PROXY", "http://someone:pa55@proxy.example:8080")
    for words in ((), ("--json",)):
        said = command("config", "-H", "X-Tenant: t0p-secret", *words)
        assert "t0p-secret" not in said.stdout
        assert "pa55" not in said.stdout
        assert "http://(secret)@proxy.example:8080" in said.stdout
    assert folder.is_dir()


def test_a_url_in_the_file_needs_a_ceiling(folder: Path, serve: Serve, small: Contract) -> None:
    """A file may name a server and a ceiling; a server without a ceiling is asked nothing, wherever it is named."""
    server = serve(contract=small)
    text = f'url = "{server.url}"\ncontract = "{small.path}"\nonly = ["*/auth/*"]\n'
    said = _refused(folder, text)
    assert "--max-creates N" in said.sentence
    assert server.requests == 0
    (folder / OWN).write_text(f"{text}max-creates = 0\n", encoding="utf-8")
    made = command("run")
    assert made.code == ExitCode.CONFORMS, made.stderr
    assert server.requests > 0
    assert server.creates == 0


def test_the_sample_of_the_page(folder: Path) -> None:
    """What is shown as a file of configuration is one."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (folder / OWN).write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    found = _effective()
    assert found["max-creates"][0] == 0
    assert found["cacert"][0] == str(folder / "certificates" / "ca.pem")
