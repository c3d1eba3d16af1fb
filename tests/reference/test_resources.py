"""What operations do to the things that they are about: make, show, list, change, remove and fetch them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import httpx
import pytest

from conformance.contract import Contract
from tests.reference.caller import Connect
from tests.reference.contracts import contract_named

LOANS, STUDIO = contract_named("loans"), contract_named("studio")
CARD = {"X-Library-Card": "sk-of-a-test"}


def _problems(contract: Contract, operation_id: str, answer: httpx.Response) -> list[str]:
    """Return what is wrong with an answer by the schema that is documented for it."""
    documented = contract.operation(operation_id).response(answer.status_code)
    assert documented is not None, (operation_id, answer.status_code)
    if not documented.media:
        return [] if not answer.content and "content-type" not in answer.headers else ["has a body"]
    assert answer.headers["content-type"] in documented.media_types
    return [] if documented.schema is None else [error.message for error in documented.schema.errors(answer.json())]


@pytest.fixture
def library(connect: Connect) -> httpx.Client:
    return connect(LOANS, headers=CARD)


@pytest.fixture
def studio(connect: Connect) -> httpx.Client:
    return connect(STUDIO, headers={"Authorization": "Bearer sk-of-a-test"})


def _lend(library: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = library.post("/loans", json={"book": "Emma", "weeks": 2, **more})
    assert answer.status_code == 201
    assert _problems(LOANS, "lend", answer) == []
    made: dict[str, Any] = answer.json()
    return made


def _prolong(library: httpx.Client, path: str) -> httpx.Response:
    return library.patch(path, content='{"weeks": 4}', headers={"Content-Type": "application/merge-patch+json"})


def _film(studio: httpx.Client, **fields: str) -> dict[str, Any]:
    answer = studio.post("/films", files={name: (None, value) for name, value in {"plot": "a heist", **fields}.items()})
    assert answer.status_code == 200, answer.text
    assert _problems(STUDIO, "makeFilm", answer) == []
    made: dict[str, Any] = answer.json()
    return made


def test_what_was_made_can_be_read(library: httpx.Client) -> None:
    """A read shows what the create said, id of the documented type, echoes and all."""
    made = _lend(library, note=None)
    assert (made["book"], made["weeks"], made["note"], made["returned"]) == ("Emma", 2, None, None)
    assert isinstance(made["id"], int)
    answer = library.get(f"/loans/{made['id']}")
    assert (answer.status_code, answer.json()) == (200, made)


def test_what_was_changed_stays_changed(library: httpx.Client) -> None:
    """A patch changes what it names, a put all of it, and later reads show both."""
    path = f"/loans/{_lend(library, note='hers')['id']}"
    patched = _prolong(library, path)
    assert patched.status_code == 200
    assert library.get(path).json() == patched.json()
    assert [patched.json()[name] for name in ("book", "weeks", "note")] == ["Emma", 4, "hers"]
    replaced = library.put(path, json={"book": "Persuasion", "weeks": 1})
    assert library.get(path).json() == replaced.json()
    assert [replaced.json().get(name) for name in ("book", "weeks", "note")] == ["Persuasion", 1, None]


def test_what_was_removed_is_gone(library: httpx.Client) -> None:
    """A delete answers without a body, and after it there is nothing to read, change, list or delete."""
    path = f"/loans/{_lend(library)['id']}"
    answer = library.delete(path)
    assert answer.status_code == 204
    assert _problems(LOANS, "giveBack", answer) == []
    for operation_id, gone in (
        ("showLoan", library.get(path)),
        ("giveBack", library.delete(path)),
        ("prolong", _prolong(library, path)),
    ):
        assert gone.status_code == 404
        assert _problems(LOANS, operation_id, gone) == []
    assert library.get("/loans", params={"limit": 50}).json()["loans"] == []


def test_a_list_shows_what_was_made(library: httpx.Client) -> None:
    """The newest come first, and no more than the page that was asked for."""
    made = [_lend(library) for _ in range(4)]
    answer = library.get("/loans", params={"limit": 3})
    assert _problems(LOANS, "listLoans", answer) == []
    assert answer.json()["loans"] == made[:0:-1]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "limit: is required"),
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=x", "limit: is not an integer"),
        ("limit=5&limit=6", "limit: occurs more than once"),
        ("limit=5&state=lost", "state"),
    ],
)
def test_a_query_is_judged(library: httpx.Client, query: str, said: str) -> None:
    """A missing or wrong parameter is refused, and named."""
    answer = library.get(f"/loans?{query}")
    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert _problems(LOANS, "listLoans", answer) == []


def test_names_that_no_operation_knows_are_ignored(library: httpx.Client) -> None:
    """In the query as in a form."""
    assert library.get("/loans?limit=5&stats=x").status_code == 200


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        ('{"book": "", "weeks": 2}', (422,)),
        ('{"book": "Emma", "weeks": 5}', (422,)),
        ('{"book": "Emma", "weeks": "2"}', (400, 422)),
        ('{"book": "Emma"}', (400, 422)),
        ('{"book": "Emma", "weeks": 2, "colour": 1}', (400, 422)),
        ('{"book": "Emma", "weeks": 2', (400,)),
        ("[]", (400,)),
        ("", (400,)),
    ],
)
def test_a_json_body_is_judged(library: httpx.Client, body: str, statuses: tuple[int, ...]) -> None:
    """What the contract forbids is refused in the documented shape, and nothing is made of it."""
    answer = library.post("/loans", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in statuses
    assert _problems(LOANS, "lend", answer) == []
    assert library.get("/loans?limit=5").json()["loans"] == []


def test_a_body_of_another_media_type_is_refused(library: httpx.Client) -> None:
    """A range such as 4XX documents that status too."""
    answer = library.post("/loans", content="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert _problems(LOANS, "lend", answer) == []


def test_callers_may_name_what_they_make(connect: Connect) -> None:
    """A put makes the thing that its path names, percent signs decoded, and a read finds it."""
    http = connect(LOANS)
    assert http.put("/rooms/north%20wing", json={"seats": 12}).json() == {"name": "north wing", "seats": 12}
    assert http.get("/rooms/north%20wing").json() == {"name": "north wing", "seats": 12}
    assert http.get("/%72ooms/n%6Frth%20wing").status_code == 200
    assert http.get("/rooms/south").status_code == 404


def test_a_body_may_be_sent_in_any_documented_media_type(connect: Connect) -> None:
    """Each is read by its own rules: a form's text is an integer, a JSON text is none."""
    http = connect(LOANS)
    assert http.put("/rooms/north", data={"seats": "12"}).json()["seats"] == 12
    assert http.put("/rooms/north", json={"seats": "12"}).status_code == 400


