"""Sources that are no plain page: OpenAPI documents, Markdown that holds one, tables, elements, and junk."""

from __future__ import annotations

import copy
import html
import json
import quopri
import subprocess
import sys
from collections.abc import Callable
from email.message import Message
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import Contract, load
from conformance.contract.document import tokens
from conformance.errors import UsageError
from scripts.source_page.checking import compare, main
from scripts.source_page.page import read_source
from tests.source_page.changes import CHANGES
from tests.source_page.pages import NOTHING, PageField, ReferencePage
from tests.source_page.rendering import TONGUES, as_html, as_text, curl
from tests.suite.contracts import reduced, sound, written

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


@pytest.fixture(scope="module")
def text(contract: Contract) -> str:
    return as_text(ReferencePage.of(contract, contract.operations[0]), TONGUES["en"])


def differences(path: Path, contract: Contract) -> set[tuple[str, str, str]]:
    said = compare([read_source(path)], contract)
    return {(each.kind, each.holder, each.element) for each in said.unexplained}


def as_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The same in the words of OpenAPI 3.0, where a null and a strict bound are said in another way."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    made["openapi"] = "3.0.3"
    pending: list[Any] = [made]
    while pending:
        node = pending.pop()
        below = node.values() if isinstance(node, dict) else node
        pending += [child for child in below if isinstance(child, dict | list)]
        if isinstance(node, dict) and isinstance(node.get("type"), list) and len(node["type"]) == 2:
            node["type"], node["nullable"] = node["type"][0], True
        if isinstance(node, dict) and isinstance(node.get("exclusiveMinimum"), int):
            node["minimum"], node["exclusiveMinimum"] = node["exclusiveMinimum"], True
    return made


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps, lambda data: json.dumps(as_3_0(data), indent=1)])
def test_the_contract_agrees_with_itself(write: Callable[[Any], str], contract: Contract, tmp_path: Path) -> None:
    """As YAML, as JSON and as OpenAPI 3.0."""
    path = tmp_path / "other.json"
    path.write_text(write(json.loads(json.dumps(contract.document.data))), encoding="utf-8")
    assert differences(path, contract) == set()


def test_what_another_document_says_differently_is_found_on_both_sides(contract: Contract, tmp_path: Path) -> None:
    """Operations, statuses, schemes and servers too; each with pointer and line in its file."""
    data = copy.deepcopy(dict(contract.document.data))
    operation = contract.operations[0]
    assert operation.scheme is not None
    text = next(each for each in operation.success.properties if each.schema.is_text and not each.required)
    data["servers"] = [{"url": "https://other.example"}]
    standing(data, operation.pointer)["responses"]["299"] = {"description": "Else.", "x-provenance": "documented"}
    data["paths"]["/another"] = {"get": {"responses": {"default": {"description": "Another."}}}}
    scheme = standing(data, operation.scheme.pointer)
    scheme.clear()
    scheme |= {"type": "apiKey", "in": "query", "name": "key"}
    typed = standing(data, text.pointer)
    typed["type"] = "integer"
    typed.pop("examples", None)
    path = tmp_path / "other.yaml"
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    said = compare([read_source(path)], contract)
    assert {
        (each.kind, each.holder, each.element) for each in said.unexplained if each.operation != "GET /another"
    } == {
        ("server", "source", "the server"),
        ("server", "contract", "the server"),
        ("status", "source", "the answer 299"),
        ("credential", "both", "the credential"),
        ("type", "both", f"the answer's `{text.name}`"),
    }
    assert [each.kind for each in said.unexplained if each.operation == "GET /another"] == ["operation"]
    found = next(each for each in said.unexplained if each.kind == "type")
    assert found.source is not None
    assert found.source.spot.pointer == text.pointer
    assert text.name in path.read_text(encoding="utf-8").splitlines()[found.source.spot.line - 1]


