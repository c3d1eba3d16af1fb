"""Measures the client beside raw httpx, and beside the openai SDK where that is installed.

All of them send the same form to the same server on loopback, which runs in a process of its own, so that only
the client's own work is counted: CPU time per call, with small files and with streamed ones, by itself and among many
others on their way, the time to import, and the memory that a large upload takes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import importlib
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from openapi_python_client.strings import snake_case

from aiid_videos import AsyncVideosClient, VideosClient
from conformance.contract import load
from conformance.contract.instance import instance

ROOT = Path(__file__).resolve().parents[2]
IMPORT_LIMIT, CALL_LIMIT, CROWD_LIMIT, UPLOAD_LIMIT_MB = 1.1, 1.0, 1.5, 16.0
TOKEN = "bench-token"  # noqa: S105 - opens nothing
PNG = b"\x89PNG" + bytes(2000)
CREATE = load().billable[0]
FORM: dict[str, Any] = {each.name: instance(each.schema) for each in CREATE.fields if each.required}
FILE = next(each.name for each in CREATE.fields if any(branch.is_file for branch in each.branches))
METHOD = snake_case(CREATE.id)
CAT = ("cat.png", PNG, "image/png")
STREAMED = 1 << 20
ALONE, WAITING = 100, 1.0
HEADERS = {"Authorization": f"Bearer {TOKEN}"}

# In a process of its own, with what a plain installation of httpx does not bring out of reach.
IMPORT = """
import sys, time
for name in ("click", "rich", "pygments"):
    sys.modules[name] = None
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""

UPLOAD = """
import resource, sys
from pathlib import Path
{statement}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{call}
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@frozen
class Measure:
    """One measure of one candidate, beside the one that it is compared with."""

    what: str
    candidate: str
    value: float
    unit: str
    ratio: float | None
    limit: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the promise is kept, where there is one."""
        measured = self.value if self.ratio is None else self.ratio
        return self.limit is None or measured <= self.limit


