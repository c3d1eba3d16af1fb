"""A contract may grow: whatever it gains, the client says it rightly on the wire and keeps its flat arguments."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import runpy
from base64 import b64encode
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from tests.client.parsing import ParsedPart, by_multipart
from tests.client.recorder import JOB, Recorded, RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN

GROWN_JOB = {**JOB, "cost": 0.5, "owner": {"name": "ada", "tier": 1}, "region": "eu"}
LOAN = {"id": 7, "book": {"isbn": "1", "parts": [{"isbn": "2"}]}, "reader": "ada", "days": 14, "state": "lent"}
NOTHING = ScriptedAnswer(204, b"", ())
SECRETS = {
    "token": "sk-bearer-0123456789",
    "header_key": "hk-0123456789",
    "query_key": "qk+0123456789",
    "cookie_key": "ck-0123456789",
    "username": "ada",
    "password": "open sesame:1",
}


@pytest.fixture
def videos(grown: ModuleType, recorder: RequestRecorder) -> Any:
    """A client of the grown contract."""
    with grown.VideosClient(token=TOKEN, base_url=recorder.url) as client:
        yield client


@pytest.fixture
def books(loans: ModuleType, recorder: RequestRecorder) -> Any:
    """A client of the loans of books."""
    with loans.LoansClient(token=TOKEN, base_url=recorder.url) as client:
        yield client


@pytest.fixture
def post(letters: ModuleType, recorder: RequestRecorder) -> Any:
    """A client of the letters."""
    with letters.LettersClient(username="ada", password="secret", base_url=recorder.url) as client:
        yield client


def secured_client(secured: ModuleType, recorder: RequestRecorder, *names: str) -> Any:
    held = {name: SECRETS[name] for name in names}
    return secured.VideosClient(**held, base_url=recorder.url)


def parts(sent: Recorded) -> list[ParsedPart]:
    return by_multipart(sent.headers, sent.body)


FIELDS: list[tuple[dict[str, Any], list[ParsedPart]]] = [
    ({"strength": "0.5"}, [ParsedPart("strength", None, None, b"0.5")]),
    ({"strength": None}, []),
    (
        {"style": {"name": "noir", "tint": "red"}},
        [ParsedPart("style", None, "application/json", b'{"name":"noir","tint":"red"}')],
    ),
    ({"quality": "low"}, [ParsedPart("quality", None, None, b"low")]),
    ({"quality": 3}, [ParsedPart("quality", None, None, b"3")]),
    (
        {"filters": ["sepia", "noir"]},
        [ParsedPart("filters", None, None, b"sepia"), ParsedPart("filters", None, None, b"noir")],
    ),
    ({"camera": "pan"}, [ParsedPart("camera", None, None, b"pan")]),
    ({"label": {"text": "a"}}, [ParsedPart("label", None, "application/json", b'{"text":"a"}')]),
    ({"crop": "top"}, [ParsedPart("crop", None, None, b"top")]),
    ({"tint": "blue"}, [ParsedPart("tint", None, None, b"blue")]),
    ({"loops": 2}, [ParsedPart("loops", None, None, b"2")]),
    ({"audio": ("a.mp3", b"x")}, [ParsedPart("audio", "a.mp3", "audio/mpeg", b"x")]),
]


@pytest.mark.parametrize(("given", "expected"), FIELDS, ids=lambda value: next(iter(value), None) if value else None)
def test_a_form_gains_a_field(
    videos: Any, recorder: RequestRecorder, given: dict[str, Any], expected: list[ParsedPart]
) -> None:
    """Nullable, merged, of several types, listed, required, in a merged form: each is one flat argument."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.create_video(model="sora-2", prompt="p", scale=5, **given)
    bare = [
        ParsedPart(name, None, None, text) for name, text in [("model", b"sora-2"), ("prompt", b"p"), ("scale", b"5")]
    ]
    assert parts(recorder.last) == [*bare, *expected]


def test_what_is_required_of_a_form_is_required_of_its_caller(grown: ModuleType) -> None:
    """Also a whole number with a bound, and what only one part of an `allOf` demands."""
    signature = inspect.signature(grown.VideosClient.create_video).parameters
    required = [name for name, each in signature.items() if each.default is inspect.Parameter.empty]
    assert required == ["self", "model", "prompt", "scale"]