def standing(data: Any, pointer: str) -> Any:
    """What stands at a pointer of a copy."""
    for token in tokens(pointer):
        data = data[int(token)] if isinstance(data, list) else data[token]
    return data


def test_what_a_source_documents_and_the_contract_calls_its_own_is_told(contract: Contract, tmp_path: Path) -> None:
    """Once the page documents a status or an operation, the contract's provenance is out of date."""
    data = copy.deepcopy(dict(contract.document.data))
    data = json.loads(json.dumps(data).replace('"x-provenance": "convention"', '"x-gone": 1'))
    path = tmp_path / "other.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = differences(path, contract)
    assert {kind for kind, _, _ in found} == {"provenance"}
    assert ("provenance", "both", "the answer 401") in found


def test_markdown_that_holds_an_openapi_document_is_read_by_it(contract: Contract, tmp_path: Path) -> None:
    """Documentation sites offer their pages as Markdown with the operation as OpenAPI inside; lines are the page's."""
    data = json.loads(json.dumps(contract.document.data))
    holder = next(each for each in contract.operations[0].fields if each.schema.enum).schema
    standing(data, next(part.pointer for part in holder.parts if part.get("enum")))["enum"].append("brand-new")
    path = tmp_path / "page.md"
    fenced = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    path.write_text(f"# Title\n\n> About it.\n\n````yaml openapi.json\n{fenced}````\n", encoding="utf-8")
    said = compare([read_source(path)], contract)
    (new,) = said.unexplained
    assert new.kind == "value"
    assert new.source is not None
    assert "brand-new" in path.read_text(encoding="utf-8").splitlines()[new.source.spot.line - 1]


def as_table(page: ReferencePage, *, in_html: bool) -> str:
    def rows(fields: list[PageField]) -> list[str]:
        cells = [(f"`{each.name}`", each.type.replace("|", "\\|"), "yes" if each.required else "no") for each in fields]
        if in_html:
            return ["<tr><th>Name</th><th>Type</th><th>Required</th><th>About</th></tr>"] + [
                f"<tr><td><code>{name.strip('`')}</code><td>{html.escape(kind)}</td><td>{need}</td><td>A. b</td></tr>"
                for name, kind, need in cells
            ]
        return ["| Name | Type | Required | About |", "|---|---|---|---|"] + [
            f"| {name} | {kind} | {need} | A. b |" for name, kind, need in cells
        ]

    request, answer = "\n".join(rows(page.request)), "\n".join(rows(page.answer))
    if in_html:
        return (
            f"<html><body><p>{page.method} {page.path}</p><pre>{curl(page).replace('<', '&lt;')}</pre>"
            f"<h2>Body</h2><table>{request}</table><h2>Response</h2><table>{answer}</table></body></html>"
        )
    sample = f"```\n{curl(page)}\n```"
    return f"# T\n\n{page.method} {page.path}\n\n{sample}\n\n## Body\n\n{request}\n\n## Response\n\n{answer}\n"


def as_mdx(page: ReferencePage) -> str:
    lines = ["---", "title: T", "---", "", f"{page.method} {page.path}", "", "```", curl(page), "```", ""]
    for kind, fields in (("ParamField body", page.request), ("ResponseField name", page.answer)):
        for each in fields:
            required = " required" if each.required else ""
            lines += [
                f'<{kind}="{each.name}" type="{each.type}"{required}>',
                "  About it.",
                f"</{kind.split()[0]}>",
                "",
            ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("page.md", lambda page: as_table(page, in_html=False)),
        ("page.html", lambda page: as_table(page, in_html=True)),
        ("page.mdx", as_mdx),
    ],
    ids=["markdown-table", "html-table", "mdx"],
)
def test_tables_and_elements_state_fields_too(
    name: str, render: Callable[[ReferencePage], str], contract: Contract, tmp_path: Path
) -> None:
    """Names, types and what is required are read; nothing else has a place there."""
    contract = load(written(tmp_path, sound(contract, reduced(contract))))
    page = ReferencePage.of(contract, contract.operations[0])
    for each in (*page.request, *page.answer):
        each.options, each.example = [], NOTHING
    path = tmp_path / name
    path.write_text(render(page), encoding="utf-8")
    found = differences(path, contract)
    assert {kind for kind, _, _ in found} <= {"value", "default", "limits", "deprecated", "example", "answer-example"}
    page.request[1].required = not page.request[1].required
    page.answer[4].type = "boolean"
    path.write_text(render(page), encoding="utf-8")
    assert differences(path, contract) - found == {
        ("required", "both", f"the request's `{page.request[1].name}`"),
        ("type", "both", f"the answer's `{page.answer[4].name}`"),
    }


