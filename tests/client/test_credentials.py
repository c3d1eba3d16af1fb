"""A client holds credentials of each kind that its contract names, and sends each operation its own."""

from __future__ import annotations

from base64 import b64encode
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.client.recorder import NOTHING, RequestRecorder, ScriptedAnswer

SECRETS = {
    "token": "sk-bearer-0123456789",
    "header_key": "hk-0123456789",
    "query_key": "qk+0123456789",
    "cookie_key": "ck-0123456789",
    "username": "ada",
    "password": "open sesame:1",
}


def secured_client(secured: ModuleType, recorder: RequestRecorder, *names: str) -> Any:
    held = {name: SECRETS[name] for name in names}
    return secured.VideosClient(**held, base_url=recorder.url)


LOGIN = "Basic " + b64encode(b"ada:open sesame:1").decode()
SIGNED: list[tuple[str, list[str], dict[str, str], str]] = [
    ("by_header", ["header_key"], {"X-Api-Key": SECRETS["header_key"]}, "/header"),
    ("by_query", ["query_key"], {}, "/query?q=a%2Cb,c&api_key=qk%2B0123456789"),
    ("by_cookie", ["cookie_key"], {"Cookie": f"session=s; key={SECRETS['cookie_key']}"}, "/cookie"),
    (
        "by_login",
        ["username", "password"],
        {"Authorization": LOGIN},
        "/basic",
    ),
    ("by_nothing", [], {}, "/open"),
    ("by_either", ["query_key"], {}, "/either?api_key=qk%2B0123456789"),
    (
        "by_both",
        ["token", "header_key"],
        {"Authorization": f"Bearer {SECRETS['token']}", "X-Api-Key": SECRETS["header_key"]},
        "/both",
    ),
    ("by_choice", [], {}, "/maybe"),
    ("by_choice", ["header_key"], {"X-Api-Key": SECRETS["header_key"]}, "/maybe"),
    ("create_video", ["token"], {"Authorization": f"Bearer {SECRETS['token']}"}, "/v1/videos"),
]
ARGUMENTS: dict[str, dict[str, Any]] = {
    "by_query": {"q": ["a,b", "c"]},
    "by_cookie": {"session": "s"},
    "create_video": {"model": "sora-2", "prompt": "p"},
}


# Whoever holds all credentials sends those of the first alternative.
SIGNED += [
    (name, list(SECRETS), sent, path) for name, _, sent, path in SIGNED if name not in ("by_either", "by_choice")
]
SIGNED += [("by_either", list(SECRETS), {"Authorization": LOGIN}, "/either")]


@pytest.mark.parametrize(("method", "held", "headers", "path"), SIGNED)
def test_each_operation_is_sent_the_credentials_that_it_names(
    secured: ModuleType, recorder: RequestRecorder, method: str, held: list[str], headers: dict[str, str], path: str
) -> None:
    """And no other, however many the client holds; of alternatives the first that is at hand."""
    recorder.answers.append(ScriptedAnswer() if method == "create_video" else NOTHING)
    with secured_client(secured, recorder, *held) as client:
        getattr(client, method)(**ARGUMENTS.get(method, {}))
    sent = recorder.last
    told = {name: value for name, value in sent.headers.items() if name in ("Authorization", "X-Api-Key", "Cookie")}
    assert (sent.path, told) == (path, headers)


def test_credentials_that_are_missing_are_named(secured: ModuleType, recorder: RequestRecorder) -> None:
    """Before anything is sent; a client needs only those of the operations that it calls."""
    with secured_client(secured, recorder, "token") as client:
        with pytest.raises(secured.errors.ConfigurationError, match="pass query_key=…, or set AIID_VIDEOS_QUERY_KEY"):
            client.by_query()
        with pytest.raises(secured.errors.ConfigurationError, match="pass username=… and password=…"):
            client.by_login()
        with pytest.raises(secured.errors.ConfigurationError, match="header_key"):
            client.by_both()
    assert not recorder.requests


def test_credentials_come_from_the_environment(
    secured: ModuleType, recorder: RequestRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each under the name of its argument."""
    monkeypatch.setenv("AIID_VIDEOS_COOKIE_KEY", "from-outside")
    recorder.answers.append(NOTHING)
    with secured_client(secured, recorder) as client:
        client.by_cookie()
    assert recorder.last.headers["Cookie"] == "key=from-outside"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"cookie_key": "a;b"}, "cookie_key holds characters that a cookie cannot carry"),
        ({"header_key": "a\nb"}, "header_key holds characters that a header cannot carry"),
        ({"username": "a:b", "password": "c"}, "the user holds a colon"),
    ],
    ids=["cookie", "header", "basic"],
)
def test_credentials_that_cannot_be_sent_are_refused(
    secured: ModuleType, recorder: RequestRecorder, given: dict[str, str], why: str
) -> None:
    """When the client is made, and without repeating them."""
    with pytest.raises(secured.errors.ConfigurationError, match=why) as caught:
        secured.VideosClient(**given, base_url=recorder.url)
    assert [text for text in given.values() if len(text) > 1 and text in str(caught.value)] == []


def test_no_secret_is_told(secured: ModuleType, recorder: RequestRecorder, caplog: pytest.LogCaptureFixture) -> None:
    """Not in logs of ours, errors, answers that repeat it, or the client's own description."""
    repeated = {"message": " ".join([*SECRETS.values(), "qk%2B0123456789", LOGIN])}
    recorder.answers.extend([ScriptedAnswer.of(repeated, 401)] * 2)
    shown = ""
    with caplog.at_level("DEBUG", logger="aiid_videos"), secured_client(secured, recorder, *SECRETS) as client:
        for method in (client.by_query, client.by_login):
            with pytest.raises(secured.errors.AnswerError) as caught:
                method()
            shown += f"{caught.value} {caught.value.content!r} {caught.value.request} {vars(caught.value)}"
        shown += repr(client) + repr(vars(client))
    shown += "".join(record.getMessage() for record in caplog.records if record.name == "aiid_videos")
    secrets = [value for name, value in SECRETS.items() if name != "username"]
    assert [secret for secret in (*secrets, "qk%2B0123456789", LOGIN) if secret in shown] == []


def test_own_settings_of_httpx_are_kept(secured: ModuleType, recorder: RequestRecorder) -> None:
    """Its parameters come before those of the call, and its cookies with the key."""
    recorder.answers.extend([NOTHING] * 2)
    with httpx.Client(params={"v": "1"}, cookies={"mine": "2"}) as mine:
        held = {name: SECRETS[name] for name in ("query_key", "cookie_key")}
        client = secured.VideosClient(**held, base_url=recorder.url, http_client=mine)
        client.by_query(q=["a", "b"])
        assert recorder.last.path == "/query?v=1&q=a,b&api_key=qk%2B0123456789"
        client.by_cookie()
        assert recorder.last.headers["Cookie"] == f"mine=2; key={SECRETS['cookie_key']}"
