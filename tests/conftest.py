"""What takes minutes, for all tests: where a run has both, the matrix is examined beside them, and judged last.

Tests that judge many servers by code that other tests run too ask not to be counted (`uncounted`).
"""

from __future__ import annotations

import fcntl
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TextIO

import coverage
import pytest

from conformance.campaign import Options
from conformance.selftest import FOLLOW, LIMIT, PACE, Examination, everything, examine_all

CEILING = 60
Matrix = Mapping[str, Examination]


def pytest_configure() -> None:
    """Let Ctrl-C be heard: a run that a script starts with `&` hands its children down to ignore it, as it does."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the matrix last; leave out what takes long unless -m speaks of it, so that any other -m stays quick.

    The matrix and thorough tests are left out of a run of everything, but for CI's; who names a file wants all that is
    in it.
    """
    items.sort(key=_needs_matrix)
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and "CI" not in os.environ
    for name, is_out in (("slow", True), ("thorough", is_whole), ("matrix", is_whole)):
        if is_out and name not in config.option.markexpr:
            out = [item for item in items if item.get_closest_marker(name)]
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if not item.get_closest_marker(name)]


def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `auto` stands for: more than there are cores, as many tests wait most of the time."""
    return (os.cpu_count() or 1) * 3 // 2 + 1


@pytest.fixture(scope="module")
def uncounted() -> Iterator[None]:
    """Counts no coverage: Python 3.11 runs everything at half its speed, or less, while it is counted."""
    counting = coverage.Coverage.current()
    if counting is not None:
        counting.stop()
    yield
    if counting is not None:
        counting.start()


@pytest.fixture(scope="session", autouse=True)
def matrix_under_way(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Matrix] | None]:
    """Has the matrix examined beside the tests; of several workers of pytest-xdist the first does it for all."""
    if not any(_needs_matrix(item) for item in request.session.items):
        yield None
        return
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    folder = tmp_path_factory.getbasetemp()
    result = (folder if worker is None else folder.parent) / "matrix.pickle"
    with result.with_suffix(".lock").open("w") as lock:
        if worker not in (None, "gw0"):
            yield lambda: _awaited(lock, result)
            return
        fcntl.flock(lock, fcntl.LOCK_EX)
        stop = Event()
        with ThreadPoolExecutor(1) as thread:
            examined = thread.submit(_examine, stop, lock, result)
            yield examined.result
            if worker is None or request.session.shouldstop or request.session.shouldfail:
                stop.set()


@pytest.fixture(scope="session")
def matrix(matrix_under_way: Callable[[], Matrix] | None) -> Matrix:
    assert matrix_under_way is not None
    return matrix_under_way()


def _awaited(lock: TextIO, result: Path) -> Matrix:
    """Return what the first worker has found, once it lets go of the lock."""
    fcntl.flock(lock, fcntl.LOCK_SH)
    found: Matrix = pickle.loads(result.read_bytes())  # noqa: S301 - another worker of this session wrote it
    return found


def _needs_matrix(item: pytest.Item) -> bool:
    return item.get_closest_marker("matrix") is not None


def _examine(stop: Event, lock: TextIO, result: Path) -> Matrix:
    found = {}
    options = Options(CEILING, max_response_time=LIMIT, pace=PACE, follow=FOLLOW)
    with closing(examine_all(everything(), options, os.cpu_count() or 1, niceness=10)) as examinations:
        for one in examinations:
            found[one.name] = one
            if stop.is_set():
                break
    result.write_bytes(pickle.dumps(found))
    fcntl.flock(lock, fcntl.LOCK_UN)
    return found