def test_a_page_that_a_browser_saved_as_one_file_is_read(contract: Contract, tmp_path: Path) -> None:
    """An archive of parts, the page among them in quoted-printable; one without a page is none."""
    saved = MIMEMultipart("related")
    saved.attach(MIMEImage(b"GIF89a", "gif"))
    page = Message()
    page["Content-Type"] = "text/html; charset=utf-8"
    page["Content-Transfer-Encoding"] = "quoted-printable"
    whole = as_html(ReferencePage.of(contract, contract.operations[0]), TONGUES["vi"])
    page.set_payload(quopri.encodestring(whole.encode()).decode("ascii"))
    path = tmp_path / "page.mhtml"
    path.write_bytes(saved.as_bytes())
    with pytest.raises(UsageError, match="no archive with a page"):
        read_source(path)
    saved.attach(page)
    path.write_bytes(saved.as_bytes())
    assert differences(path, contract) == set()


JUNK: list[tuple[str, bytes, str]] = [
    ("empty.txt", b"", "is empty"),
    ("blank.html", b" \n\t\n", "is empty"),
    ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text in UTF-8"),
    ("zeros.txt", b"POST /a\0things", "is binary"),
    ("latin.txt", "bắt buộc é".encode("utf-16-le"), "is "),
    ("story.txt", b"Once upon a time\n\nthere was a page.\n", "is no page of an API reference"),
    ("other.html", b"<!doctype html><html><body><p>Sign in</p></body></html>", "is no page of an API reference"),
    ("title.md", b"# Create\n\n## POST /things\n", "is no page of an API reference"),
    ("swagger.yaml", b"swagger: '2.0'\npaths: {}\n", "no OpenAPI document of version 3"),
    ("broken.yaml", b"openapi: 3.1.0\npaths: [\n", "is not YAML"),
    ("nothing.yaml", b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n", "states no operation"),
    (
        "lost.yaml",
        b"openapi: 3.0.0\npaths: {/a: {get: {responses: {'200': {$ref: 'other.yaml#/b'}}}}}\n",
        "not in this document",
    ),
    ("deep.json", b'{"openapi": "3.1.0", "paths": ' + b'{"a":' * 3000 + b"1" + b"}" * 3001, "is n"),
]


@pytest.mark.parametrize(("name", "raw", "message"), JUNK, ids=[name for name, _, _ in JUNK])
def test_what_is_no_source_is_one_sentence(
    name: str, raw: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code 2, the file's name, what is wrong with it; and no trace of how the reader is made."""
    path = tmp_path / name
    path.write_bytes(raw)
    assert main([str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert name in said.err
    assert message in said.err
    assert len(said.err.splitlines()) == 1


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is a folder a page."""
    for path in (tmp_path / "none.txt", tmp_path):
        assert main([str(path)]) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_where_nothing_tells_request_and_answer_apart_that_is_said(tmp_path: Path) -> None:
    """A page in an unknown language and without samples is not guessed at."""
    path = tmp_path / "page.txt"
    path.write_text("GET /v1/things\n\nLekérdezés\n\nlimit\ninteger\n\nVálasz\n\nid\nstring\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"page\.txt:5: cannot tell what is sent .*labels\.yaml"):
        read_source(path)


HOSTILE: list[tuple[str, Callable[[str], str]]] = [
    ("deep-json", lambda text: text.replace('"queued"', "[" * 5000 + "]" * 5000)),
    ("open-quote", lambda text: text.replace("--request", "--data '{ --request")),
    ("no-blank-lines", lambda text: "\n".join(line for line in text.split("\n") if line)),
    ("escape-codes", lambda text: text.replace("veo3.1-4k", "veo\x1b[2J\u202ex")),
    ("cut-off", lambda text: text[: len(text) // 2]),
    ("cut-in-the-sample", lambda text: text[: text.index("--form") + 40]),
    ("twice", lambda text: f"{text}\n{text}"),
    ("long-line", lambda text: f"{text}\n{'x' * 2_000_000}\n{'a: ' * 200_000}\n"),
    ("many-names", lambda text: text + "\nname\nstring" * 3000),
    ("unclosed-html", lambda text: "<html><body><nav>" + text.replace("\n", "<div>") + "<pre><code>"),
    ("entities", lambda text: "<html><body>" + text.replace("\n", "<br>").replace("<s", "&lt;s") + "&#x0;&#xfffff;"),
]


@pytest.mark.parametrize(("name", "spoil"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_a_spoilt_page_ends_in_a_code_and_no_crash(
    name: str, spoil: Callable[[str], str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a file holds, it gives differences or a sentence; and nothing in it steers the terminal."""
    path = tmp_path / "page.txt"
    path.write_text(spoil(text), encoding="utf-8")
    assert main([str(path)]) in (0, 1, 2), name
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert not any(not char.isprintable() and char != "\n" for char in said.out + said.err)


def test_a_page_without_blank_lines_is_read_all_the_same(text: str, contract: Contract, tmp_path: Path) -> None:
    """Some ways of copying lose them; structure does not hang on them."""
    path = tmp_path / "page.txt"
    path.write_text("\n".join(line for line in text.split("\n") if line), encoding="utf-8")
    assert differences(path, contract) == set()


def test_an_explanation_ends_where_the_page_says_something_new(contract: Contract, tmp_path: Path) -> None:
    """It covers what the page said when it was written; and one that covers nothing any more is to be removed."""
    page = ReferencePage.of(contract, contract.operations[0])
    entry = next(entry for entry in contract.document.data["x-departures"] if entry["what"] == "type")
    name = entry["at"].rpartition("/")[2]
    page.field(name).type = "object"
    path = tmp_path / "page.txt"
    path.write_text(as_text(page, TONGUES["en"]), encoding="utf-8")
    said = compare([read_source(path)], contract)
    assert [(each.kind, each.element) for each in said.unexplained] == [("type", f"the request's `{name}`")]
    assert [each.pointer for each in said.idle] == [entry["at"]]
    assert not said.is_clean


def test_the_command_tells_people_and_programs(contract: Contract, tmp_path: Path) -> None:
    """From outside: codes, both sides with file and line, and what --apply would do."""
    page = ReferencePage.of(contract, contract.operations[0])
    next(change for change in CHANGES if change.name == "a_new_first_model").edit(page)
    path = tmp_path / "page.txt"
    path.write_text(as_text(page, TONGUES["ja"]), encoding="utf-8")

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-P", "-m", "scripts.source_page", str(path), *options)
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)

    ended = run()
    assert (ended.returncode, ended.stderr) == (1, "")
    model = next(each.name for each in page.request if each.options)
    assert f'+ the request\'s `{model}`: value "first" (page.txt:' in ended.stdout
    assert "--apply writes 1 of them into openapi.yaml" in ended.stdout
    told = json.loads(run("--json").stdout)
    (new,) = [each for each in told["differences"] if each["explained"] is None]
    assert (new["kind"], new["holder"], new["can_be_applied"]) == ("value", "source", True)
    assert new["source"]["value"] == "first"
    assert new["source"]["line"] > 1
    assert all(each["contract"]["pointer"].startswith("#/") for each in told["differences"] if each["explained"])
