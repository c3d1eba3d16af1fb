"""What the tests of the client share."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aiid_videos import VideosClient
from tests.client import contracts
from tests.client.recorder import RequestRecorder
from tests.client.settings import TOKEN

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test must see, or send, a key of whoever runs it."""
    for name in ("AIID_VIDEOS_TOKEN", "AIID_VIDEOS_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def _recorder() -> Iterator[RequestRecorder]:
    with RequestRecorder() as recorder:
        yield recorder


@pytest.fixture
def recorder(_recorder: RequestRecorder) -> RequestRecorder:
    """A recording server with nothing recorded."""
    _recorder.requests.clear()
    _recorder.answers.clear()
    return _recorder


@pytest.fixture
def client(recorder: RequestRecorder) -> Iterator[VideosClient]:
    """A client of the recording server."""
    with VideosClient(token=TOKEN, base_url=recorder.url, timeout=10) as made:
        yield made


def generate(contract: dict[str, Any], folder: Path, name: str) -> ModuleType:
    """Generate a client from a contract, and import it under a name of its own."""
    path = contracts.save(contract, folder / "contract.yaml")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "scripts.generator",
        "--contract",
        path,
        "--output",
        folder,
    ]
    subprocess.run(command, check=True, cwd=ROOT)
    package = folder / "python" / "aiid_videos"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def polling(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract that can read a job."""
    return generate(contracts.with_get(), tmp_path_factory.mktemp("polling"), "polling_videos")


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract with each kind of thing that a contract can hold."""
    return generate(contracts.with_everything(), tmp_path_factory.mktemp("everything"), "all_videos")


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract of quite another kind."""
    return generate(contracts.smallest(), tmp_path_factory.mktemp("smallest"), "smallest_videos")