def test_an_answer_gains_members(videos: Any, recorder: RequestRecorder, grown: ModuleType) -> None:
    """A number with a bound, an object, an enumeration, and what an `allOf` adds are read and typed."""
    recorder.answers.append(ScriptedAnswer.of({**GROWN_JOB, "cost": "1.5", "visibility": "hidden"}))
    job = videos.create_video(model="sora-2", prompt="p", scale=5)
    assert (job.cost, job.owner, job.region) == (1.5, grown.models.Owner(name="ada", tier=1), "eu")
    assert job.visibility == "hidden"
    assert job.stage == "waiting"


def test_a_list_with_parameters_of_each_style(videos: Any, recorder: RequestRecorder) -> None:
    """Percent-encoded; lists repeated, or joined by the delimiter of their style; objects spread out or deep."""
    recorder.answers.extend([ScriptedAnswer.of({"data": [GROWN_JOB], "next": "n"})] * 2)
    page = videos.list_videos(
        after="a b&c=ä/+",
        status=["queued", "failed"],
        fields=["id", "a,b"],
        tags=("x|y", "z"),
        where={"model": "m 1", "limit": 2},
        sort={"model": "up"},
        deleted=False,
        shape={"a": [1, None]},
    )
    assert recorder.last.method == "GET"
    assert recorder.last.path == (
        "/v1/videos?after=a%20b%26c%3D%C3%A4%2F%2B&status=queued&status=failed&fields=id,a%2Cb&tags=x%7Cy%7Cz"
        "&where%5Bmodel%5D=m%201&where%5Blimit%5D=2&model=up&deleted=false&shape=%7B%22a%22%3A%5B1%2Cnull%5D%7D"
    )
    assert (page.data[0].id, page.next) == ("video_abc123", "n")
    videos.list_videos(after="")
    assert recorder.last.path == "/v1/videos?after="


def test_headers_and_cookies_go_where_the_contract_says(videos: Any, recorder: RequestRecorder) -> None:
    """An enumerated header; the operation's own parameter replaces that of the path; lists are joined."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.get_video(video_id="a/b", x_region="eu", x_parts=[1, 2], session="a b;c")
    assert (recorder.last.method, recorder.last.path) == ("GET", "/v1/videos/a%2Fb")
    assert (recorder.last.headers["X-Region"], recorder.last.headers["X-Parts"]) == ("eu", "1,2")
    assert recorder.last.headers["Cookie"] == "session=a%20b%3Bc"
    with pytest.raises(ValueError, match="X-Region holds characters that a header cannot carry"):
        videos.get_video(video_id="a", x_region="eu\r\nX-Evil: 1")
    assert len(recorder.requests) == 1


def test_what_is_gone_and_what_is_bytes(videos: Any, recorder: RequestRecorder) -> None:
    """A DELETE without an answer's body, and an answer in a media type that is no JSON."""
    recorder.answers.extend([NOTHING, ScriptedAnswer(200, b"\x00mp4", (("Content-Type", "video/mp4"),))])
    assert videos.delete_video(video_id="v") is None
    assert (recorder.last.method, recorder.last.path) == ("DELETE", "/v1/videos/v")
    assert videos.download_video(video_id="v") == b"\x00mp4"
    assert recorder.last.path == "/v1/videos/v/content"


