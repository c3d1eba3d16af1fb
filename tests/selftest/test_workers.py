"""A self-test that is ended, however that happens, leaves no process behind."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.connection import Connection, wait

import pytest

from conformance.selftest.matrix import end_with_parent

_SPAWN = multiprocessing.get_context("spawn")
_PATIENCE = 20.0


def _worker(pipe: Connection) -> None:
    end_with_parent()
    pipe.send("at work")
    threading.Event().wait()


def _parent(pipe: Connection) -> None:
    _SPAWN.Process(target=_worker, args=(pipe,)).start()
    pipe.close()
    threading.Event().wait()


def test_workers_end_with_the_process_that_started_them() -> None:
    """Killed without a chance to clean up, the parent takes its workers along."""
    ours, theirs = _SPAWN.Pipe(duplex=False)
    parent = _SPAWN.Process(target=_parent, args=(theirs,))
    parent.start()
    theirs.close()
    assert ours.poll(_PATIENCE)
    assert ours.recv() == "at work"
    parent.kill()
    parent.join()
    assert wait([ours], _PATIENCE) == [ours]
    with pytest.raises(EOFError):
        ours.recv()
