"""Waits for jobs: how long between two looks, and when to stop looking."""

from __future__ import annotations

import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .errors import ServerError, TransportError, WaitCancelledError, WaitTimedOutError
from .models import Video

if TYPE_CHECKING:
    import threading

#: Seconds between the first two looks, how they grow, and what they grow to.
_FIRST, _GROWTH, _LONGEST = 2.0, 1.5, 20.0


class Waiting:
    """One wait for one job.

    Raises:
        ValueError: There is no id to ask for.
    """

    def __init__(self, job: Video | str, deadline: float) -> None:
        self.job = job if isinstance(job, Video) else None
        self.id = job if isinstance(job, str) else job.id or job.task_id or ""
        if not self.id:
            raise ValueError("a job without an id cannot be waited for")
        self._deadline = deadline
        self._ends = time.monotonic() + deadline
        # A job that was only just made has no news; of an id nothing is known.
        self._pause = _FIRST if self.job else 0.0
        self._trouble: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether the job has ended."""
        return self.job is not None and self.job.done

    @property
    def result(self) -> Video:
        """The job as it ended."""
        assert self.job is not None
        return self.job

    def pause(self) -> float:
        """Return the seconds until the next look, which the deadline can shorten.

        Raises:
            WaitTimedOutError: The deadline has passed.
        """
        left = self._ends - time.monotonic()
        if left <= 0:
            seen = f"last seen {self.job.status!r}" if self.job else "never seen"
            message = f"job {self.id} did not end within {self._deadline:g} s ({seen})"
            raise WaitTimedOutError(message, self.job) from self._trouble
        pause, self._pause = self._pause, min(_LONGEST, max(_FIRST, self._pause * _GROWTH))
        return min(left, pause * random.uniform(0.8, 1.0))

    def sleep(self, cancel: threading.Event | None) -> None:
        """Wait for the next look.

        Raises:
            WaitTimedOutError: The deadline has passed.
            WaitCancelledError: The caller asked to stop.
        """
        pause = self.pause()
        if cancel is None:
            time.sleep(pause)
        elif cancel.wait(pause):
            raise WaitCancelledError(f"waiting for job {self.id} was cancelled", self.job)

    @contextmanager
    def patiently(self) -> Generator[None]:
        """Take failures of the server and of the connection for no news."""
        try:
            yield
        except (ServerError, TransportError) as error:
            self._trouble = error

    def news(self, job: Video) -> Video | None:
        """Note how the job stands now; return it if that is new."""
        before, self.job = self.job, job
        return None if job == before else job
