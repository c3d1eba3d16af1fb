"""The matrix: every fault must be found by the requirement that it names, and no variant may break a MUST."""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
from collections import defaultdict
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from functools import cache, partial
from multiprocessing.connection import wait

from attrs import evolve, field, frozen

from conformance.campaign import Options, run
from conformance.checks import CHECKS, RUN_CHECKS
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract, ContractSource, load
from conformance.engine.pace import Pace
from conformance.engine.target import target
from conformance.errors import SuiteError
from conformance.reference import ReferenceServer, generic_faults
from conformance.reference.named_behaviours import Entry, named_behaviours
from conformance.requirements import Level, catalogue

__all__ = [
    "CORRECT",
    "FOLLOW",
    "PACE",
    "Examination",
    "everything",
    "examine",
    "examine_all",
    "families",
    "family",
    "uncovered_checks",
    "uncovered_families",
]

CORRECT = "correct"
PACE = Pace(timeout=2.0, create_timeout=2.0, look_every=0.01)
FOLLOW = 0.2  # seconds for jobs that move with every look
LIMIT = 0.9
_TRIES = 3
_TOKEN = "sk-conformance-selftest"  # noqa: S105 - opens nothing but the embedded server
_SECOND = "sk-conformance-selftest-neighbour"


@frozen
class Examination:
    """What a run found on the reference server in one variant, or with one fault."""

    name: str
    kind: str
    expected: tuple[str, ...]
    tolerated: tuple[str, ...]
    failed: tuple[str, ...]
    failed_musts: tuple[str, ...]
    killers: Mapping[str, str] = field(repr=False)
    requests: int
    creates: int
    unexpected_creates: int
    trouble: str | None
    tier: str = "free"

    @property
    def missed(self) -> tuple[str, ...]:
        """Requirements that the fault names and that did not fail."""
        return tuple(name for name in self.expected if name not in self.failed)

    @property
    def false_musts(self) -> tuple[str, ...]:
        """MUSTs that failed though nothing says that they may; what an operation suffers from, others may as well."""
        aspects = {_aspect(name) for name in self.expected}
        others = (name for name in self.failed_musts if _aspect(name) not in aspects)
        return tuple(name for name in others if not self._may_fail(name))

    @property
    def is_late(self) -> bool:
        """Whether an answer took too long though nothing says that it may."""
        late = (name for name in self.failed if name.startswith("time/"))
        return any(name not in self.expected and not self._may_fail(name) for name in late)

    @property
    def is_found(self) -> bool:
        """Whether one of the named requirements failed."""
        return any(name in self.failed for name in self.expected)

    @property
    def is_right(self) -> bool:
        """Whether all that is named failed, and no MUST beyond it."""
        return not self.missed and not self.false_musts

    def _may_fail(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.tolerated)


def _aspect(requirement: str) -> str:
    """Return a requirement's id without its first word, the operation."""
    return requirement.partition("/")[2]


def examine(name: str, options: Options, source: ContractSource | None = None) -> Examination:
    """Run the suite against the reference server with one fault or variant, or without any.

    The reference server answers at once unless a fault delays it. Where time ran out all the same, the machine was
    busy, and what such a run found may be the machine's doing: it is done again, three times at most.

    Raises:
        SuiteError: the reference server itself broke down.
    """
    examination = _examine_once(name, options, source)
    for _ in range(_TRIES - 1):
        if not examination.is_late:
            break
        examination = _examine_once(name, options, source)
    return examination