def serve(pipe: Connection, content: bytes, delay: float) -> None:
    """Answer every request with a job, after some seconds, and read uploads without keeping them."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                left = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
                while left:
                    left -= len(await reader.readexactly(min(left, 1 << 16)))
                await asyncio.sleep(delay)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
                await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextlib.contextmanager
def server(delay: float = 0.0) -> Iterator[str]:
    """Run the server in a process of its own; give its address."""
    ours, theirs = multiprocessing.Pipe()
    schema = CREATE.success.schema
    answer = json.dumps(None if schema is None else instance(schema)).encode()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, answer, delay), daemon=True)
    process.start()
    # Ours to close, so that a server that cannot start is an error and not a wait.
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def cpu(call: Callable[[], object], calls: int) -> float:
    """CPU seconds for each of some calls."""
    start = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - start) / calls


def compared(what: str, candidates: Mapping[str, Callable[[int], float]], rounds: int, calls: int) -> list[Measure]:
    """Measure some candidates in turn, round after round, so that a busy machine is busy for all of them.

    The best round of each counts; the first candidate is what the others are compared with.
    """
    best = dict.fromkeys(candidates, float("inf"))
    for measure in candidates.values():
        measure(10)
    for _ in range(rounds):
        for name, measure in candidates.items():
            best[name] = min(best[name], measure(calls))
    base = next(iter(best.values()))
    return [
        Measure(what, name, value * 1e6, "µs", value / base, CALL_LIMIT if name.startswith("aiid") else None)
        for name, value in best.items()
    ]


def sync_calls(url: str, rounds: int, calls: int, stream: Path | None = None) -> list[Measure]:
    """CPU time of a call that blocks, with a small file in memory or a larger one that is streamed."""
    what, endpoint = "CPU per call" if stream is None else "CPU per upload", url + CREATE.path

    def post() -> object:
        with opened(stream) as file:
            return raw.post(endpoint, data=FORM, files={FILE: file}).json()

    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(httpx.Client(headers=HEADERS))
        ours = stack.enter_context(VideosClient(token=TOKEN, base_url=url))
        candidates: dict[str, Callable[[], object]] = {
            "httpx.Client.post": post,
            "aiid_videos": lambda: getattr(ours, METHOD)(**FORM, **{FILE: stream or CAT}),
        }
        if find_spec("openai") and stream is None:
            theirs = stack.enter_context(
                importlib.import_module("openai").OpenAI(api_key=TOKEN, base_url=f"{url}/v1", max_retries=0)
            )
            candidates["openai"] = lambda: theirs.videos.create(**FORM, input_reference=CAT)
        measures = {name: functools.partial(cpu, call) for name, call in candidates.items()}
        found = compared(what, measures, rounds, calls)
        if stream is not None:
            return found
        files = {FILE: CAT}
        alone = cpu(lambda: httpx.post(endpoint, data=FORM, files=files, headers=HEADERS).json(), max(3, calls // 20))
    return [
        *found,
        Measure(what, "httpx.post (connects anew)", alone * 1e6, "µs", alone * 1e6 / found[0].value),
    ]


def async_calls(url: str, rounds: int, calls: int, stream: Path | None = None) -> list[Measure]:
    """CPU time of a call that is awaited, with a small file in memory or a larger one that is streamed."""
    what = "CPU per call, async" if stream is None else "CPU per upload, async"

    async def post(client: httpx.AsyncClient) -> object:
        with opened(stream) as file:
            return (await client.post(url + CREATE.path, data=FORM, files={FILE: file})).json()

    def measure(make: Callable[[], Any], call: Callable[[Any], Awaitable[object]]) -> Callable[[int], float]:
        async def run(count: int) -> float:
            async with make() as client:
                await call(client)
                start = time.process_time()
                for _ in range(count):
                    await call(client)
                return (time.process_time() - start) / count

        return lambda count: asyncio.run(run(count))

    candidates = {
        "httpx.AsyncClient.post": measure(
            lambda: httpx.AsyncClient(headers=HEADERS),
            post,
        ),
        "aiid_videos": measure(
            lambda: AsyncVideosClient(token=TOKEN, base_url=url),
            lambda client: getattr(client, METHOD)(**FORM, **{FILE: stream or CAT}),
        ),
    }
    if find_spec("openai") and stream is None:
        openai = importlib.import_module("openai")
        candidates["openai"] = measure(
            lambda: openai.AsyncOpenAI(api_key=TOKEN, base_url=f"{url}/v1", max_retries=0),
            lambda client: client.videos.create(**FORM, input_reference=CAT),
        )
    return compared(what, candidates, rounds, calls)


@contextlib.contextmanager
def opened(stream: Path | None) -> Iterator[tuple[str, Any, str]]:
    """Give the file that httpx sends: the small one, or a larger one from the disk."""
    if stream is None:
        yield CAT
        return
    with stream.open("rb") as file:
        yield stream.name, file, "image/png"


def crowds(rounds: int, crowd: int) -> list[Measure]:
    """CPU time of a call while many others are on their way, beside that of a call among few; none may be lost.

    Both make the same number of calls, so that what the interpreter does now and then is spread over as many.
    """

    def asynchronous(url: str, count: int) -> float:
        async def run() -> float:
            async with AsyncVideosClient(token=TOKEN, base_url=url) as client:
                await getattr(client, METHOD)(**FORM)
                start = time.process_time()
                for _ in range(crowd // count):
                    await asyncio.gather(*(getattr(client, METHOD)(**FORM) for _ in range(count)))
                return (time.process_time() - start) / (crowd // count * count)

        return asyncio.run(run())

    def in_threads(url: str, count: int) -> float:
        with VideosClient(token=TOKEN, base_url=url) as client, ThreadPoolExecutor(count) as pool:
            getattr(client, METHOD)(**FORM)
            start = time.process_time()
            for _ in range(crowd // count):
                for made in [pool.submit(getattr(client, METHOD), **FORM) for _ in range(count)]:
                    made.result()
            return (time.process_time() - start) / (crowd // count * count)

    found, alone = [], min(ALONE, crowd)
    with server(WAITING * alone / crowd) as quick, server(WAITING) as slow:
        for name, measure in (("async", asynchronous), ("threads", in_threads)):
            turns = [(measure(quick, alone), measure(slow, crowd)) for _ in range(rounds)]
            few, many = map(min, zip(*turns, strict=True))
            what = f"CPU per call, {name}"
            found.append(Measure(what, f"aiid_videos, {alone} at once", few * 1e6, "µs", 1.0))
            found.append(Measure(what, f"aiid_videos, {crowd} at once", many * 1e6, "µs", many / few, CROWD_LIMIT))
    return found


def run(code: str, *arguments: str) -> float:
    """Run some code in a process of its own; return the number that it prints."""
    command = [sys.executable, "-c", code, *arguments]
    environment = {"PYTHONPATH": str(ROOT / "generated" / "python"), "PATH": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout)


def imports(rounds: int) -> list[Measure]:
    """Time to import, each in a fresh process."""
    statements = {"httpx": "import httpx", "aiid_videos": "from aiid_videos import VideosClient"}
    statements["aiid_videos, all models too"] = "from aiid_videos import VideosClient, models"
    if find_spec("openai"):
        statements["openai"] = "from openai import OpenAI"
    best = dict.fromkeys(statements, float("inf"))
    for _ in range(rounds):
        for name, statement in statements.items():
            best[name] = min(best[name], run(IMPORT.format(statement=statement)))
    return [
        Measure(
            "import", name, value * 1e3, "ms", value / best["httpx"], IMPORT_LIMIT if name == "aiid_videos" else None
        )
        for name, value in best.items()
    ]


def uploads(url: str, megabytes: int) -> list[Measure]:
    """Growth of the process while a large file is sent, in MB."""
    arguments = f"**{FORM!r}, {FILE}=Path(sys.argv[1])"
    asynchronous = f"""
