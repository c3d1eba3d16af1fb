"""Waits for jobs: how long between two looks, when to stop looking, and what is said then."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, cast

from attrs import evolve

from ._answers import expect
from ._options import Timeouts, timeouts
from ._reading import inner
from ._sending import retry_after
from .errors import (
    AnswerError,
    JobError,
    JobFailedError,
    NotOfferedError,
    RefusedError,
    ServerError,
    TransportError,
    UndecodableAnswerError,
    WaitCancelledError,
    WaitRefusedError,
    WaitTimedOutError,
)
from .models import Video

if TYPE_CHECKING:
    import threading

    from ._options import Timeout
    from .types import Response

#: Seconds between the first two looks, how they grow, and what they grow to.
_FIRST, _GROWTH, _LONGEST = 2.0, 1.5, 20.0

#: What a look may take at least, in seconds, however near the deadline is.
_LOOK = 1.0

#: Statuses that will pass, and those of servers that do not know the operation.
_PASSING = (408, 425, 429)
_UNKNOWN_OPERATION = (405, 501)

#: How often in a row an answer that says nothing is no news; a server may take a page of its own for an answer.
_RIDDLES = 3

#: How often in a row a job that the server itself told of may be unknown to it: not each of its machines has heard of it.
_ABSENCES = 2


class Waiting:
    """One wait for one job.

    Args:
        deadline: Seconds from now on until it ends.
        interval: Seconds between two looks, None where they grow.

    Raises:
        ValueError: A time makes no sense.
    """

    def __init__(self, deadline: float, interval: float | None) -> None:
        if not deadline >= 0:
            raise ValueError("the deadline is a number of seconds, 0 or more")
        if interval is not None and not 0 < interval < math.inf:
            raise ValueError("the interval is a number of seconds, more than 0")
        self.job: Video | None = None
        self.made: Video | None = None
        self._deadline = deadline
        self._ends = time.monotonic() + deadline
        self._interval = interval
        self._asked = 0.0
        self._trouble: Exception | None = None
        self._refused = 0
        self._has_looked = self._has_seen = False

    def of(self, job: Video | str) -> Self:
        """Say which job, by itself or by its id.

        Raises:
            ValueError: There is no id to ask for.
        """
        self.job = job if isinstance(job, Video) else None
        self.id: str = _name_of(job) if isinstance(job, Video) else job
        self._name = str(self.id)
        if self._name in ("", "None"):
            raise ValueError("a job without an id cannot be waited for")
        # A job that was only just made has no news; of an id nothing is known.
        self._pause = (self._interval or _FIRST) if self.job else 0.0
        return self

    def begin(self, job: Video) -> None:
        """Wait for a job that was made this moment, of which nobody has been told yet."""
        self.of(job)
        self.made = job

    @contextmanager
    def noted(self) -> Generator[None]:
        """Note the job's id on whatever ends the waiting and does not tell it by itself."""
        try:
            yield
        except JobError:
            raise
        except BaseException as error:
            error.add_note(f"the job is {self._name}; wait({self.id!r}) takes it up again")
            raise

    @property
    def done(self) -> bool:
        """Whether the job has ended."""
        return self.job is not None and self.job.done

    @property
    def result(self) -> Video:
        """The job as it ended.

        Raises:
            JobFailedError: It failed.
        """
        assert self.job is not None
        if self.job.stage == "failed":
            raise JobFailedError(
                _reason(self.job), code=_code(self.job), job_id=self._name, job=self.job
            )
        return self.job

    def pause(self) -> float:
        """Return the seconds until the next look, which the deadline can shorten; there is always one look.

        Raises:
            WaitTimedOutError: The deadline has passed.
        """
        left = self._ends - time.monotonic()
        if left <= 0 and self._has_looked:
            message = f"job {self._name} did not end within {self._deadline:g} s ({self._seen}); it goes on"
            raise WaitTimedOutError(message, job_id=self._name, job=self.job) from self._trouble
        pause = self._pause
        if self._interval is None:
            self._pause = min(_LONGEST, max(_FIRST, pause * _GROWTH))
            pause *= random.uniform(0.8, 1.0)
        else:
            self._pause = self._interval
            pause *= random.uniform(1.0, 1.1)
        asked, self._asked = self._asked, 0.0
        return max(0.0, min(left, max(pause, asked)))

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
            message = f"waiting for job {self._name} was cancelled ({self._seen}); it goes on"
            raise WaitCancelledError(message, job_id=self._name, job=self.job)

    @property
    def limit(self) -> float | None:
        """How long the next look may take, in seconds; None for any time."""
        left = max(_LOOK, self._ends - time.monotonic())
        return None if math.isinf(left) else left

    def timeout(self, usual: Timeout) -> Timeouts:
        """Return how long each step of the next look may take, so that silence cannot hold it beyond the deadline."""
        limit, usual = self.limit, timeouts(usual)
        return (
            usual
            if limit is None
            else Timeouts(*(limit if each is None else min(each, limit) for each in usual))
        )

    @contextmanager
    def patiently(self) -> Generator[None]:
        """Take failures of the server and of the connection for no news.

        Raises:
            WaitRefusedError: The server will not say how the job stands.
        """
        self._has_looked = True
        try:
            yield
        except (TransportError, TimeoutError) as error:
            self._trouble = error
        except AnswerError as error:
            self._trouble = error
            self._asked = error.retry_after or 0.0
            patience = self._patience(error)
            # What will pass says nothing about whether the job is known.
            self._refused = 0 if math.isinf(patience) else self._refused + 1
            if self._refused > patience:
                raise self._refusal(error) from error

    def news(self, response: Response[Any]) -> Video | None:
        """Note how the job stands now; return it if that is new.

        Raises:
            AnswerError: The answer does not say.
        """
        self._asked = retry_after(response.headers.get("Retry-After", "")) or 0.0
        job = expect(response, Video, optional=True)
        if not job.id or not _name_of(job):
            # Who asked for it knows, and whoever is handed it needs to.
            job = evolve(job, id=self.id)
        before, self.job = self.job, job
        self._has_seen, self._trouble, self._refused = True, None, 0
        return None if job == before else job

    @property
    def _seen(self) -> str:
        return f"last seen {self.job.status!r}" if self.job else "never seen"

    def _patience(self, error: AnswerError) -> float:
        """How often in a row an answer like this one is borne."""
        if error.status_code in _UNKNOWN_OPERATION:
            return 0
        if isinstance(error, ServerError) or error.status_code in _PASSING:
            return math.inf
        if error.status_code == 404 and self.job is not None:
            return _ABSENCES - 1
        return _RIDDLES - 1 if isinstance(error, (RefusedError, UndecodableAnswerError)) else 0

    def _refusal(self, error: AnswerError) -> WaitRefusedError:
        if error.status_code in _UNKNOWN_OPERATION or (
            error.may_lack_operation and not self._has_seen
        ):
            what = "this server does not offer " + "GET /v1/videos/{video_id}"
            what += " or does not know the job" if error.status_code == 404 else ""
            message = (
                f"job {self._name} cannot be waited for: {what} ({self._seen}); it goes on. {error}"
            )
            return NotOfferedError(message, refusal=error, job_id=self._name, job=self.job)
        message = f"the server does not say how job {self._name} stands ({self._seen}); it goes on. {error}"
        return WaitRefusedError(message, refusal=error, job_id=self._name, job=self.job)


def _name_of(job: Video) -> str:
    """What a server calls a job, among its names the first by which one can ask for it."""
    names: tuple[Any, ...] = (
        job.id,
        job.task_id,
    )
    return cast(
        "str",
        next((name for name in names if name != "" and isinstance(name, (str, int, float))), ""),
    )


def _reason(job: Video) -> str:
    told = inner(job, "error", "message")
    if isinstance(told, str) and told:
        return told
    whole = inner(job, "error")
    if isinstance(whole, str) and whole:
        return whole
    return "no reason given"


def _code(job: Video) -> str | int | None:
    code = inner(job, "error", "code")
    return code if isinstance(code, (str, int)) and code != "" else None