def _examine_once(name: str, options: Options, source: ContractSource | None) -> Examination:
    contract = _contract(source)
    entry = None if name == CORRECT else _entries(source)[name]
    behaviours = (entry,) if entry is not None else ()
    with ReferenceServer(contract, token=_TOKEN, behaviours=behaviours, second_token=_SECOND) as server:
        under_test = evolve(target(server.url, _TOKEN, "TOKEN"), second_token=_SECOND, second_env="SECOND")
        result = run(contract, under_test, options, lambda _: None)
    if server.defects:
        raise SuiteError(f"the reference server broke down as {name}: {server.defects[0]!r}")
    broken = [verdict for verdict in result.verdicts if verdict.decision is Decision.FAIL]
    return Examination(
        name,
        entry.kind if entry is not None else "variant",
        entry.fails if entry is not None else (),
        (*entry.may, *entry.breaks) if entry is not None else (),
        tuple(verdict.requirement.id for verdict in broken),
        tuple(verdict.requirement.id for verdict in broken if verdict.requirement.level is Level.MUST),
        {verdict.requirement.id: _killer(verdict) for verdict in broken},
        result.spend.requests,
        result.spend.creates,
        result.spend.unexpected_creates,
        result.trouble,
        entry.tier if entry is not None else "free",
    )


def examine_all(
    chosen: Sequence[str],
    options: Options,
    workers: int,
    source: ContractSource | None = None,
    *,
    niceness: int = 0,
) -> Generator[Examination, None, None]:
    """Examine the reference server with each of some faults and variants, named; `CORRECT` is the correct one.

    Args:
        chosen: names of what to examine.
        options: of each run.
        workers: processes at the same time; one stays in this process.
        source: of the contract whose faults they are; our own where it is None.
        niceness: how far the processes stand back behind others (`nice`).
    """
    work = partial(examine, options=options, source=source)
    if workers == 1:
        yield from map(work, chosen)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(niceness,))
    try:
        yield from pool.map(work, chosen)
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupted self-test leaves no process behind


def everything(source: ContractSource | None = None) -> list[str]:
    """Return the names of all that there is to examine, the correct server first.

    Args:
        source: of a contract whose faults are derived; where it is None, the named ones of our own, and those
            that are derived where none is named.
    """
    return [CORRECT, *_entries(source)]


@cache
def _entries(source: ContractSource | None) -> Mapping[str, Entry]:
    derived = generic_faults(_contract(source))
    if source is not None:
        return {entry.name: entry for entry in derived}
    known = named_behaviours()
    named = {family(requirement) for entry in known.faults for requirement in (*entry.fails, *entry.may)}
    others = {family(entry.fails[0]): entry for entry in reversed(derived)}
    added = (entry for kind, entry in reversed(others.items()) if kind not in named)
    return {entry.name: entry for entry in (*known.variants, *known.faults, *added)}


def _start(niceness: int) -> None:
    os.nice(niceness)
    end_with_parent()


def end_with_parent() -> None:
    """Make this process end when the one that started it does, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@cache
def _contract(source: ContractSource | None) -> Contract:
    """Read a contract once in a process: what is planned for it is kept too."""
    return load(source)


def _killer(verdict: Verdict) -> str:
    return verdict.finding.check if verdict.finding is not None else ""


def family(requirement: str) -> str:
    """Return what a requirement has in common with those about other fields: `request/*/type`."""
    requirement = re.sub(r"^[^/]+/(request|response/[^/]+|parameter)/(?!body/)([^/]+)/", r"\1/*/", requirement)
    return re.sub(r"(/value)/.*$", r"\1/*", requirement)


def families(contract: Contract) -> set[str]:
    """Return the families of all requirements of a contract."""
    return {family(requirement.id) for requirement in catalogue(contract)}


def uncovered_families(contract: Contract, found: Iterable[Examination]) -> set[str]:
    """Return the families of which no fault breaks any requirement."""
    broken = {
        family(name)
        for examination in found
        for name in examination.failed
        if name in (*examination.expected, *examination.tolerated)
    }
    return families(contract) - broken


def uncovered_checks(found: Iterable[Examination]) -> set[str]:
    """Return the checks by which no fault was found."""
    kills: dict[str, set[str]] = defaultdict(set)
    for examination in found:
        for requirement, check in examination.killers.items():
            if requirement in examination.expected:
                kills[check].add(examination.name)
    return {*CHECKS, *RUN_CHECKS} - kills.keys()
