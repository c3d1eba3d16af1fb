"""The clients that are held against a nasty server: ours, what an application writes in its place, and others' own.

Each is used as its makers mean it to be: create, wait for the end, download. Whatever it raises ends its flow.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import httpx
from attrs import define, field, frozen
from openapi_python_client.strings import snake_case

from aiid_videos import AsyncVideosClient, VideosClient
from aiid_videos.errors import VideosError
from conformance.contract import Contract, Lifecycle, Operation
from conformance.contract.instance import instance
from conformance.contract.resources import Resources

__all__ = ["CLIENTS", "Flow", "NastyClient", "Terms", "terms"]

_MOST_LOOKS = 40
_TRIES = 3


@frozen
class Terms:
    """What a client must know of the contract: operations by what they do, and what stands where in an answer."""

    contract: Contract = field(repr=False)
    create: Operation = field(repr=False)
    read: Operation = field(repr=False)
    fetch: Operation = field(repr=False)
    words: str
    id: str
    status: str
    lifecycle: Lifecycle

    def form(self, words: str) -> dict[str, Any]:
        """Return the smallest form, with words by which its job is known again."""
        made = {declared.name: instance(declared.schema) for declared in self.create.fields if declared.required}
        return {**made, self.words: words}

    def address(self, operation: Operation, job: str) -> str:
        """Return the path of an operation on a job."""
        return operation.path.replace(f"{{{operation.inputs_in('path')[0].name}}}", job)


@define
class Flow:
    """What one use of a client came to.

    Attributes:
        job: the id that the client gave, if it gave one.
        ambiguous: whether it says that there may be a job all the same.
        ended: whether it saw the job end.
        content: the file that it gave.
    """

    job: str | None = None
    ambiguous: bool = False
    ended: bool = False
    content: bytes | None = None


Use = Callable[[str], Flow]


@frozen
class NastyClient:
    """A client: what it is called, and how it is connected to a server; None where it is not installed."""

    name: str
    connect: Callable[[Terms, str, str], Any] = field(repr=False)
    needs: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether it can be used here."""
        return self.needs is None or find_spec(self.needs) is not None


def terms(contract: Contract) -> Terms:
    """Read what clients must know from the contract."""
    resources = Resources(contract)
    by_action = {resources.action(operation): operation for operation in reversed(contract.operations)}
    create = contract.billable[0]
    roles = {found.role: found for found in create.success.properties}
    lifecycle = roles["status"].lifecycle
    words = next(
        declared.name
        for declared in create.fields
        if declared.required and declared.schema.types == {"string"} and not declared.schema.enum
        and declared.schema.role is None
    )  # fmt: skip
    if lifecycle is None:
        raise LookupError("the contract does not say when a job has ended")
    return Terms(
        contract,
        create,
        by_action["read"],
        by_action["fetch"],
        words,
        roles["id"].name,
        roles["status"].name,
        lifecycle,
    )


@contextmanager
def _ours(known: Terms, url: str, token: str) -> Iterator[Use]:
    with VideosClient(base_url=url, token=token) as client:

        def use(words: str) -> Flow:
            flow = Flow()
            try:
                made = getattr(client, snake_case(known.create.id))(**known.form(words))
                flow.job = getattr(made, snake_case(known.id))
                flow.ended = client.wait(made).done
                file = BytesIO()
                getattr(client, snake_case(known.fetch.id))(flow.job, file)
                flow.content = file.getvalue()
            except VideosError as error:
                flow.ambiguous = getattr(error, "ambiguous", False)
            return flow

        yield use


@contextmanager
def _ours_async(known: Terms, url: str, token: str) -> Iterator[Use]:
    client = AsyncVideosClient(base_url=url, token=token)

    async def once(words: str) -> Flow:
        flow = Flow()
        try:
            made = await getattr(client, snake_case(known.create.id))(**known.form(words))
            flow.job = getattr(made, snake_case(known.id))
            flow.ended = (await client.wait(made)).done
            file = BytesIO()
            await getattr(client, snake_case(known.fetch.id))(flow.job, file)
            flow.content = file.getvalue()
        except VideosError as error:
            flow.ambiguous = getattr(error, "ambiguous", False)
        return flow

    with asyncio.Runner() as runner:
        yield lambda words: runner.run(once(words))
        runner.run(client.aclose())


