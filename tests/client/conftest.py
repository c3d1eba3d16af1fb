"""What the tests of the client share."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from aiid_videos import VideosClient
from tests.client import contracts, growth
from tests.client.generation import generate
from tests.client.recorder import RequestRecorder
from tests.client.scripted import Clock
from tests.client.settings import TOKEN


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
def elsewhere() -> Iterator[RequestRecorder]:
    """A recording server of somebody else."""
    with RequestRecorder() as other:
        yield other


@pytest.fixture
def client(recorder: RequestRecorder) -> Iterator[VideosClient]:
    """A client of the recording server."""
    with VideosClient(token=TOKEN, base_url=recorder.url, timeout=10) as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the client sees."""
    return Clock(monkeypatch)


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract with each kind of thing that a contract can hold."""
    return generate(contracts.with_everything(), tmp_path_factory.mktemp("everything"), "all_videos")


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract of quite another kind."""
    return generate(contracts.smallest(), tmp_path_factory.mktemp("smallest"), "smallest_videos")


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of the project's contract after it has grown in many ways."""
    contract = growth.grown(growth.FIELDS, growth.WHOLES, growth.OPERATIONS)
    return generate(contract, tmp_path_factory.mktemp("grown"), "grown_videos")


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a contract with each way in which callers can say who they are."""
    return generate(growth.grown(growth.SECURITY), tmp_path_factory.mktemp("secured"), "secured_videos")


@pytest.fixture(scope="session")
def loans(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a service of quite another kind, which speaks JSON."""
    return generate(growth.other("loans"), tmp_path_factory.mktemp("loans"), "loans_of_books")


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client of a service with urlencoded forms, bytes, and users with passwords."""
    return generate(growth.other("letters"), tmp_path_factory.mktemp("letters"), "letters_sent")
