"""The pages that hold calls: each column of one and each recipe of the other runs, on servers that cost nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import load
from conformance.contract.resources import Resources
from conformance.mock import MockServer
from conformance.reference import ReferenceServer
from scripts.generator.guides import write_guides
from tests.client import contracts
from tests.client.settings import TOKEN
from tests.peers.running import PYTHON, missing

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Put in front: pauses take no time, and what the pages write in its place is what the test has.
AT_ONCE = """
import asyncio, time
time.sleep = lambda seconds: None
_sleep = asyncio.sleep
asyncio.sleep = lambda seconds, *_: _sleep(0)
"""


def sections(page: str) -> dict[str, str]:
    """The sections of a page by their headings."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


COLUMNS = {title: BLOCK.findall(text) for title, text in sections("from-openai.md").items() if "<table>" in text}
RECIPES = {title: "\n".join(BLOCK.findall(text)) for title, text in sections("cookbook.md").items()}


def run(code: str, url: str, folder: Path, *, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Run a program with the checkout's client, on a server; warnings of ours are errors."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "generated" / "python"),
        "AIID_VIDEOS_TOKEN": TOKEN,
        "AIID_VIDEOS_BASE_URL": url,
    }
    text = (AT_ONCE + code).replace("https://gateway.example", url).replace("sk-your-key", TOKEN)
    (folder / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "program.py").write_text(text, encoding="utf-8")
    warnings = ("-W", "error", "-W", "ignore:The Sora API:DeprecationWarning")
    return subprocess.run(
        (python, *warnings, "program.py"), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def peers() -> str:
    """The interpreter of the environment with other people's packages."""
    if (why := missing("openai")) is not None:
        assert "CI" not in os.environ, why
        pytest.skip(why)
    return PYTHON


def written(contract: dict[str, Any], folder: Path) -> dict[str, str]:
    """The pages that a contract gives."""
    path = contracts.save(contract, folder / "contract.yaml")
    (folder / "pages").mkdir()
    write_guides(load(path), folder / "pages")
    return {page.name: page.read_text(encoding="utf-8") for page in (folder / "pages").iterdir()}


def test_a_field_that_gets_another_name_needs_no_other_edit(tmp_path: Path) -> None:
    """The pages follow the contract; what the other client does not know any more goes in beside its arguments."""
    contract = contracts.with_get()
    form = contract["components"]["schemas"]["CreateVideoRequest"]
    name = next(each for each in form["required"] if "x-role" not in form["properties"][each])
    form["required"] = [f"new_{each}" if each == name else each for each in form["required"]]
    form["properties"] = {f"new_{each}" if each == name else each: said for each, said in form["properties"].items()}
    path = contract["paths"]["/v1/videos"]["post"]
    path["operationId"] = "makeVideo"
    pages = written(contract, tmp_path)
    assert len(pages) == 2
    for text in pages.values():
        assert "client.make_video(" in text
        assert "client.make_and_wait(" in text
        assert not re.search(rf"\b{name}=", text)
        assert f"new_{name}=" in text
        for block in BLOCK.findall(text):
            compile(block, "block", "exec")
    assert re.search(rf'extra_body=\{{\s*"new_{name}": ', pages["from-openai.md"])


def test_a_contract_without_jobs_has_no_such_pages(tmp_path: Path) -> None:
    """Nothing is written that could not run."""
    assert written(contracts.smallest(), tmp_path) == {}


def test_every_section_has_both_columns() -> None:
    """The other client's code on the left, ours on the right."""
    assert len(COLUMNS) > 10
    assert {len(blocks) for blocks in COLUMNS.values()} == {2}


def test_both_columns_print_the_same(peers: str, tmp_path: Path) -> None:
    """Section after section, as one program each, on the same server; each makes as many jobs."""
    said: list[list[str]] = []
    made: list[int] = []
    for side in (0, 1):
        folder = tmp_path / str(side)
        folder.mkdir()
        code = "\n".join(f"print({title!r})\n{blocks[side]}" for title, blocks in COLUMNS.items())
        with ReferenceServer(load(), token=TOKEN) as server:
            done = run(code, server.url, folder, python=peers)
            made.append(server.creates)
            assert (done.returncode, server.defects) == (0, ()), done.stderr
        said.append(done.stdout.splitlines())
        assert [path for path in folder.iterdir() if path.suffix not in (".png", ".py")], "the video is saved"
    assert said[0] == said[1]
    assert len(said[0]) > len(COLUMNS)
    assert made[0] == made[1] > 3


def test_our_columns_and_recipes_are_typed(tmp_path: Path) -> None:
    """Strictly; but for the one with FastAPI, which is not where types are checked."""
    programs = {f"recipe{number}": code for number, code in enumerate(RECIPES.values()) if "fastapi" not in code}
    programs["ours"] = "\n".join(blocks[1] for blocks in COLUMNS.values())
    for name, code in programs.items():
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "MYPYPATH": str(ROOT / "generated" / "python")}
    cache = str(ROOT / ".cache" / "typing")
    command = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", cache, *(f"{name}.py" for name in programs))
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_table_of_errors_is_what_the_other_client_raises(peers: str, tmp_path: Path) -> None:
    """For each documented status; and ours is a class of ours for it."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| `(\w+)` \|$", sections("from-openai.md")["Errors"], re.MULTILINE)
    assert rows
    code = f"""