@contextmanager
def _plain(known: Terms, url: str, token: str, tries: int = 1) -> Iterator[Use]:
    """What an application writes for itself; with more tries than one, as most do after their first outage."""
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:

        def created(words: str) -> Any:
            for attempt in range(1, tries + 1):
                try:
                    form = {name: (None, str(value)) for name, value in known.form(words).items()}
                    return http.post(known.create.path, files=form).raise_for_status().json()
                except httpx.HTTPError:
                    if attempt == tries:
                        raise
                    time.sleep(1)
            return None

        def flowing(words: str, flow: Flow) -> None:
            job = created(words)
            flow.job = job[known.id]
            for _ in range(_MOST_LOOKS):
                if job[known.status] in known.lifecycle.terminal:
                    flow.ended = True
                    break
                time.sleep(1)
                job = http.get(known.address(known.read, str(flow.job))).raise_for_status().json()
            flow.content = http.get(known.address(known.fetch, str(flow.job))).raise_for_status().content

        yield _until_it_breaks(flowing)


@contextmanager
def _plain_again(known: Terms, url: str, token: str) -> Iterator[Use]:
    with _plain(known, url, token, _TRIES) as use:
        yield use


@contextmanager
def _stock(known: Terms, url: str, token: str) -> Iterator[Use]:
    """What openapi-python-client writes for the contract without our templates."""
    with _generated(known.contract.path) as package:
        client = package.AuthenticatedClient(base_url=url, token=token)
        create, read, fetch = (_endpoint(package, each) for each in (known.create, known.read, known.fetch))
        body = get_type_hints(create.sync, vars(create))["body"]
        body = next(iter(getattr(body, "__args__", (body,))))

        def flowing(words: str, flow: Flow) -> None:
            job = create.sync(client=client, body=body.from_dict(known.form(words)))
            flow.job = getattr(job, snake_case(known.id))
            for _ in range(_MOST_LOOKS):
                if str(getattr(job, snake_case(known.status))) in known.lifecycle.terminal:
                    flow.ended = True
                    break
                time.sleep(1)
                job = read.sync(flow.job, client=client)
            file = fetch.sync(flow.job, client=client)
            flow.content = file if isinstance(file, bytes) else file.payload.read()

        yield _until_it_breaks(flowing)


@contextmanager
def _openai(known: Terms, url: str, token: str) -> Iterator[Use]:
    """openai-python with the settings that it comes with."""
    base = url + known.create.path.removesuffix("/videos")
    with importlib.import_module("openai").OpenAI(api_key=token, base_url=base) as client:

        def flowing(words: str, flow: Flow) -> None:
            job = client.videos.create(**known.form(words))
            flow.job = job.id
            for _ in range(_MOST_LOOKS):
                if job.status in known.lifecycle.terminal:
                    flow.ended = True
                    break
                time.sleep(1)
                job = client.videos.retrieve(flow.job)
            flow.content = client.videos.download_content(flow.job).read()

        yield _until_it_breaks(flowing)


CLIENTS = (
    NastyClient("ours", _ours),
    NastyClient("ours, async", _ours_async),
    NastyClient("plain httpx", _plain),
    NastyClient(f"plain httpx, {_TRIES} tries", _plain_again),
    NastyClient("openapi-python-client's own output", _stock),
    NastyClient("openai-python", _openai, "openai"),
)


def _until_it_breaks(flowing: Callable[[str, Flow], None]) -> Use:
    def use(words: str) -> Flow:
        flow = Flow()
        try:
            flowing(words, flow)
        except Exception:  # noqa: BLE001 - whatever it is, this is where the application stands without its job
            return flow
        return flow

    return use


@contextmanager
def _generated(contract: Path) -> Iterator[ModuleType]:
    """Generate a client as its generator does by itself, and import it."""
    name = "stock_client_of_the_contract"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        words = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(contract)]
        words += ["--output-path", str(Path(folder) / name), "--meta", "none"]
        subprocess.run(words, check=True, capture_output=True, cwd=folder)
        sys.path.insert(0, folder)
        try:
            yield importlib.import_module(name)
        finally:
            sys.path.remove(folder)
            for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == name]:
                del sys.modules[loaded]


def _endpoint(package: ModuleType, operation: Operation) -> Any:
    """Return the module of an operation in a generated client, wherever its tag has put it."""
    api = importlib.import_module(f"{package.__name__}.api")
    folder = Path(next(iter(api.__path__)))
    found = next(folder.glob(f"*/{snake_case(operation.id)}.py"))
    module = importlib.import_module(f"{api.__name__}.{found.parent.name}.{found.stem}")
    if not inspect.isfunction(getattr(module, "sync", None)):
        raise LookupError(f"{operation.id} has no answer that the generator could read")
    return module


def used(
    client: NastyClient, known: Terms, url: str, token: str, words: Mapping[int, str]
) -> Iterator[tuple[int, Flow]]:
    """Use a client once for each text; yield what came of each."""
    with client.connect(known, url, token) as use:
        for number, text in words.items():
            yield number, use(text)