def test_a_body_that_need_not_be_there_may_be_missing(connect: Connect) -> None:
    """An optional body is judged only where there is one."""
    http = connect(LOANS)
    assert http.put("/rooms/north").status_code == 200
    assert http.put("/rooms/north", json={"seats": "many"}).status_code == 400


def test_a_film_can_be_fetched_when_it_is_done(studio: httpx.Client) -> None:
    """Bytes of the documented media type, and a documented refusal before the end."""
    film = _film(studio)
    path = f"/films/{film['id']}"
    early = studio.get(f"{path}/poster")
    assert early.status_code == 409
    assert _problems(STUDIO, "poster", early) == []
    statuses = [film["status"], *(studio.get(path).json()["status"] for _ in range(5))]
    assert [*dict.fromkeys(statuses)] == ["new", "shooting", "done"]
    poster = studio.get(f"{path}/poster")
    assert (poster.status_code, poster.headers["content-type"]) == (200, "image/png")
    assert poster.content.startswith(b"\x89PNG")


def test_a_failure_is_told_where_there_is_one(studio: httpx.Client) -> None:
    """A required object that may be null is null until a job failed."""
    answer = studio.post("/films", files={"plot": (None, "x")}, headers={"Prefer": "job=failed"})
    path = f"/films/{answer.json()['id']}"
    shown = [answer.json(), *(studio.get(path).json() for _ in range(5))]
    assert [film["failure"] is None for film in shown] == [film["status"] != "lost" for film in shown]
    assert shown[-1]["failure"]["message"]
    assert _problems(STUDIO, "showFilm", studio.get(path)) == []


def test_a_second_form_makes_a_thing_of_another(studio: httpx.Client) -> None:
    """A form below a thing names its parent, keeps what it does not say anew, and is counted by itself."""
    film = _film(studio, style="noir")
    answer = studio.post(f"/films/{film['id']}/sequel", files={"plot": (None, "revenge")})
    assert answer.status_code == 200
    assert (answer.json()["made_from"], answer.json()["plot"], answer.json()["style"]) == (
        film["id"],
        "revenge",
        "noir",
    )
    assert studio.get(f"/films/{film['id']}").json()["made_from"] is None
    assert [item["id"] for item in studio.get("/films").json()["data"]] == [answer.json()["id"], film["id"]]
    assert studio.post("/films/film_0/sequel", files={"plot": (None, "x")}).status_code == 404


def test_a_removal_may_answer_with_a_body(studio: httpx.Client) -> None:
    """It shows what was removed, as the contract has it."""
    film = _film(studio)
    answer = studio.delete(f"/films/{film['id']}")
    assert answer.json() == {"id": film["id"], "deleted": True}
    assert studio.get("/films").json()["data"] == []


def test_only_what_costs_money_is_counted_as_a_create(connect: Connect) -> None:
    """Accepted forms of billable operations count, whichever they are; everything made is counted by operation."""
    studio = connect(STUDIO, headers={"Authorization": "Bearer sk-of-a-test"})
    film = _film(studio)
    studio.post(f"/films/{film['id']}/sequel", files={"plot": (None, "x")})
    studio.post("/films", files={})
    studio.get("/films")
    assert connect.servers[-1].creates == 2
    assert connect.servers[-1].world.made == {"makeFilm": 1, "makeSequel": 1}
    library = connect(LOANS, headers=CARD)
    _lend(library)
    assert connect.servers[-1].creates == 0
    assert connect.servers[-1].world.made == {"lend": 1}


def test_times_are_written_as_the_contract_has_them(library: httpx.Client) -> None:
    """A time that is text is a date-time, and never earlier than the one before."""
    times = [_lend(library)["lent"] for _ in range(2)]
    assert all(earlier <= later for earlier, later in pairwise(times))
