"""Bodies that are broken, too large or wrapped in unusual ways: refused or read, never a crash."""

from __future__ import annotations

import random
import socket
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from conformance.bodies.multipart import Framing, encode
from conformance.bodies.part import Part
from conformance.bodies.troubles import Limits
from conformance.contract import Contract
from tests.reference.caller import PNG, TOKEN, Caller, Serve, advice, create_of, minimal, problems

ENVELOPE = Framing()
WRAPPINGS = {
    "quoted boundary": Framing(quoted=True),
    "long boundary": Framing(boundary="b" * 70),
    "punctuated boundary": Framing(boundary="a'()+_,-./:=?z", quoted=True),
    "preamble": Framing(preamble=b"This is a multipart message."),
    "epilogue": Framing(epilogue=b"That was it.\r\n"),
    "lower-case headers": Framing(header_case="lower"),
    "upper-case headers": Framing(header_case="upper"),
    "reverse order": Framing(reverse=True),
    "capital media type": Framing(media_type="Multipart/Form-Data"),
    "more parameters": Framing(parameters="; charset=utf-8"),
    "extended filenames": Framing(filename_style="extended"),
}


def _refused(answer: httpx.Response, contract: Contract, *statuses: int) -> None:
    assert answer.status_code in statuses, answer.text
    assert (problems(contract, answer), advice(contract, answer)) == ([], [])


@pytest.mark.parametrize("framing", WRAPPINGS.values(), ids=WRAPPINGS)
def test_a_form_is_read_in_any_wrapping(caller: Caller, framing: Framing) -> None:
    """How a form is wrapped changes nothing."""
    file = next(f.name for f in create_of(caller.contract).fields if f.schema.is_file)
    parts = (*minimal(caller.contract), Part(file, PNG, "bild-ü.png", "image/png"))
    assert caller.send(parts, framing).status_code == 200


def test_a_cut_form_is_refused_wherever_it_is_cut(caller: Caller, contract: Contract) -> None:
    """No beginning of a form is taken for the whole."""
    body = encode(minimal(contract), ENVELOPE)
    whole = len(body) - len(b"\r\n")  # the last line break is not part of the form
    for length in range(0, whole, 3):
        _refused(caller.send_bytes(body[:length], ENVELOPE.content_type), contract, 400)
    assert caller.send_bytes(body[:whole], ENVELOPE.content_type).status_code == 200


def test_parts_need_names(caller: Caller, contract: Contract) -> None:
    """A part without a name, or without saying what it is, makes a form unreadable."""
    for part in (Part(None, b"x"), Part("", b"x"), Part(None, b"x", "file.bin")):
        _refused(caller.create(part), contract, 400)
    bare = encode(minimal(contract), ENVELOPE).replace(b"Content-Disposition", b"X-Disposition", 1)
    _refused(caller.send_bytes(bare, ENVELOPE.content_type), contract, 400)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
        'multipart/form-data; boundary="',
    ],
)
def test_the_boundary_must_be_right(caller: Caller, contract: Contract, content_type: str) -> None:
    """A missing or other boundary is not guessed."""
    _refused(caller.send_bytes(encode(minimal(contract), ENVELOPE), content_type), contract, 400)


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/mixed; boundary=x", "nonsense", ""]
)
def test_other_media_types_are_refused(caller: Caller, contract: Contract, content_type: str) -> None:
    """Only the documented media type is read, and the refusal names it."""
    answer = caller.send_bytes(b"{}", content_type)
    _refused(answer, contract, 415)
    media = create_of(contract).media
    assert media is not None
    assert media.name in answer.text


def test_lines_that_end_without_a_carriage_return(caller: Caller, contract: Contract) -> None:
    """Bare line feeds are no multipart."""
    _refused(caller.send(minimal(contract), Framing(newline=b"\n")), contract, 400)


def test_an_empty_body_is_refused(caller: Caller, contract: Contract) -> None:
    """With and without a media type."""
    _refused(caller.send_bytes(b"", ENVELOPE.content_type), contract, 400)
    _refused(caller.http.post(caller.path), contract, 400)


def test_thousands_of_parts_are_refused(caller: Caller, contract: Contract) -> None:
    """A form of very many parts is too large."""
    _refused(caller.create(*(Part(f"p{index}", b"x") for index in range(5000))), contract, 413)


def test_huge_part_headers_are_refused(caller: Caller, contract: Contract) -> None:
    """A huge header, or very many, are too large."""
    _refused(caller.create(Part("x" * 100_000, b"x")), contract, 413)
    _refused(caller.create(Part("x", b"x", headers=tuple((f"X-{index}", "y") for index in range(100)))), contract, 413)


def test_large_bodies_are_refused(serve: Serve, contract: Contract) -> None:
    """A body beyond the limit is refused however it is sent, and the connection's answer can be read."""
    caller = serve(limits=Limits(body_size=100_000))
    assert caller.create(Part("x", bytes(90_000))).status_code == 200
    for size in (100_001, 3_000_000):
        _refused(caller.create(Part("x", bytes(size))), contract, 413)


def test_chunked_bodies_are_read(caller: Caller, contract: Contract) -> None:
    """A body of undeclared length is as good as any."""
    body = encode(minimal(contract), ENVELOPE)

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    answer = caller.http.post(caller.path, content=chunks(), headers={"Content-Type": ENVELOPE.content_type})
    assert answer.status_code == 200


def test_a_body_that_never_comes_is_not_waited_for(caller: Caller) -> None:
    """A client that stops sending is told so."""
    caller.server.world.idle_seconds = 0.05
    head = (
        f"POST {caller.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: {ENVELOPE.content_type}\r\nContent-Length: 100\r\n\r\n--"
    )
    answer = caller.raw(head.encode())
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"the body did not arrive in time"' in answer.partition(b"\r\n\r\n")[2]


def test_a_client_that_hangs_up_costs_nothing(caller: Caller) -> None:
    """Half a request, and then nothing, is no defect and no job."""
    address = urlsplit(caller.server.url)
    head = f"POST {caller.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\nab"
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        connection.sendall(head.encode())
    assert caller.create().status_code == 200
    assert caller.server.creates == 1


def test_random_damage_is_never_a_crash(caller: Caller, contract: Contract) -> None:
    """A thousand damaged forms, the same on every run, are each taken, or refused for the form or for a value."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    whole = bytearray(encode((*minimal(contract), Part("x", PNG, "é.png", "image/png")), ENVELOPE))
    statuses: Counter[int] = Counter()
    for _ in range(1000):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(body))
            body[place : place + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 3)))
        answer = caller.send_bytes(bytes(body), ENVELOPE.content_type)
        assert answer.status_code in (200, 400, 422), body
        assert problems(contract, answer) == []
        statuses[answer.status_code] += 1
    assert statuses.keys() == {200, 400, 422}
    assert caller.server.creates == statuses[200]