import httpx2, openai
from aiid_videos import errors
client = openai.OpenAI(api_key="k")
for status, theirs, ours in {rows!r}:
    answer = httpx2.Response(int(status), json={{}}, request=httpx2.Request("GET", "http://localhost"))
    made = client._make_status_error_from_response(answer)
    assert type(made).__name__ == theirs, (status, type(made))
    assert errors.BY_STATUS[int(status)].__name__ == ours, status
for name in ("OpenAIError", "APIConnectionError", "APITimeoutError", "APIResponseValidationError"):
    assert issubclass(getattr(openai, name), openai.OpenAIError)
"""
    done = run(code, "http://127.0.0.1:9", tmp_path, python=peers)
    assert (done.returncode, done.stderr) == (0, "")


def documented(*wanted: int) -> int:
    """One of the refusals of creates that the contract documents, the first of some if it does."""
    contract = load()
    resources = Resources(contract)
    create = next(each for each in contract.operations if resources.action(each) == "create")
    known = [each.status for each in create.responses if each.pattern.isdigit() and 400 <= each.status < 500]
    return next((status for status in wanted if status in known), known[0])


REFUSAL, BUSY = documented(402, 403), documented(429)


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """The mock, with the outcomes that a test asks for."""
    script = tmp_path / "script.yaml"
    if rules := getattr(request, "param", ""):
        script.write_text(rules, encoding="utf-8")
    with MockServer(load(), token=TOKEN, script=script if rules else None) as made:
        yield made


def scripted(rules: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("server", [rules], indirect=True, ids=["scripted"])


def recipe(word: str) -> str:
    """The recipe whose title has a word."""
    (found,) = [code for title, code in RECIPES.items() if word in title.lower()]
    return found


def test_there_are_six_recipes() -> None:
    """Each with a program."""
    assert len(RECIPES) == 6
    assert all(RECIPES.values())


@scripted(f"- {{nth: 2, code: {REFUSAL}}}")
def test_a_batch_ends_whatever_becomes_of_one(server: MockServer, tmp_path: Path) -> None:
    """Each call has its line: a file, or what went wrong."""
    done = run(recipe("batch"), server.url, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert sum(" bytes" in line for line in lines) == 2
    assert sum(f": {REFUSAL}" in line for line in lines) == 1
    assert server.creates == 2


BROWSING = """
from fastapi.testclient import TestClient

with TestClient(app) as browser:
    made = browser.post("/jobs", params={"PROMPT": "a cat"})
    job = made.json()["job"]
    print(made.status_code, browser.get(f"/jobs/{job}").json()["result"].startswith("saved as"))
    print(browser.get("/jobs/none").status_code)
    refused = browser.post("/jobs", params={"PROMPT": "a dog"})
    print(refused.status_code, refused.json()["detail"].startswith("the video service says: "))
"""


@scripted(f"- {{nth: 2, code: {REFUSAL}}}")
def test_fastapi_waits_in_the_background(server: MockServer, peers: str, tmp_path: Path) -> None:
    """The file is there in the end; what the service refuses is not shown as the caller's fault."""
    code = recipe("fastapi")
    (text,) = re.findall(r"async def create\((\w+): str", code)
    done = run(code + BROWSING.replace("PROMPT", text), server.url, tmp_path, python=peers)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["202 True", "404", "502 True"]
    assert server.creates == 1


@scripted(f"- {{nth: 1-6, code: {BUSY}}}")
def test_trying_again_makes_one_job(server: MockServer, tmp_path: Path) -> None:
    """More often than the client does by itself."""
    done = run(recipe("again"), server.url, tmp_path)
    assert (done.returncode, done.stderr, server.creates) == (0, "", 1)


@scripted("- {nth: 1, code: 500}")
def test_what_may_have_been_made_is_not_tried_again(server: MockServer, tmp_path: Path) -> None:
    """The error goes up, and the server was asked once."""
    done = run(recipe("again"), server.url, tmp_path)
    assert (done.returncode, "look before you try again" in done.stderr) == (1, True)
    assert len(server.log.records) == 1


def test_a_download_is_whole(server: MockServer, tmp_path: Path) -> None:
    """In a file, and on its way elsewhere."""
    done = run(recipe("download"), server.url, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    *_, saved, digest = done.stdout.splitlines()
    path, size, _ = saved.split()
    assert (tmp_path / path).stat().st_size == int(size)
    assert re.fullmatch(r"[0-9a-f]{64}", digest)
    assert not list(tmp_path.glob("*.part*"))


OUTCOMES = {
    "- {job: failed}": "paid for, and failed",
    f"- {{code: {BUSY}, retry-after: 90}}": "too many at once: again in 90 s",
    f"- {{code: {REFUSAL}}}": "refused, nothing was made",
    "- {code: 500}": "there may be a job: look before trying again",
    "": "is there",
}


@pytest.mark.parametrize("server", list(OUTCOMES), indirect=True, ids=list(OUTCOMES.values()))
def test_each_outcome_has_its_branch(server: MockServer, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Two calls that meet the same."""
    rules = request.node.callspec.params["server"]
    done = run(recipe("error"), server.url, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [OUTCOMES[rules] in line for line in done.stdout.splitlines()] == [True, True]


def test_the_log_tells_of_attempts_and_of_the_job(server: MockServer, tmp_path: Path) -> None:
    """Without the key."""
    done = run(recipe("logging"), server.url, tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"^DEBUG aiid_videos: POST .*: attempt 1$", done.stderr, re.MULTILINE)
    assert len(re.findall(r"^INFO shop: job \S+ is \w+$", done.stderr, re.MULTILINE)) > 1
    assert TOKEN not in done.stderr
