"""The pages: what they name is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from conformance.reports.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    PurePosixPath(name)
    for name in subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    if (ROOT / name).is_file()
]
PAGES = [str(path) for path in FILES if path.suffix == ".md"]
FOLDERS = {path.parts[0] for path in FILES if len(path.parts) > 1}
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:[\w-]+/)*[\w-]+\.(?:lock|md|py|sh|toml|ya?ml)")
# A page may name a file or a folder from where its reader stands: `probes/values.yaml`, `envelopes.yaml`.
KNOWN = {
    "/".join(whole.parts[start:])
    for path in FILES
    for whole in (path, *path.parents)
    for start in range(len(whole.parts))
}


def of_repository(word: str) -> bool:
    return bool(FILE.fullmatch(word)) or word.startswith("./") or ("/" in word and word.partition("/")[0] in FOLDERS)


def named(text: str) -> set[str]:
    """The paths in a page's code, inline or in blocks; a command's options and values are none."""
    words = {word for code in CODE.findall(text) for word in re.split(r"[\s`'\"(){}:,;=]+", code)}
    return {word.removeprefix("./").rstrip("/.") for word in words if of_repository(word)}


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """A page that does not exist is not linked, whichever page speaks of it."""
    links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_that_a_page_names_exists(page: str) -> None:
    """A file that moved is found by who reads of it."""
    paths = named((ROOT / page).read_text(encoding="utf-8"))
    assert "openapi.yaml" in paths
    assert paths - KNOWN - {form.file_name for form in FORMATS} == set()


def test_what_looks_like_a_path_is_held_to_it() -> None:
    """Files, scripts and folders count, in a sentence as in a block; ids of requirements and commands do not."""
    text = "`nowhere.md` and `./scripts/nothing --check`\n```sh\n./scripts/lint  # pip install ./generated/none\n```\n"
    text += "`createVideo/auth/missing`, `st run`, `tests/gone`, `a.b`"
    assert named(text) == {"nowhere.md", "scripts/nothing", "scripts/lint", "generated/none", "tests/gone"}
