"""A base URL may end with what every path begins with, as other clients want it; what that is, the contract says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from aiid_videos import VideosClient
from conformance.contract import Contract, load
from scripts.generator.base_paths import shared_path
from tests.client.jobs import ASKED, ID
from tests.client.recorder import RequestRecorder
from tests.client.settings import TOKEN


@pytest.mark.parametrize(
    ("paths", "servers", "shared"),
    [
        (["/v1/videos", "/v1/videos/{id}"], [], "/v1"),
        (["/api/v1/videos", "/api/v1/images"], ["https://api.example.com/"], "/api/v1"),
        (["/api/v1/videos", "/api/v2/videos"], [], "/api"),
        (["/v1/videos", "/v1/videos/{id}"], ["https://api.example.com/v1/"], ""),
        (["/videos", "/videos/{id}"], [], ""),
        (["/{tenant}/videos", "/{tenant}/images"], [], ""),
        (["/v1/videos", "/health"], [], ""),
    ],
)
def test_it_is_the_folder_that_all_paths_lie_in(paths: list[str], servers: list[str], shared: str) -> None:
    """Nothing that is a path itself, and nothing that a server of the contract has in its URL."""
    operations = [SimpleNamespace(path=path) for path in paths]
    assert shared_path(cast("Contract", SimpleNamespace(operations=operations, servers=servers))) == shared


@pytest.mark.parametrize("before", ["", "/gateway"])
@pytest.mark.parametrize("after", ["", "/", "//"])
def test_it_is_taken_once(recorder: RequestRecorder, before: str, after: str) -> None:
    """Whatever stands before it stays, and a slash behind it changes nothing."""
    for shared in ("", shared_path(load())):
        with VideosClient(token=TOKEN, base_url=recorder.url + before + shared + after) as client:
            client.retrieve_video(ID)
        assert recorder.last.path == before + ASKED.path.replace(ASKED.path[ASKED.path.index("{") :], ID)


def test_a_host_of_that_name_stays() -> None:
    """It is no path."""
    host = f"https:/{shared_path(load()) or '/v1'}"
    assert host in repr(VideosClient(token=TOKEN, base_url=host))
