"""A download may be redirected, and the token goes to nobody else."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from aiid_videos import VideosClient, errors
from tests.client.recorder import RequestRecorder, ScriptedAnswer
from tests.client.scripted import client_of
from tests.client.settings import TOKEN
from tests.client.videos import PROMISED, VIDEO, content, files_in


def redirected(to: str, status: int = 302) -> ScriptedAnswer:
    return ScriptedAnswer(status, b"", (("Location", to),))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_goes_to_no_other_server(
    recorder: RequestRecorder, elsewhere: RequestRecorder, target: Path, status: int
) -> None:
    """Nor cookies, nor whatever the caller's own httpx client adds; and not back to the first one by a detour."""
    recorder.answers.extend(
        [redirected("/files/1", status), redirected(f"{elsewhere.url}/cat.mp4?sig=s", status), content()]
    )
    elsewhere.answers.append(redirected(f"{recorder.url}/more", status))
    with httpx.Client(headers={"X-Mine": "secret"}, cookies={"session": "secret"}, auth=("ada", "secret")) as mine:
        client = VideosClient(token=TOKEN, base_url=recorder.url, http_client=mine)
        assert client.download_video_content("a", target).size == len(VIDEO)
    first, second, last = recorder.requests
    (other,) = elsewhere.requests
    assert [each.headers["Authorization"] for each in (first, second, other, last)] == [f"Bearer {TOKEN}"] * 2 + [
        None
    ] * 2
    assert [each.headers["X-Mine"] for each in (first, second, other, last)] == ["secret"] * 2 + [None] * 2
    assert (second.path, other.path, other.method) == ("/files/1", "/cat.mp4?sig=s", "GET")
    assert "secret" not in str(other.headers) + str(last.headers)
    assert other.headers["Accept"].startswith(PROMISED)


def test_other_credentials_stay_at_home_too(
    letters: ModuleType, recorder: RequestRecorder, elsewhere: RequestRecorder, target: Path
) -> None:
    """A user with a password, of another service; also where the new address has the same name as the old one."""
    recorder.answers.append(redirected(f"{elsewhere.url.replace('//', '//user:pass@')}/scan"))
    elsewhere.answers.append(content(b"\x89PNG", Content_Type="image/png"))
    with letters.LettersClient(username="ada", password="secret", base_url=recorder.url) as post:
        assert post.get_scan("a", target).size == 4
    assert recorder.last.headers["Authorization"].startswith("Basic ")
    assert elsewhere.last.headers["Authorization"] is None


def test_a_redirection_that_leads_nowhere_ends(client: VideosClient, recorder: RequestRecorder, target: Path) -> None:
    """After a few, with an error that says what is not followed, and no more of the address than is harmless."""
    recorder.answers.extend([redirected("/again?sig=s")] * 9)
    with pytest.raises(errors.StatusError, match="302: a redirection to another address, which is not followed"):
        client.download_video_content("a", target)
    assert (len(recorder.requests), files_in(target.parent)) == (6, {})


def test_no_redirection_leaves_a_safe_connection(target: Path) -> None:
    """Whoever is on the way could put another video there."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        return httpx.Response(302, headers={"Location": "http://cdn.example/cat.mp4?sig=s"})

    with pytest.raises(
        errors.StatusError, match=r"a redirection to http://cdn\.example, which is not followed"
    ) as caught:
        client_of(answer).download_video_content("a", target)
    assert "sig=" not in str(caught.value)


def test_a_refusal_from_elsewhere_does_not_tell_the_address(
    client: VideosClient, recorder: RequestRecorder, elsewhere: RequestRecorder, target: Path, caplog: Any
) -> None:
    """Whoever has it has the video."""
    caplog.set_level("DEBUG", logger="aiid_videos")
    for answer in (content(b"<Error>expired</Error>", 403), ScriptedAnswer(hang_up=True)):
        recorder.answers.append(redirected(f"{elsewhere.url}/cat.mp4?sig=s"))
        elsewhere.answers.append(answer)
        with pytest.raises(errors.VideosError, match=f"{elsewhere.url}/cat.mp4") as caught:
            client.download_video_content("a", target, max_retries=0)
        assert "sig=" not in f"{caught.value}{vars(caught.value)}{caplog.text}"


def test_a_refusal_that_repeats_the_token_is_told_without_it(
    client: VideosClient, recorder: RequestRecorder, target: Path
) -> None:
    """Some servers do."""
    recorder.answers.append(content(b'{"message": "no video for ' + TOKEN.encode() + b'"}', 403))
    with pytest.raises(errors.ForbiddenError, match=r"no video for \*\*\*") as caught:
        client.download_video_content("a", target)
    assert TOKEN not in f"{caught.value!r}{vars(caught.value)}"
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert TOKEN not in "".join(line for line in shown.format() if "test_downloads.py" not in line)
