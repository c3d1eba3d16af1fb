"""The overlays that come with the suite, and what commands make of a contract that was overlaid."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from attrs import field, frozen

from conformance.contract import Contract, ContractSource, load
from conformance.contract.resources import Resources
from conformance.contract.source import shipped_overlays
from conformance.plugin.settings import options, settings
from conformance.reference import ReferenceServer
from conformance.requirements import catalogue
from conformance.requirements.selection import Selection
from conformance.requirements.sets import set_for
from scripts.generator.python_client import write_python
from tests.suite.runs import TOKEN, Said, carry_out, command

_QUICK = Selection(only=("*/auth/*", "*/response/*", "*/request/minimal", "*/request/as/*", "*/parameter/*", "job/*"))
_NAMES = tuple(shipped_overlays())
_TRANSLATED = 0.8  # what is added to the contract waits for its translation, and breaks nothing until then


def overlaid(*names: str) -> Contract:
    return load(ContractSource(None, tuple(shipped_overlays()[name] for name in names)))


@pytest.fixture(scope="module", params=_NAMES)
def shipped(request: pytest.FixtureRequest) -> Contract:
    """The project's contract with one overlay that comes with the suite."""
    return overlaid(request.param)


def test_each_lints_clean_alone_and_with_the_language() -> None:
    """A dialect in another language is two overlays, in any order that their targets allow."""
    for names in (*((name,) for name in _NAMES), ("vi", "new-api"), ("new-api", "vi")):
        said = command("lint", *(word for name in names for word in ("--overlay", name)))
        assert (said.code, said.stdout, said.stderr) == (0, "", ""), names


def test_each_says_why_it_is_there(shipped: Contract) -> None:
    """In its head, for whoever chooses one; and it is of this contract, wherever that is installed."""
    (applied,) = shipped.overlays
    data = _yaml(applied.path)
    assert len(data["info"]["x-reason"].split()) > 20
    assert (applied.path.parent / data["extends"]).resolve() == shipped.path.resolve()


def test_each_is_served_and_met_by_the_reference_server(shipped: Contract) -> None:
    """The server does what the overlaid contract says, and a run finds no fault with it."""
    with ReferenceServer(shipped, token=TOKEN) as server:
        made = carry_out(shipped, server.url, 6, selection=_QUICK)
    assert server.defects == ()
    assert made.report.complete
    assert [line.id for line in made.report.verdicts if line.verdict == "fail"] == []
    assert {line.verdict for line in made.report.verdicts} >= {"pass"}


def test_each_has_a_client_that_its_server_understands(shipped: Contract, tmp_path: Path) -> None:
    """Every operation is a method, and what creates does."""
    write_python(shipped, tmp_path / "python")
    script = (
        "import sys, json; from aiid_videos import VideosClient\n"
        "with VideosClient(token=sys.argv[2], base_url=sys.argv[1]) as client:\n"
        "    made = client.create_video(model='sora-2', prompt='a cat')\n"
        "    print(json.dumps([made.id, made.status, [name for name in dir(client) if name[0] != '_']]))\n"
    )
    with ReferenceServer(shipped, token=TOKEN) as server:
        said = _run(script, server.url, TOKEN, path=tmp_path / "python")
        assert server.creates == 1
    identity, status, methods = json.loads(said)
    assert identity
    lifecycle = shipped.billable[0].success.by_role("status")
    assert lifecycle is not None
    assert lifecycle.lifecycle is not None
    assert lifecycle.lifecycle.stage(status) == "waiting"
    assert {re.sub(r"(?<!^)([A-Z])", r"_\1", o.id).lower() for o in shipped.operations} <= set(methods)


def test_the_dialects_say_what_the_page_does_not() -> None:
    """JSON, `unknown` and the family's refusals; OpenAI's operations, with a file where it takes one."""
    plain, family, published = load(), overlaid("new-api"), overlaid("openai")
    assert _media(plain) == {"multipart"}
    assert _media(family) == {"multipart", "json"}
    known = family.billable[0].success.by_role("status")
    assert known is not None
    assert known.lifecycle is not None
    assert known.lifecycle.stage("unknown") == "waiting"
    resources = Resources(family)
    reader = next(o for o in family.operations if resources.action(o) == "read")
    assert reader.response(404) is None
    assert reader.response(400) is not None
    resources = Resources(published)
    actions = [resources.action(operation) for operation in published.operations]
    assert sorted(actions) == ["create", "create", "delete", "fetch", "list", "read"]
    (reference,) = (declared for declared in published.billable[0].fields if declared.schema.is_file)
    assert reference.content_types[0].startswith("image/")
    assert [declared.name for declared in published.billable[0].fields if declared.required] == ["prompt"]


