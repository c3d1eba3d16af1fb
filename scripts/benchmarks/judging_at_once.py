"""A client judged by several adapters at once: most of what one waits for is that the client sends again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from attrs import evolve

from conformance.clients.judging import Judged, TimeLimits, judge
from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract
from conformance.vectors import Vector

__all__ = ["judged_at_once"]


def judged_at_once(
    contract: Contract,
    vectors: Sequence[Vector],
    command: Sequence[str],
    credential: MadeUpToken,
    limits: TimeLimits,
    at_once: int,
) -> Judged:
    """Deal the vectors out, and put what came of them together in their order.

    Vectors that are alike stand side by side, so that each adapter gets its share of the slow ones. The boundary is
    learnt by the first alone, whose trial of it is the last one.
    """
    shares = [vectors[number::at_once] for number in range(min(at_once, len(vectors)))]
    with ThreadPoolExecutor(len(shares)) as threads:
        runs = [
            threads.submit(
                judge, contract, share, command, credential, limits, lambda _: None, collides=number == 0
            )
            for number, share in enumerate(shares)
        ]  # fmt: skip
        made = [run.result() for run in runs]
    place = {vector.id: number for number, vector in enumerate(vectors)}
    trials = sorted(
        (trial for each in made for trial in each.trials), key=lambda trial: place.get(trial.vector.id, len(place))
    )
    return evolve(
        made[0],
        trials=tuple(trials),
        conduct=tuple(dict.fromkeys(flaw for each in made for flaw in each.conduct)),
        trouble=next((each.trouble for each in made if each.trouble is not None), None),
    )
