"""The generated client of each foreign contract makes every call to the reference server of that contract."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import httpx
import pytest
from attrs import define, field, frozen

from conformance.contract import Contract, load
from conformance.reference import ReferenceServer
from tests.growth.running import client_classes, client_package, methods_of, regenerate

Way = Literal["blocking", "async"]
FOLDER = Path(__file__).resolve().parent / "contracts"
ISBN = "9780141439518"


@frozen
class Access:
    """What a server of a contract knows its caller by, and how the client is told."""

    held: str
    right: Mapping[str, str] = field(repr=False)
    wrong: Mapping[str, str] = field(repr=False)


TOKEN = Access("sk-growth-4b1d", {"token": "sk-growth-4b1d"}, {"token": "sk-growth-0000"})
ACCOUNT = Access(
    "clerk:tulip-7f2a", {"username": "clerk", "password": "tulip-7f2a"}, {"username": "clerk", "password": "rose-7f2a"}
)


@define
class CountedClient:
    """A client whose methods are counted by name, and awaited where they have to be."""

    client: Any
    wait: Callable[[Any], Any]
    called: set[str] = field(factory=set)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.client, name)

        def call(*named: Any, **given: Any) -> Any:
            self.called.add(name)
            return self.wait(method(*named, **given))

        return call


@frozen
class ForeignService:
    """A contract that is not the project's own, a server of it that runs, and its generated client."""

    contract: Contract
    url: str
    package: ModuleType
    access: Access

    @property
    def methods(self) -> set[str]:
        """The names that the contract's operations have in Python."""
        return methods_of(self.contract)

    @contextmanager
    def client(self, way: Way, given: Mapping[str, str] | None = None, **headers: str) -> Iterator[CountedClient]:
        """Open a client of the server."""
        made = httpx.AsyncClient(headers=headers) if way == "async" else httpx.Client(headers=headers)
        blocking, awaited = client_classes(self.package)
        client = (awaited if way == "async" else blocking)(
            base_url=self.url, http_client=made, timeout=10, **(self.access.right if given is None else given)
        )
        if isinstance(made, httpx.Client):
            with made:
                yield CountedClient(client, lambda answer: answer)
            return
        with asyncio.Runner() as runner:
            yield CountedClient(client, runner.run)
            runner.run(made.aclose())


@contextmanager
def serving(name: str, access: Access, folder: Path) -> Iterator[ForeignService]:
    path = FOLDER / f"{name}.yaml"
    contract = load(path)
    said = regenerate(path, folder)
    assert (said.code, said.stderr) == (0, "")
    with ExitStack() as stack:
        package = stack.enter_context(client_package(folder, f"foreign_{name.replace('-', '_')}"))
        server = stack.enter_context(ReferenceServer(contract, token=access.held))
        yield ForeignService(contract, server.url, package, access)
    assert server.defects == ()


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignService]:
    """The published video operations."""
    with serving("openai-videos", TOKEN, tmp_path_factory.mktemp("videos")) as service:
        yield service


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignService]:
    """The loans of a library."""
    with serving("library-loans", TOKEN, tmp_path_factory.mktemp("loans")) as service:
        yield service


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignService]:
    """The messages to telephones."""
    with serving("sms-basic", ACCOUNT, tmp_path_factory.mktemp("messages")) as service:
        yield service


both_ways = pytest.mark.parametrize("way", ["blocking", "async"])