def test_the_published_operations_are_those_of_the_published_contract() -> None:
    """Paths, methods and the fields of the form, as the contract of that API among the tests has them."""
    other = load(Path(__file__).parents[1] / "growth" / "contracts" / "openai-videos.yaml")
    ours = overlaid("openai")
    assert {(o.method, o.path) for o in ours.operations} == {(o.method, o.path) for o in other.operations}
    for mine, theirs in zip(_sorted(ours), _sorted(other), strict=True):
        assert {declared.name for declared in mine.inputs} == {declared.name for declared in theirs.inputs}, mine.id
        assert {d.name for d in mine.inputs if d.required} == {d.name for d in theirs.inputs if d.required}, mine.id
    shown = {found.name for found in other.billable[0].success.properties}
    assert {found.name for found in ours.billable[0].success.properties} == shown


def test_every_sentence_is_translated() -> None:
    """What operations, fields and answers are for is said in Vietnamese, and nothing else is changed."""
    plain, translated = load().document.data, overlaid("vi").document.data
    before, after = dict(_sentences(plain, ())), dict(_sentences(translated, ()))
    assert before.keys() == after.keys()
    same = [place for place, text in before.items() if after[place] == text]
    assert len(same) <= (1 - _TRANSLATED) * len(before), same
    assert _silent(plain) == _silent(translated)
    assert overlaid("vi").title == load().title


@frozen
class OverlaidRun:
    """A run by an overlaid contract, and the files that it left."""

    said: Said
    report: Mapping[str, Any] = field(repr=False)
    events: Path


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> OverlaidRun:
    """A short run of the server's own, by the contract with an overlay."""
    folder = tmp_path_factory.mktemp("overlaid")
    path, events = folder / "report.json", folder / "events.jsonl"
    chosen = ("--only", "*/auth/missing", "--only", "*/auth/invalid", "--tier", "free")
    with ReferenceServer(overlaid("new-api"), token=TOKEN) as server:
        files = ("--report-json", path, "--events", events)
        said = command("run", "--url", server.url, "--max-creates", 0, "--overlay", "new-api", *chosen, *files)
    return OverlaidRun(said, json.loads(path.read_text(encoding="utf-8")), events)


def test_a_report_says_that_overlays_were_applied(judged: OverlaidRun) -> None:
    """The version names them, the digest is of them too, their files are listed; what they bring has its place."""
    family = overlaid("new-api")
    facts = judged.report["contract"]
    assert judged.said.code == 0
    assert f"contract {family.version}+new-api" in judged.said.stdout
    assert (facts["version"], facts["sha256"]) == (family.edition, family.sha256)
    assert [Path(name).name for name in facts["overlays"]] == ["new-api.yaml"]
    assert "overlays" not in command("requirements", "--json").stdout
    remix = next(line for line in judged.report["verdicts"] if line["id"].startswith("remixVideo/"))
    assert re.search(r"new-api\.yaml:\d+$", remix["source"])
    assert remix["line"] is None


