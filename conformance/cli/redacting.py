"""Keeps the secrets of a run out of what it says when it ends otherwise than it should, and out of logs."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from conformance.engine.target import Target
from conformance.errors import ConformanceError, CrashError
from conformance.reports.layout import printable

__all__ = ["kept_secret"]

_TALKATIVE = (
    "asyncio",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "httpx",
    "hpack.hpack",
    "hpack.table",
    "h2.connection",
)
"""Loggers that write what servers say, if only where somebody debugs; what filters one does not filter its children."""


@contextmanager
def kept_secret(target: Target) -> Iterator[None]:
    """Take the secrets of a target out of errors, tracebacks, warnings of threads and logs while something is done.

    Raises:
        CrashError: in place of an error that nobody expected; it holds the traceback as text.
    """
    with ExitStack() as stack:
        for name in _TALKATIVE:
            logger = logging.getLogger(name)
            taking_out = _TakingOut(target)
            logger.addFilter(taking_out)
            stack.callback(logger.removeFilter, taking_out)
        stack.enter_context(_hooked(target))
        try:
            yield
        except ConformanceError as error:
            error.args = tuple(_clean(target, str(word)) for word in error.args)
            raise
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:  # noqa: BLE001 - the last border at which the secrets are known
            raise CrashError(_clean(target, repr(error)), _traced(target, error)) from None


@contextmanager
def _hooked(target: Target) -> Iterator[None]:
    """Write what threads and finalisers die of without the secrets."""

    def thread_died(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            click.echo(_traced(target, told.exc_value), err=True)

    def not_raised(told: Any) -> None:
        if told.exc_value is not None:
            click.echo(_traced(target, told.exc_value), err=True)

    before = threading.excepthook, sys.unraisablehook
    threading.excepthook, sys.unraisablehook = thread_died, not_raised
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = before


class _TakingOut(logging.Filter):
    """Lets every record pass, without the secrets."""

    def __init__(self, target: Target) -> None:
        super().__init__()
        self._target = target

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the message out, and the traceback, if there is one."""
        record.msg, record.args = _clean(self._target, record.getMessage()), ()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.exc_info, record.exc_text = None, _traced(self._target, error)
        return True


def _traced(target: Target, error: BaseException) -> str:
    """Return a traceback, each line by itself: what is around a secret still tells what happened."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(_clean(target, line) for line in target.redact("\n".join(lines)).splitlines())


def _clean(target: Target, text: str) -> str:
    """Return a text without secrets, and without what could command a terminal."""
    return "\n".join(printable(line) for line in target.redact(text).split("\n"))