def test_a_second_form_has_a_path_parameter(videos: Any, recorder: RequestRecorder) -> None:
    """A parameter with the name of a field says in its name where it stands."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.remix_video(video_id="v", prompt="p", prompt_query=True, hints=["a"], mask=b"m")
    assert (recorder.last.method, recorder.last.path) == ("POST", "/v1/videos/v/remix?prompt=true")
    assert [part.name for part in parts(recorder.last)] == ["prompt", "mask", "hints"]


def test_a_json_operation(videos: Any, recorder: RequestRecorder) -> None:
    """Null is sent where it means something; a mixed enumeration takes each of its kinds."""
    recorder.answers.extend([ScriptedAnswer.of({"cost": 2})] * 2)
    assert videos.estimate_cost(model="sora-2").cost == 2
    assert json.loads(recorder.last.body) == {"model": "sora-2"}
    assert recorder.last.headers["Content-Type"] == "application/json"
    videos.estimate_cost(model="sora-2", budget=None, choice=2)
    assert json.loads(recorder.last.body) == {"model": "sora-2", "budget": None, "choice": 2}


def test_refusals_by_status_and_by_range(videos: Any, recorder: RequestRecorder, grown: ModuleType) -> None:
    """An exact status has a class of its own; what only a range covers is read all the same."""
    refusal = {"error": {"message": "no", "code": "x"}}
    recorder.answers.extend([ScriptedAnswer.of(refusal, 404), ScriptedAnswer.of(refusal, 418)])
    with pytest.raises(grown.errors.NotFoundError, match="404 x: no"):
        videos.get_video(video_id="v", x_region="eu")
    get_video = importlib.import_module("grown_videos.api.videos.get_video")
    answer = get_video.sync_detailed(client=videos, video_id="v", x_region="eu")
    assert answer.status_code == 418
    assert isinstance(answer.parsed, grown.models.ErrorAnswer)


def test_webhooks_are_listed_and_call_nothing(grown: ModuleType) -> None:
    """They are for servers to send; a reader of the README learns that there are any."""
    readme = (Path(str(grown.__file__)).parents[1] / "README.md").read_text(encoding="utf-8")
    assert "- `videoEnded`: A job has ended." in readme
    assert not hasattr(grown.VideosClient, "video_ended")


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
    assert not any(text in str(caught.value) for text in given.values() if len(text) > 1)


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
    for secret in (*SECRETS.values(), "qk%2B0123456789"):
        assert secret == "ada" or secret not in shown


def test_a_service_that_is_not_ours(books: Any, recorder: RequestRecorder, loans: ModuleType) -> None:
    """Create, list with paging, get, patch, put, delete: each call on the wire as that contract says."""
    recorder.answers.extend([ScriptedAnswer.of(LOAN, 201), ScriptedAnswer.of({"items": [LOAN], "next": None})])
    made = books.create_loan(book={"isbn": "1", "parts": [loans.models.Book(isbn="2")]}, reader="ada", days=14)
    assert (recorder.last.method, recorder.last.path) == ("POST", "/loans")
    assert json.loads(recorder.last.body) == {key: LOAN[key] for key in ("book", "reader", "days")}
    assert recorder.last.headers["X-Key"] == TOKEN
    assert (made.id, made.book.parts[0].isbn, made.state) == (7, "2", "lent")
    page = books.list_loans(reader="ada", page=2)
    assert recorder.last.path == "/loans?reader=ada&page=2"
    assert (page.items[0].days, page.next) == (14, None)

    recorder.answers.extend([ScriptedAnswer.of(LOAN)] * 3)
    assert books.get_loan(id=7) == made
    books.change_loan(id_path=7, id="x", due=None, notes=[{"text": "t"}, loans.models.StarNote(stars=5)])
    assert (recorder.last.method, recorder.last.path) == ("PATCH", "/loans/7")
    assert recorder.last.headers["Content-Type"] == "application/merge-patch+json"
    assert json.loads(recorder.last.body) == {"id": "x", "due": None, "notes": [{"text": "t"}, {"stars": 5}]}
    books.replace_loan(id_path=7, if_match=3, id=7, book={"isbn": "1"}, reader="ada", days=7, state="back")
    assert (recorder.last.method, recorder.last.headers["If-Match"]) == ("PUT", "3")

    recorder.answers.extend([NOTHING, ScriptedAnswer(202, b"", ()), ScriptedAnswer(202, b"", ())])
    assert books.end_loan(id=7) is None
    books.remind(id=7, body=["a", "b"])
    assert json.loads(recorder.last.body) == ["a", "b"]
    books.remind(id=7)
    assert recorder.last.body == b""


def test_of_several_kinds_of_objects_the_right_one_is_read(
    books: Any, recorder: RequestRecorder, loans: ModuleType
) -> None:
    """By what each kind requires; what fits none is read as the first, and keeps all that was sent."""
    recorder.answers.append(ScriptedAnswer.of([{"stars": 5}, {"text": "t"}, {"new": 1}]))
    stars, text, unknown = books.list_notes(id=1)
    assert (stars, text) == (loans.models.StarNote(stars=5), loans.models.TextNote(text="t"))
    assert unknown.raw == {"new": 1}


def test_conflicts_and_absences_are_errors_of_their_own(
    books: Any, recorder: RequestRecorder, loans: ModuleType
) -> None:
    """By the names that the contract gives them, with its words for the reason."""
    recorder.answers.extend(
        [
            ScriptedAnswer.of({"title": "lent already", "code": "E9"}, 409),
            ScriptedAnswer.of({"title": "no such loan"}, 404),
        ]
    )
    with pytest.raises(loans.errors.OnLoanError, match="409 E9: lent already"):
        books.create_loan(book={"isbn": "1"}, reader="ada", days=14)
    with pytest.raises(loans.errors.NotFoundError, match="404: no such loan"):
        books.get_loan(id=8)
    assert issubclass(loans.errors.OnLoanError, loans.errors.ClientError)


def test_an_urlencoded_form(post: Any, recorder: RequestRecorder) -> None:
    """Lists are repeated, or joined where the contract says so; an object is JSON."""
    recorder.answers.append(ScriptedAnswer(200, b"sent", (("Content-Type", "text/plain"),)))
    sent = post.send_letter(
        to="Ada & Co", pages=2, copies=["a", "b"], tags=["x", "y,z"], urgent=True, stamp={"value": 0.5}
    )
    assert sent == "sent"
    assert recorder.last.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert recorder.last.headers["Authorization"] == "Basic " + b64encode(b"ada:secret").decode()
    assert recorder.last.body.endswith(b"&tags=x,y%2Cz&urgent=true&stamp=%7B%22value%22%3A0.5%7D")
    assert parse_qsl(recorder.last.body.decode(), strict_parsing=True)[:4] == [
        ("to", "Ada & Co"),
        ("pages", "2"),
        ("copies", "a"),
        ("copies", "b"),
    ]


def test_fields_may_be_called_what_they_like(post: Any, recorder: RequestRecorder) -> None:
    """Also as the variables and the functions that the client itself works with."""
    recorder.answers.append(ScriptedAnswer(200, b"sent", (("Content-Type", "text/plain"),)))
    post.send_letter(to="a", pages=1, body="b", response=True, send_letter="c")
    assert recorder.last.body == b"to=a&pages=1&body=b&response=true&send_letter=c"


def test_bodies_of_bytes_and_of_text(post: Any, recorder: RequestRecorder, tmp_path: Path) -> None:
    """Bytes, or a path to a file of them, under the contract's media type; a list in a path is joined."""
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"\x89PNG")
    recorder.answers.extend([NOTHING] * 3)
    post.put_scan(name="a", body=scan)
    assert (recorder.last.body, recorder.last.headers["Content-Type"]) == (b"\x89PNG", "application/octet-stream")
    post.put_scan(name="a", body=b"\x00")
    assert recorder.last.body == b"\x00"
    post.put_text(name=["a b", "c"], body="é")
    assert (recorder.last.method, recorder.last.path) == ("PUT", "/letters/a%20b,c/text")
    assert recorder.last.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert recorder.last.body == "é".encode()


