"""Watches a run: a signal, or the end of its time, ends it early, with what is under way brought home first."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from conformance.engine.runner import Runner

__all__ = ["watched"]

_SIGNALS = {"SIGINT": "interrupted", "SIGTERM": "ended by SIGTERM", "SIGHUP": "ended by SIGHUP: its terminal is gone"}


async def watched(work: Coroutine[Any, Any, None], runner: Runner) -> None:
    """Carry out the work of a run; a second signal ends it without waiting for what is under way."""
    ending, limit = runner.ending, runner.ledger.budget.max_duration
    timer = None
    if limit is not None and not runner.ledger.recording.is_all:
        reason = f"the {limit:g} s of --max-duration are over"
        timer = asyncio.get_running_loop().call_later(limit, ending.ask_once, reason)
    try:
        with _listening(runner):
            await ending.watch(work, runner.come_home)
    finally:
        if timer is not None:
            timer.cancel()


@contextmanager
def _listening(runner: Runner) -> Iterator[None]:
    """Take signals for a wish to end; where they cannot be heard, they do what they always do."""
    loop = asyncio.get_running_loop()
    heard: list[int] = []
    if threading.current_thread() is threading.main_thread():
        for name, reason in _SIGNALS.items():
            number = getattr(signal, name, None)
            try:
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, partial(runner.ending.ask, reason))
                    heard.append(number)
            except RuntimeError:  # there are event loops that hear none
                break
    try:
        yield
    finally:
        for number in heard:
            loop.remove_signal_handler(number)