def test_a_run_that_was_ended_is_judged_again_with_its_overlays(judged: OverlaidRun, tmp_path: Path) -> None:
    """They stand in the event stream; where one has changed since, that is said and nothing is judged."""
    lines = judged.events.read_text(encoding="utf-8").splitlines(keepends=True)
    ended = tmp_path / "ended.jsonl"
    ended.write_text("".join(lines[:-1]), encoding="utf-8")
    again = tmp_path / "again.json"
    said = command("report", ended, "--report-json", again)
    assert said.code == 3
    assert json.loads(again.read_text(encoding="utf-8"))["contract"] == judged.report["contract"]
    changed = tmp_path / "new-api.yaml"
    changed.write_text(shipped_overlays()["new-api"].read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
    said = command("report", ended, "--contract", load().path, "--overlay", changed)
    assert (said.code, "say with --contract and --overlay where it is" in said.sentence) == (2, True)


def test_no_set_is_of_an_overlaid_contract_unless_it_is_named(judged: OverlaidRun) -> None:
    """All of it counts; scored by a set of the contract as it is, what an overlay adds is news."""
    family, plain = overlaid("new-api"), load()
    assert judged.report["requirement_set"] is None
    assert set_for(plain, None) is not None
    assert set_for(family, None) is None
    named = set_for(plain, None)
    assert named is not None
    listed = json.loads(command("requirements", "--overlay", "new-api", "--set", named.name, "--json").stdout)
    news = {row["id"] for row in listed if row["news"]}
    assert {name for name in catalogue(family).by_id if name.startswith("remixVideo/")} <= news
    assert {row["id"] for row in listed} == set(catalogue(family).by_id)


def test_explain_shows_where_an_overlay_asks_for_something() -> None:
    """The file and the line of the overlay, not a line of the contract that says something else."""
    said = command("explain", "remixVideo/auth/missing", "--overlay", "new-api")
    line = re.search(r"new-api\.yaml:(\d+)", said.stdout)
    assert (said.code, line is not None) == (0, True)
    assert line is not None
    written = shipped_overlays()["new-api"].read_text(encoding="utf-8").splitlines()
    assert written[int(line[1]) - 1].split(":")[0].strip() in ("security", "'401'", "post")


def test_what_an_overlay_breaks_is_found_in_the_overlay(tmp_path: Path) -> None:
    """By the lint, and by every command that cannot use the contract."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "overlay: 1.0.0\ninfo: {title: Mine, version: '1'}\nactions:\n"
        "- target: $.components.schemas.Video.properties.status\n  update:\n    x-roll: status\n"
        "- target: $.paths['/v1/videos'].post.operationId\n  remove: true\n",
        encoding="utf-8",
    )
    said = command("lint", "--overlay", path)
    assert said.code == 1
    assert f"{path}:6: #/components/schemas/Video/properties/status/x-roll [extension]" in said.stdout
    said = command("run", "--overlay", path)
    assert said.code == 2
    assert f"{path}:6:" in said.stderr
    assert "[operation-id]" in said.stderr


def test_the_sample_on_the_page_is_an_overlay(tmp_path: Path) -> None:
    """As it stands: every action of it finds its target, and the contract lints clean."""
    page = (Path(__file__).parents[2] / "docs" / "contract-maintainers.md").read_text(encoding="utf-8")
    samples = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (sample,) = (text for text in samples if "overlay" in yaml.safe_load(text))
    path = tmp_path / "ours.yaml"
    path.write_text(sample, encoding="utf-8")
    assert command("lint", "--overlay", path).code == 0
    assert all(f"overlays/{name}.yaml" in page for name in _NAMES)


def test_overlays_come_from_the_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like every option; a path starts at the file's folder, and a lint of another document is left alone."""
    (tmp_path / "mine.yaml").write_text(
        "overlay: 1.0.0\ninfo: {title: Mine, version: '1'}\nactions:\n- target: $.info\n  update: {version: 9.9.9}\n",
        encoding="utf-8",
    )
    (tmp_path / "videos-conformance.toml").write_text('overlay = ["new-api", "mine.yaml"]\n', encoding="utf-8")
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    ids = {row["id"] for row in json.loads(command("requirements", "--json").stdout)}
    assert "remixVideo/auth/missing" in ids
    assert command("lint").code == 0
    (tmp_path / "videos-conformance.toml").unlink()
    monkeypatch.setenv("VIDEOS_CONFORMANCE_OVERLAY", f"new-api:{tmp_path / 'mine.yaml'}")
    assert {row["id"] for row in json.loads(command("requirements", "--json").stdout)} == ids


def test_the_other_commands_take_overlays_too(tmp_path: Path) -> None:
    """The server, the generator and the plugin: each knows the operation that the overlay adds."""
    assert command("serve", "--overlay", "new-api", "--list").code == 0
    said = command("serve", "--overlay", tmp_path / "lost.yaml")
    assert (said.code, "cannot be read" in said.sentence) == (2, True)
    given = {
        "videos_overlay": ["new-api"],
        "videos_args": "",
        "videos_only": [],
        "videos_skip": [],
        "videos_fail_on": [],
    }
    config: Any = SimpleNamespace(getoption=given.get)
    assert load(settings(config)["source"]).overlays == overlaid("new-api").overlays
    assert "--overlay=new-api" in list(options(config, "http://127.0.0.1:1", ()))


def _run(script: str, *arguments: object, path: Path) -> str:
    ended = subprocess.run(
        (sys.executable, "-c", script, *map(str, arguments)),
        capture_output=True,
        text=True,
        cwd=path,
        env={**os.environ, "PYTHONPATH": str(path)},
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _media(contract: Contract) -> set[str]:
    body = contract.billable[0].body
    return {media.kind for media in body.media} if body is not None else set()


def _sorted(contract: Contract) -> list[Any]:
    return sorted(contract.operations, key=lambda operation: (operation.path, operation.method))


def _sentences(node: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the descriptions and summaries of a document; what is an example of data has none."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if key in ("description", "summary") and isinstance(value, str):
            yield (*place, key), value
        elif key not in ("example", "value", "examples") or isinstance(value, dict):
            yield from _sentences(value, (*place, key))


def _silent(node: Any) -> Any:
    """Return a document without them."""
    if isinstance(node, dict):
        return {key: _silent(value) for key, value in node.items() if key not in ("description", "summary")}
    return [_silent(item) for item in node] if isinstance(node, list) else node
