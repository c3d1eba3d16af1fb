"""How fast a run goes, and how much it puts up with."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Pace"]


@frozen
class Pace:
    """How fast to go, and how much to put up with; times in seconds.

    Attributes:
        timeout: how long to wait for a refusal.
        create_timeout: how long to wait for what costs money: as long as the generated client does.
        patience: how long a run waits in all because the server asked for it.
        unexpected_acceptances: accepted free probes after which their group stops.
        silences: probes without an answer after which their group stops.
        most_silences: probes without an answer after which the run stops.
        most_unusable: answers in a row that say nothing (5xx, 429, none at all) after which the run stops.
        look_every: how long to wait before the second look at a job that is waited for; then longer and longer.
        most_unclear: creates in a row, neither accepted nor refused beyond doubt, after which no more are sent.
    """

    concurrency: int = 4
    timeout: float = 30.0
    create_timeout: float = 120.0
    patience: float = 60.0
    unexpected_acceptances: int = 1
    silences: int = 2
    most_silences: int = 12
    most_unusable: int = 9
    most_unclear: int = 3
    recovery_attempts: int = 7
    look_every: float = 1.0
