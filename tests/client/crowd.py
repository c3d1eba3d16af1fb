"""Many calls at once to a slow server, in processes of their own, because each may hold few files open.

python -m tests.client.crowd serve SECONDS               prints the port
python -m tests.client.crowd KIND COUNT FILES PORT       prints how many succeeded, and what became of the others
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from aiid_videos import AsyncVideosClient, VideosClient
from tests.client.recorder import JOB

BODY = json.dumps(JOB).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


def serve(seconds: float) -> None:
    """Answer each request after some seconds."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
                await asyncio.sleep(seconds)
                writer.write(ANSWER)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=4096)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()

    asyncio.run(main())


def tasks(url: str, count: int, file: Path) -> list[str]:
    """Make many calls in one event loop; return what became of each."""

    async def main() -> list[str]:
        async with AsyncVideosClient(token="t", base_url=url) as client:
            calls = (client.create_video(model="sora-2", prompt="p", image=file) for _ in range(count))
            return [_told(each) for each in await asyncio.gather(*calls, return_exceptions=True)]

    return asyncio.run(main())


def threads(url: str, count: int, file: Path) -> list[str]:
    """Make many calls, each in a thread of its own; return what became of each."""
    with VideosClient(token="t", base_url=url) as client, ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(client.create_video, model="sora-2", prompt="p", image=file) for _ in range(count)]
        return [_told(each.exception() or each.result()) for each in calls]


def _told(result: object) -> str:
    return repr(result) if isinstance(result, BaseException) else "made"


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(float(sys.argv[2]))
    kind, count, files, port = sys.argv[1], *map(int, sys.argv[2:5])
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    made = {"tasks": tasks, "threads": threads}[kind](f"http://127.0.0.1:{port}", count, Path(sys.argv[5]))
    sys.stdout.write(json.dumps({each: made.count(each) for each in set(made)}))