def test_a_client_that_always_needs_a_login_says_so_at_once(letters: ModuleType) -> None:
    """As it does with a token: before the first call."""
    with pytest.raises(letters.errors.ConfigurationError, match="AIID_VIDEOS_USERNAME and AIID_VIDEOS_PASSWORD"):
        letters.LettersClient()


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


@pytest.mark.parametrize("name", ["grown", "secured", "loans", "letters", "smallest"])
def test_the_samples_of_every_readme_run(
    name: str,
    request: pytest.FixtureRequest,
    recorder: RequestRecorder,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As they are written, with nothing but the address and the credentials from outside."""
    module: ModuleType = request.getfixturevalue(name)
    readme = (Path(str(module.__file__)).parents[1] / "README.md").read_text(encoding="utf-8")
    samples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    answers = {"loans": ScriptedAnswer.of(LOAN, 201), "smallest": ScriptedAnswer.of("made", 201)}
    recorder.answers.extend([answers.get(name, ScriptedAnswer.of(GROWN_JOB))] * 2)
    monkeypatch.chdir(tmp_path)
    for file in ("image", "files"):
        (tmp_path / f"{file}.png").write_bytes(b"\x89PNG")
    monkeypatch.setenv("AIID_VIDEOS_TOKEN", TOKEN)
    monkeypatch.setenv("AIID_VIDEOS_USERNAME", "ada")
    monkeypatch.setenv("AIID_VIDEOS_PASSWORD", "secret")
    run = "\n\nimport asyncio\n\nasyncio.run(main())\n"
    for index, sample in enumerate(samples):
        # The sample names a server that is none, and the package by its own name.
        text = re.sub(r'base_url="[^"]*"', f"base_url={recorder.url!r}", sample).replace("aiid_videos", module.__name__)
        text = text.replace("Client()", f"Client(base_url={recorder.url!r})")
        text = text.replace("Client(timeout", f"Client(base_url={recorder.url!r}, timeout")
        script = tmp_path / f"sample{index}.py"
        script.write_text(text + (run if "async def main" in text else ""), encoding="utf-8")
        runpy.run_path(str(script), run_name="__main__")
    assert len(recorder.requests) == len(samples) == 2
