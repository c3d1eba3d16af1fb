"""Many calls at once: none is lost for want of a connection, and none waits for one longer than it was told to."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from aiid_videos._lanes import AsyncLanes, Lanes, NoLaneError
from aiid_videos._sending import Attempts
from tests.client.recorder import RequestRecorder
from tests.client.settings import TOKEN

ROOT = Path(__file__).resolve().parents[2]
BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
MANY = 1000


@pytest.fixture(scope="module")
def slow() -> Iterator[int]:
    """The port of a server that takes a while for each answer."""
    command = [sys.executable, "-m", "tests.client.crowd", "serve", "0.3"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2 * MANY, reason="too few files may be open here")
@pytest.mark.parametrize("size", [100, 1 << 18], ids=["small-files", "streamed-files"])
@pytest.mark.parametrize("files", [2 * MANY, 128])
@pytest.mark.parametrize("kind", ["tasks", "threads"])
def test_of_a_thousand_calls_at_once_none_is_lost(kind: str, files: int, size: int, slow: int, tmp_path: Path) -> None:
    """Also where the process may hold a tenth of them open, and each call opens a file beside its connection."""
    (image := tmp_path / "cat.png").write_bytes(bytes(size))
    command = [sys.executable, "-m", "tests.client.crowd", kind, str(MANY), str(files), str(slow), str(image)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {"made": MANY}


def test_waiting_for_a_connection_ends_with_the_calls_own_patience(recorder: RequestRecorder) -> None:
    """The error says that nothing was sent, so that trying again is safe."""
    with VideosClient(token=TOKEN, base_url=recorder.url, max_connections=1) as client:
        with (
            client._lanes.lane(float("inf")),
            pytest.raises(errors.TimedOutError, match="no connection became free") as caught,
        ):
            client.create_video(**BARE, timeout=0.05)
        assert (caught.value.ambiguous, caught.value.repeats, recorder.requests) == (False, 0, [])
        assert client.create_video(**BARE).id == "video_abc123"


def test_waiting_for_a_connection_after_a_refusal_is_no_doubt(recorder: RequestRecorder) -> None:
    """What was answered before is known to have made nothing."""
    with VideosClient(token=TOKEN, base_url=recorder.url, max_connections=1, timeout=0.05) as client:
        taken = client._lanes.lane(float("inf"))

        def answered(_: httpx.Response) -> float:
            taken.__enter__()
            return 0.0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Attempts, "answered", lambda self, response: self._again(answered(response)))
            with pytest.raises(errors.TimedOutError) as caught:
                client.create_video(**BARE)
        taken.__exit__(None, None, None)
    assert (caught.value.ambiguous, len(recorder.requests)) == (False, 1)


def test_waiting_tasks_end_with_their_own_patience_too(recorder: RequestRecorder) -> None:
    """And leave their place in the queue to others."""

    async def main() -> None:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url, max_connections=1) as client:
            async with client._lanes.lane(float("inf")):
                with pytest.raises(errors.TimedOutError, match="no connection became free"):
                    await client.create_video(**BARE, timeout=0.05)
            assert (await client.create_video(**BARE)).id == "video_abc123"

    asyncio.run(main())


class Fake:
    """A client that notes whether it was closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    async def aclose(self) -> None:
        """Note it."""
        self.is_closed = True


def test_a_cancelled_task_takes_no_connection_with_it() -> None:
    """Neither while it waits, nor at the very moment when it is its turn."""

    async def main() -> None:
        lanes = AsyncLanes(Fake, 1)

        async def hold() -> None:
            async with lanes.lane(float("inf")):
                await asyncio.sleep(0)

        first, second, third = (asyncio.create_task(hold()) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        await first
        # The first has just let the third go on.
        third.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        await asyncio.wait_for(hold(), 5)
        assert not lanes.is_shared

    asyncio.run(main())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_client_serves_one_event_loop_after_the_other(recorder: RequestRecorder) -> None:
    """A connection ends with its loop, and the next loop makes its own; so does one of another thread."""
    client = AsyncVideosClient(token=TOKEN, base_url=recorder.url)

    async def twice() -> list[str | None]:
        return [(await client.create_video(**BARE)).id for _ in range(2)]

    for _ in range(3):
        assert asyncio.run(twice()) == ["video_abc123"] * 2
    assert isinstance(client._lanes, AsyncLanes)
    assert len(client._lanes._by_loop) == 1
    with ThreadPoolExecutor(4) as threads:
        made = [threads.submit(lambda: asyncio.run(twice())) for _ in range(8)]
        assert [each.result() for each in made] == [["video_abc123"] * 2] * 8
    asyncio.run(client.aclose())
    with pytest.raises(RuntimeError, match="the client is closed"):
        asyncio.run(twice())
    # Python warns of what a loop left open when it ended; here, and not in whichever test comes next.
    gc.collect()


def test_a_connection_is_used_again_unless_its_call_failed() -> None:
    """Nobody knows what is left on it."""
    made: list[Fake] = []

    def make() -> Fake:
        made.append(Fake())
        return made[-1]

    lanes = Lanes(make)
    for _ in range(3):
        with lanes.lane(float("inf")) as lane:
            assert lane is made[0]
    with pytest.raises(KeyError), lanes.lane(float("inf")):
        raise KeyError
    assert made[0].is_closed
    with lanes.lane(float("inf")) as lane:
        assert lane is made[1]


def test_few_connections_are_kept_after_a_crowd() -> None:
    """What the rest of the program could need is not held for nothing."""
    made: list[Fake] = []

    def make() -> Fake:
        made.append(Fake())
        return made[-1]

    async def main() -> None:
        lanes = AsyncLanes(make, 200)

        async def hold() -> None:
            async with lanes.lane(float("inf")):
                await asyncio.sleep(0)

        await asyncio.gather(*(hold() for _ in range(100)))
        assert sum(not each.is_closed for each in made) == 20
        await lanes.aclose()
        assert all(each.is_closed for each in made)
        with pytest.raises(RuntimeError, match="closed"):
            await hold()

    asyncio.run(main())


def test_a_program_without_files_left_waits_for_those_in_use() -> None:
    """One call fewer is on its way at once from then on; alone, it is an error as any other."""
    lanes = Lanes(Fake, 2)
    with lanes.lane(float("inf")):
        with pytest.raises(OSError, match="many"), lanes.lane(float("inf")):
            raise OSError(24, "Too many open files")
        with pytest.raises(NoLaneError), lanes.lane(0.0):
            raise AssertionError("there is no second lane any more")
    with lanes.lane(0.0):
        pass
