"""The log of requests: the last of them, and who is told of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from attrs import Factory, define, field

from conformance.mock.record import RequestRecord

__all__ = ["LogListener", "RequestLog"]

LogListener = Callable[[RequestRecord], None]
_KEPT = 1000


@define
class RequestLog:
    """What came in, the last requests only; it may be read while it grows."""

    listeners: list[LogListener] = Factory(list)
    _kept: deque[RequestRecord] = field(factory=lambda: deque(maxlen=_KEPT))
    _lock: Lock = field(factory=Lock, repr=False)

    @property
    def records(self) -> Sequence[RequestRecord]:
        """What is kept, the oldest first."""
        with self._lock:
            return tuple(self._kept)

    def add(self, record: RequestRecord) -> None:
        """Keep a record, and tell everybody of it."""
        with self._lock:
            self._kept.append(record)
        for listener in tuple(self.listeners):
            listener(record)