async def main():
    async with AsyncVideosClient(token="t", base_url={url!r}) as client:
        await client.{METHOD}({arguments})
asyncio.run(main())
"""
    call = f"VideosClient(token='t', base_url={url!r}).{METHOD}({arguments})"
    codes = {
        "aiid_videos": UPLOAD.format(statement="from aiid_videos import VideosClient, models", call=call),
        "aiid_videos, async": UPLOAD.format(
            statement="import asyncio\nfrom aiid_videos import AsyncVideosClient, models", call=asynchronous
        ),
    }
    found = []
    with tempfile.TemporaryDirectory() as folder:
        sparse = Path(folder, "large.bin")
        with sparse.open("wb") as file:
            file.truncate(megabytes << 20)
        for name, code in codes.items():
            grown = run(code, str(sparse))
            found.append(Measure(f"memory for {megabytes} MB", name, grown, "MB", None, UPLOAD_LIMIT_MB))
    return found


def main(argv: list[str]) -> int:
    """Measure, print, and return 1 where a promise is broken and --check was given."""
    parser = argparse.ArgumentParser(prog="./scripts/bench client", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="how often to measure each; the best round counts")
    parser.add_argument("--calls", type=int, default=100, help="calls in a round")
    parser.add_argument("--crowd", type=int, default=1000, help="calls that are on their way at once")
    parser.add_argument("--upload", type=int, default=1024, metavar="MB", help="size of the large upload")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 where a promise is broken")
    options = parser.parse_args(argv)
    # The openai SDK announces the end of the service that its method was made for, once for each call.
    warnings.simplefilter("ignore", DeprecationWarning)
    with server() as url, tempfile.TemporaryDirectory() as folder:
        stream = Path(folder, "cat.png")
        stream.write_bytes(PNG.ljust(STREAMED, b"\0"))
        calls = options.rounds, options.calls
        results = [
            *imports(options.rounds),
            *sync_calls(url, *calls),
            *sync_calls(url, *calls, stream),
            *async_calls(url, *calls),
            *async_calls(url, *calls, stream),
            *crowds(min(3, options.rounds), options.crowd),
            *uploads(url, options.upload),
        ]
    if options.json:
        keys = ("what", "candidate", "value", "unit", "ratio", "limit", "holds")
        print(json.dumps([{key: getattr(result, key) for key in keys} for result in results], indent=2))
    else:
        for result in results:
            ratio = "" if result.ratio is None else f"{result.ratio:6.2f} x"
            limit = "" if result.limit is None else f"  (at most {result.limit:g}{'' if result.holds else ': BROKEN'})"
            print(f"{result.what:20} {result.candidate:30} {result.value:9.1f} {result.unit:2} {ratio:>9}{limit}")
    return int(options.check and not all(result.holds for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
