"""Shows how far something is, on the standard error: a line that is drawn again on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import os
import shutil
import sys
import threading
import time
from typing import Any, Self

_WIDTH = 24

#: Seconds between two drawings, so that the clock in the line goes on while nothing else does.
_TICK = 0.5


class ProgressLine:
    """One line for one job or one download.

    Args:
        tells_id: Whether nobody knows yet which job it is: then a line before it says so.
    """

    def __init__(self, *, tells_id: bool = False) -> None:
        self._tells_id = tells_id
        self._stream = sys.stderr
        self._is_live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._begun = time.monotonic()
        self._text = ""
        self._share: float | None = None
        self._drawn = 0
        # Whoever draws holds it: the ticking thread, or the one that has news.
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if self._is_live:
            self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._is_live:
            self._ticker.join()
            if self._drawn:
                self._stream.write("\n")
                self._stream.flush()

    def job(self, job: Any) -> None:
        """Show how a job stands."""
        if self._tells_id:
            self._tells_id = False
            self._stream.write(f"job {_printable(job.id)}\n")
        status = _printable(job.status)
        percent = job.progress
        if not self._is_live:
            told = [status] if percent is None else [status, _printable(percent)]
            self._stream.write(" ".join(told) + "\n")
            self._stream.flush()
            return
        is_known = (
            isinstance(percent, (int, float))
            and not isinstance(percent, bool)
            and math.isfinite(percent)
        )
        self._show(status, percent / 100 if is_known else None)

    def bytes(self, size: int, total: int | None) -> None:
        """Show how much of a download is there; elsewhere than on a terminal that is of no interest."""
        if self._is_live:
            of_all = f" of {_megabytes(total)}" if total is not None else ""
            self._show(f"{_megabytes(size)}{of_all} MB", size / total if total else None)

    def _show(self, text: str, share: float | None) -> None:
        with self._lock:
            self._text, self._share = text, share
        self._draw()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            if self._text:
                self._draw()

    def _draw(self) -> None:
        with self._lock:
            line = self._line()[: max(1, shutil.get_terminal_size().columns - 1)]
            # Blanks over what is left of a longer line, which every terminal understands.
            self._stream.write("\r" + line.ljust(self._drawn))
            self._stream.flush()
            self._drawn = len(line)

    def _line(self) -> str:
        seconds = int(time.monotonic() - self._begun)
        clock = f"{seconds // 60}:{seconds % 60:02}"
        if self._share is None:
            return f"{self._text}  {clock}"
        share = min(1.0, max(0.0, self._share))
        done = int(share * _WIDTH)
        return (
            f"[{'#' * done}{'.' * (_WIDTH - done)}] {int(share * 100):3} %  {self._text}  {clock}"
        )


def _printable(value: object) -> str:
    """A text of a server's, which could otherwise give orders to the terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(value)[:80])


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"