@both_ways
def test_videos_are_made_remixed_listed_downloaded_and_deleted(videos: ForeignService, way: Way) -> None:
    """A video lives its life through the client, and is gone at its end."""
    models, errors = videos.package.models, videos.package.errors
    with videos.client(way) as client:
        made = client.create_video(
            model="sora-2",
            prompt="A cat on a piano.",
            seconds="8",
            size="1280x720",
            input_reference=("cat.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        )
        assert isinstance(made, models.VideoResource)
        assert (made.object, made.model, made.seconds, made.size) == ("video", "sora-2", "8", "1280x720")
        assert made.prompt == "A cat on a piano."
        read = client.get_video(video_id=made.id)
        assert isinstance(read, models.VideoResource)
        assert (read.id, read.model, read.seconds) == (made.id, "sora-2", "8")
        remix = client.create_video_remix(video_id=made.id, prompt="The cat wears a hat.")
        assert remix.id != made.id
        assert (remix.remixed_from_video_id, remix.prompt) == (made.id, "The cat wears a hat.")
        page = client.list_videos(limit=20, order="desc")
        assert isinstance(page, models.VideoListResource)
        assert {made.id, remix.id} <= {video.id for video in page.data}
        assert all(isinstance(video, models.VideoResource) for video in page.data)
        statuses = (client.get_video(video_id=made.id).status for _ in range(10))  # each look moves the job on
        assert "completed" in statuses
        client.retrieve_video_content(made.id, file := io.BytesIO(), variant="video")
        assert file.getvalue().endswith(f"The result of {made.id}.\n".encode())
        gone = client.delete_video(video_id=made.id)
        assert isinstance(gone, models.DeletedVideoResource)
        assert (gone.id, gone.object, gone.deleted) == (made.id, "video.deleted", True)
        with pytest.raises(errors.NotFoundError) as caught:
            client.get_video(video_id=made.id)
        assert caught.value.status_code == 404
        assert client.get_video(video_id=remix.id).id == remix.id
    assert client.called == videos.methods


@both_ways
def test_loans_are_made_listed_read_changed_and_deleted(loans: ForeignService, way: Way) -> None:
    """JSON goes both ways, null and numbers keep their types, and an answer without a body is None."""
    models, errors = loans.package.models, loans.package.errors
    with loans.client(way) as client:
        made = client.create_loan(isbn=ISBN, reader="Ada", days=21, notes=["worn"])
        assert isinstance(made, models.Loan)
        assert (made.isbn, made.reader, made.days) == (ISBN, "Ada", 21)
        page = client.list_loans(page=1, per_page=50)
        assert isinstance(page, models.LoanPage)
        assert made.id in {loan.id for loan in page.items}
        assert (page.total, page.next_page) == (0, 0)  # the smallest valid: the contract gives them no role
        assert client.get_loan(loan_id=made.id).id == made.id
        changed = client.change_loan(loan_id=made.id, days=28, state="returned")
        assert isinstance(changed, models.Loan)
        assert (changed.id, changed.days) == (made.id, 28)
        assert client.delete_loan(loan_id=made.id) is None
        with pytest.raises(errors.NotFoundError) as caught:
            client.get_loan(loan_id=made.id)
        assert caught.value.status_code == 404
        with pytest.raises(errors.NotFoundError):
            client.delete_loan(loan_id=made.id)
    assert client.called == loans.methods


@both_ways
def test_a_book_that_is_out_is_a_conflict(loans: ForeignService, way: Way) -> None:
    """A refusal that only the service can know of has a class of its own."""
    with (
        loans.client(way, Prefer="code=409") as client,
        pytest.raises(loans.package.errors.ConflictError) as caught,
    ):
        client.create_loan(isbn=ISBN, reader="Grace")
    assert caught.value.status_code == 409
    assert caught.value.message == "Conflict, as the Prefer header asks"


@both_ways
def test_messages_are_sent_read_and_removed(messages: ForeignService, way: Way) -> None:
    """An urlencoded form keeps plus signs, spaces, numbers, booleans and repeated fields."""
    models, errors = messages.package.models, messages.package.errors
    with messages.client(way) as client:
        made = client.send_message(
            to="+4915112345678",
            body="Fish & chips = 100 %, now + tomorrow",
            urgency="urgent",
            validity=3600,
            receipt=True,
            labels=["parcel", "berlin mitte"],
        )
        assert isinstance(made, models.Message)
        assert (made.to, made.urgency) == ("+4915112345678", "urgent")
        assert made.body == "Fish & chips = 100 %, now + tomorrow"
        assert made.segments == 1
        read = client.read_message(message_id=made.sid)
        assert isinstance(read, models.Message)
        assert (read.sid, read.to) == (made.sid, made.to)
        assert client.remove_message(message_id=made.sid) is None
        with pytest.raises(errors.NotFoundError) as caught:
            client.read_message(message_id=made.sid)
        assert caught.value.status_code == 404
    assert client.called == messages.methods


@both_ways
@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("videos", lambda client: client.list_videos()),
        ("loans", lambda client: client.list_loans()),
        ("messages", lambda client: client.read_message(message_id="any")),
    ],
    ids=["bearer", "api-key", "basic"],
)
def test_wrong_credentials_are_refused(
    request: pytest.FixtureRequest, service: str, call: Callable[[Any], Any], way: Way
) -> None:
    """Whatever the credentials look like, a wrong one is a typed 401, and the error does not repeat it."""
    foreign: ForeignService = request.getfixturevalue(service)
    with (
        foreign.client(way, foreign.access.wrong) as client,
        pytest.raises(foreign.package.errors.UnauthorizedError) as caught,
    ):
        call(client)
    assert caught.value.status_code == 401
    assert [secret for secret in foreign.access.wrong.values() if secret in str(caught.value)] == []
