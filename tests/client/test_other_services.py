"""Services of quite another kind: loans of books, which speak JSON, and letters with forms, bytes and a login."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.client.growth import LOAN
from tests.client.recorder import NOTHING, RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN


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
