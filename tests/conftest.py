"""What takes minutes, for all tests: the matrix of all faults and variants runs beside them, and is judged last.

Tests that judge many servers by code that other tests run too ask not to be counted (`uncounted`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event

import coverage
import pytest

from conformance.campaign import Options
from conformance.selftest import LIMIT, PACE, Examination, everything, examine_all

CEILING = 60
Matrix = Mapping[str, Examination]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the matrix last; leave the slow tests out unless -m speaks of them, so that any other -m stays quick."""
    items.sort(key=_needs_matrix)
    if "slow" not in config.option.markexpr:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


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
def matrix_under_way(request: pytest.FixtureRequest) -> Iterator[Future[Matrix] | None]:
    if not any(_needs_matrix(item) for item in request.session.items):
        yield None
        return
    stop = Event()
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(_examine, stop)
        stop.set()


@pytest.fixture(scope="session")
def matrix(matrix_under_way: Future[Matrix] | None) -> Matrix:
    assert matrix_under_way is not None
    return matrix_under_way.result()


def _needs_matrix(item: pytest.Item) -> bool:
    return item.get_closest_marker("matrix") is not None


def _examine(stop: Event) -> Matrix:
    found = {}
    options = Options(CEILING, max_response_time=LIMIT, pace=PACE)
    with closing(examine_all(everything(), options, os.cpu_count() or 1, niceness=10)) as examinations:
        for one in examinations:
            found[one.name] = one
            if stop.is_set():
                break
    return found
