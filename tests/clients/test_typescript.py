"""The TypeScript client as others take it: packed, installed into an empty project, compiled, judged on the wire."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conformance.contract import load
from conformance.reference import ReferenceServer
from conformance.vectors import vectors
from scripts.generator.typescript import packing
from scripts.node import packages
from tests.clients.judged import judged
from tests.suite.runs import ROOT, process

HERE = Path(__file__).resolve().parent / "typescript"
CLIENT = ROOT / "generated" / "typescript"
TOKEN = "sk-typescript-4b9f1d7a"
STRICTEST = {
    "strict": True, "noUncheckedIndexedAccess": True, "exactOptionalPropertyTypes": True, "noImplicitReturns": True,
    "noUnusedLocals": True, "verbatimModuleSyntax": True, "noEmit": True, "types": [], "target": "ES2022",
    "lib": ["ES2024", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
}  # fmt: skip
RESOLUTIONS = {
    "nodenext": {"module": "nodenext", "moduleResolution": "nodenext"},
    "bundler": {"module": "esnext", "moduleResolution": "bundler"},
}


@pytest.fixture(scope="module")
def project() -> Path:
    """An empty project, into which the packed client is installed."""
    return packing.installed()


def compiled(project: Path, folder: Path, sources: dict[str, str], **options: object) -> str:
    """Return what the strictest compiler says of files in a project that has the client."""
    (folder / "node_modules").symlink_to(project / "node_modules")
    (folder / "package.json").write_text('{ "type": "module" }', encoding="utf-8")
    settings = {"compilerOptions": {**STRICTEST, **options}, "include": ["*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copy2(HERE / "node.d.ts", folder)
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8")
    return packing.compiled(folder)


def samples(page: str) -> dict[str, str]:
    """Return the samples of a page, each as a module."""
    found = re.findall(r"^```ts\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return {f"sample_{number}.ts": text for number, text in enumerate(found)}


def test_it_says_the_right_bytes_and_makes_the_right_of_answers() -> None:
    """Every vector passes, those that only should as well, through the adapter that the command prints."""
    contract = load()
    known = vectors(contract)
    made = judged(contract, known, packing.adapter(), at_once=4)
    assert made.trouble is None
    assert {trial.vector.id for trial in made.trials} >= {each.id for each in known}
    assert {
        trial.vector.id: trial.flaws or trial.not_run for trial in made.trials if trial.flaws or trial.not_run
    } == {}


def test_the_adapter_is_the_one_that_the_command_prints() -> None:
    """Nobody starts from something else than what is tested, and nobody has to read much."""
    printed = process("client", "--example", "typescript").stdout
    assert printed == packing.ADAPTER.read_text(encoding="utf-8")
    assert len(printed.splitlines()) < 60


def test_the_package_holds_what_is_needed_and_nothing_else(project: Path) -> None:
    """Compiled modules with their types, the sources that maps lead to, and a page; no packages of others."""
    package = project / "node_modules" / "aiid-videos"
    assert {path.name for path in package.iterdir()} == {"README.md", "dist", "package.json", "src"}
    assert not (package / "node_modules").exists()
    modules = {path.name.removesuffix(".ts") for path in (CLIENT / "src").iterdir()}
    assert {path.name.removesuffix(".js") for path in (package / "dist").glob("*.js")} == modules
    assert {path.name.removesuffix(".d.ts") for path in (package / "dist").glob("*.d.ts")} == modules
    assert "dependencies" not in json.loads((package / "package.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_an_application_compiles(project: Path, tmp_path: Path, resolution: str) -> None:
    """Types resolve however a project finds modules, and what the contract forbids is an error while one types."""
    application = {"application.ts": (HERE / "application.ts").read_text(encoding="utf-8")}
    assert compiled(project, tmp_path, application, **RESOLUTIONS[resolution]) == ""


def test_every_sample_compiles(project: Path, tmp_path: Path) -> None:
    """The page of the package, and the adapter, are written in the language that they show."""
    page = (CLIENT / "README.md").read_text(encoding="utf-8")
    found = {**samples(page), "adapter.ts": packing.ADAPTER.read_text(encoding="utf-8")}
    assert len(found) > 4
    assert compiled(project, tmp_path, found, **RESOLUTIONS["nodenext"]) == ""


def test_every_sample_runs(project: Path, tmp_path: Path) -> None:
    """As it stands on the page, in the environment of a server; only the job that one of them names is nobody's."""
    page = (CLIENT / "README.md").read_text(encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(project / "node_modules")
    (tmp_path / "package.json").write_text('{ "type": "module" }', encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with ReferenceServer(load()) as server:
        where = {"AIID_VIDEOS_BASE_URL": server.url, "AIID_VIDEOS_TOKEN": server.token}
        for name, text in samples(page).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            command = (packages.NODE, "--no-warnings", tmp_path / name)
            said = subprocess.run(
                command, check=False, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **where}
            )
            assert said.returncode == 0 or "NotFoundError: 404" in said.stderr, f"{text}\n{said.stderr}"


def test_it_behaves_as_an_application_expects(project: Path) -> None:
    """Signals, repetitions, waiting, values that cannot be sent, and what an error says: by Node's own test runner."""
    shutil.copy2(HERE / "behaviour.test.mjs", project)
    command = (packages.NODE, "--test", "--test-reporter=spec", project / "behaviour.test.mjs")
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd=project)
    assert said.returncode == 0, said.stdout


def test_no_secret_is_seen_anywhere(project: Path) -> None:
    """Neither a client nor an error shows the token, however it is looked at, and whoever repeated it."""
    shutil.copy2(HERE / "secrets.mjs", project)
    command = (packages.NODE, project / "secrets.mjs", TOKEN)
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=project)
    assert "VideosClient" in said.stdout
    assert said.stdout.count("StatusError") + said.stdout.count("UnauthorizedError") > 1
    assert said.stdout.count("ConfigurationError") > 1
    assert TOKEN not in said.stdout + said.stderr


def test_the_compiler_is_the_one_that_is_locked() -> None:
    """Who compiles the package from its folder does so with what it was tested with."""
    lock = json.loads((CLIENT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    ours = json.loads((packing.HOME / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    name = "node_modules/typescript"
    assert {key: lock[name][key] for key in ("version", "integrity")} == {
        key: ours[name][key] for key in ("version", "integrity")
    }
    wanted = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert wanted == {"typescript": ours[name]["version"]}
