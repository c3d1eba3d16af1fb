"""What an editor shows of an argument is a sentence, whatever its name and however the contract describes it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import aiid_videos
from scripts.generator.filters import sentence
from tests.client import contracts
from tests.client.generation import generate

ODD = {
    "n": "How many.",
    "x": "of how many",
    "ab": "",
    "abc": ".",
    "e": 'Says "quoted" things!',
    "a_name_that_goes_on_for_longer_than_any_line_of_a_docstring_could_be_wide_if_somebody_had_to_read_it": "How long",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract whose fields have odd names and descriptions."""
    contract = contracts.with_get()
    fields = contract["components"]["schemas"]["CreateVideoRequest"]["properties"]
    for name, text in ODD.items():
        fields[name] = {"type": "string", "examples": ["a"]} | ({"description": text} if text else {})
    return generate(contract, tmp_path_factory.mktemp("odd"), "odd_videos")


def explained(method: Any) -> dict[str, str]:
    """What the docstring of a method says of each argument."""
    text = inspect.getdoc(method) or ""
    found = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    entries = re.findall(r"^    (\w+): ?(.*(?:\n {8}.*)*)", found[1] if found else "", re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in entries}


def methods(module: ModuleType) -> Iterator[Any]:
    for client in (module.VideosClient, module.AsyncVideosClient):
        yield from (each for name, each in inspect.getmembers(client, inspect.isfunction) if name[0] != "_")


@pytest.mark.parametrize("name", ["ours", "odd", "grown", "everything"])
def test_every_argument_is_explained_in_a_sentence(name: str, request: pytest.FixtureRequest) -> None:
    """All of them, and nothing else, in the methods of both clients."""
    module = aiid_videos if name == "ours" else request.getfixturevalue(name)
    for method in methods(module):
        told = explained(method)
        wanted = [each for each in inspect.signature(method).parameters if each != "self"]
        if "Args:" in (method.__doc__ or ""):
            assert list(told) == wanted, method
        wrong = {each: said for each, said in told.items() if not re.match(r"\W*[A-Z`].{3,}[.!?]\W*$", said)}
        assert wrong == {}, method


def test_odd_descriptions_are_mended(odd: ModuleType) -> None:
    """Where the contract says nothing, the docstring says where to look."""
    told = explained(odd.VideosClient.create_video)
    assert [told[name] for name in ODD][:4] == ["How many.", "Of how many.", "See the contract.", "See the contract."]
    assert told["e"] == 'Says "quoted" things!'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        (" . ", ""),
        ("one\n  two", "One two."),
        ("iPhone first", "iPhone first."),
        ("Ends with code (`a.b`)", "Ends with code (`a.b`)."),
        ('Asks "why?"', 'Asks "why?"'),
        ("a, b;", "A, b."),
    ],
)
def test_a_description_becomes_a_sentence(text: str, said: str) -> None:
    """It begins and ends as one, and what it says is left alone."""
    assert sentence(text) == said


def test_the_help_of_the_command_is_sentences_too(grown: ModuleType) -> None:
    """It is made from the same descriptions."""
    source = (Path(str(grown.__file__)).parent / "_cli.py").read_text(encoding="utf-8")
    helps = re.findall(r'help="((?:[^"\\]|\\.)*)"', source)
    assert helps
    assert [text for text in helps if text and text[-1] not in ".!?"] == []
