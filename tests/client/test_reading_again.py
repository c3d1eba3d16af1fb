"""What only reads is asked again where the server fails: a job is there, and so is its video."""

from __future__ import annotations

import io

import pytest

from aiid_videos import errors
from tests.client.recorder import JOB
from tests.client.scripted import Clock, client_of, handler

PASSING = [429, 500, 502, 503, 504]


@pytest.mark.parametrize("status", PASSING)
def test_a_look_is_taken_again(clock: Clock, status: int) -> None:
    """After a pause that grows, as often as retries are allowed, whatever the server says of when."""
    answer, seen = handler(status, status, JOB)
    assert client_of(answer).retrieve_video(JOB["id"]).id == JOB["id"]
    assert (len(seen), len(clock.pauses)) == (3, 2)
    clock.assert_paused((0.25, 0.5), (0.5, 1.0))
    answer, seen = handler(status)
    with pytest.raises(errors.StatusError) as caught:
        client_of(answer).retrieve_video(JOB["id"], max_retries=1)
    assert (caught.value.status_code, len(seen), caught.value.ambiguous) == (status, 2, False)


@pytest.mark.parametrize("status", PASSING)
def test_a_download_is_begun_again(clock: Clock, status: int) -> None:
    """What came with the failure is not taken for the video."""
    answer, seen = handler(status)
    with pytest.raises(errors.StatusError):
        client_of(answer).download_video_content("a", file := io.BytesIO())
    assert (len(seen), file.getvalue(), len(clock.pauses)) == (3, b"", 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_what_will_not_pass_is_final(clock: Clock, status: int) -> None:
    """To ask again would change nothing."""
    answer, seen = handler(status)
    with pytest.raises(errors.StatusError):
        client_of(answer).retrieve_video("a")
    assert (len(seen), clock.pauses) == (1, [])
