"""Probes of a job's life: looks, and requests for its result too early, in parts, and by who must not have it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from conformance.contract import Contract, Operation
from conformance.contract.lives import Life
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Credentials, Expect, Probe
from conformance.probes.builder import Builder
from conformance.requirements.lifecycle import CONTENT, LIFE, content_id, life_id

__all__ = ["concerned", "early", "foreign", "look", "parts"]

_BEYOND = 1_000_000_000  # bytes; so far behind the end of a result that nobody has grown so much in between


def look(contract: Contract, life: Life, job: str, name: str) -> Probe:
    """Return a look at a job, by whoever made it; for the run itself, whatever is asked of it."""
    probe = _asking(contract, life, life.reader, job, f"{life.reader.id}/look/{name}", Expect.ACCEPT)
    return evolve(probe, group=f"{life.reader.id}/look/{name.partition('/')[0]}")


def early(contract: Contract, life: Life, fetcher: Operation, job: str) -> Probe:
    """Return a request for the result of a job that has not succeeded."""
    probe = _asking(contract, life, fetcher, job, f"{fetcher.id}/early", Expect.EITHER)
    return evolve(probe, concerns=(content_id(fetcher, "not-before-success"),))


def foreign(contract: Contract, life: Life, operation: Operation, job: str) -> Probe:
    """Return a request for a job or its result by another account."""
    is_look = operation is life.reader
    probe = _asking(contract, life, operation, job, f"{operation.id}/foreign", Expect.EITHER)
    request = evolve(probe.request, credentials=Credentials.anothers(operation))
    requirement = life_id(operation, "private") if is_look else content_id(operation, "private-result")
    return evolve(probe, request=request, concerns=(requirement,))


def parts(whole: Exchange) -> Iterator[Probe]:
    """Yield requests for parts of what was sent whole, and for its head."""
    answer, probe = whole.answer, whole.probe
    if answer is None or not answer.body:
        return
    size, fetcher = len(answer.body), probe.operation
    middle = f"bytes={size // 3}-{max(size // 3, size * 2 // 3 - 1)}"
    guards = (f"{fetcher.id}/valid/no-server-error",)
    for name, rule, asked in (
        ("middle", "part", middle),
        ("end", "part", f"bytes=-{max(1, size // 4)}"),
        ("beyond", "part-beyond", f"bytes={size + _BEYOND}-"),
    ):
        request = evolve(probe.request, headers=(*probe.request.headers, ("Range", asked)))
        made = _of(probe, f"{fetcher.id}/part/{name}", content_id(fetcher, rule))
        yield evolve(made, request=request, guards=guards if rule == "part" else ())
    head = _of(probe, f"{fetcher.id}/head", content_id(fetcher, "head"), content_id(fetcher, "head-length"))
    yield evolve(head, request=evolve(probe.request, method="HEAD"))


def concerned(contract: Contract, life: Life, job: str, *rules: str) -> Probe:
    """Return a look that stands for what no look could decide, with the last words of the requirements' ids."""
    probe = look(contract, life, job, "undecided")
    known = [life_id(life.reader, rule) for rule in rules if rule in LIFE]
    known += [content_id(fetcher, rule) for fetcher in life.fetchers for rule in rules if rule in CONTENT]
    return evolve(probe, concerns=tuple(known))


def _asking(contract: Contract, life: Life, operation: Operation, job: str, probe_id: str, expect: Expect) -> Probe:
    builder = Builder(contract, operation, {life.keeper.id: (job,)})
    return builder.probe(probe_id, builder.required(), expect, probe_id)


def _of(probe: Probe, probe_id: str, *concerns: str) -> Probe:
    return evolve(
        probe, id=probe_id, group=probe_id, expect=Expect.EITHER, decides=(), concerns=concerns, guards=(), confirm=None
    )
