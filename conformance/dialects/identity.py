"""Tells which dialect a server speaks: asks what is free, looks for signs, and counts them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from conformance.campaign.preflight import preflight, reach
from conformance.checks.schemathesis_adapter import shape_failures
from conformance.contract import Contract
from conformance.dialects.asking import creating, empty_create, probes_of
from conformance.dialects.signs import Dialect, Knowledge, Sign
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.ledger import Ledger
from conformance.engine.pace import Pace
from conformance.engine.runner import Event, Runner
from conformance.engine.spend import Spend
from conformance.engine.target import Target
from conformance.probes.vouching import vouch

__all__ = ["Identity", "LookedFor", "identify"]

_ENOUGH = 3  # points
_LONGEST = 100  # letters of what was seen


@frozen(eq=False)
class LookedFor:
    """A sign of a dialect, and where it was seen.

    Attributes:
        question: by whose answer it was seen; None where it was not.
        what: was seen there, as it came.
    """

    dialect: Dialect
    sign: Sign
    question: str | None
    what: str = field(default="", repr=False)

    @property
    def is_seen(self) -> bool:
        """Whether an answer shows it."""
        return self.question is not None


@frozen(eq=False)
class Identity:
    """What a server was told to be, and by what.

    Attributes:
        dialect: that it speaks; None where no dialect has enough signs, or two have as many.
        points: of each dialect, the most first.
        asked: what came of each question, by its name.
    """

    target: Target
    dialect: Dialect | None
    points: Mapping[str, int]
    signs: tuple[LookedFor, ...]
    asked: Mapping[str, Exchange]
    spend: Spend


def identify(contract: Contract, target: Target, knowledge: Knowledge, pace: Pace) -> Identity:
    """Ask a server what is free, and tell which dialect it speaks.

    Raises:
        TargetError: it cannot be reached, or what answers has not the operation that creates.
        UsageError: the contract has none.
    """
    ledger = Ledger(0)
    asked = asyncio.run(_asked(contract, target, knowledge, pace, ledger))
    signs = tuple(
        _look(contract, dialect, sign, asked) for dialect in knowledge.dialects.values() for sign in dialect.signs
    )
    counted = {
        name: sum(one.sign.points for one in signs if one.dialect.name == name and one.is_seen)
        for name in knowledge.dialects
    }
    points = dict(sorted(counted.items(), key=lambda item: -item[1]))
    best, *others = points
    is_clear = points[best] >= _ENOUGH and all(points[other] < points[best] for other in others)
    return Identity(target, knowledge.dialects[best] if is_clear else None, points, signs, asked, ledger.spend())


async def _asked(
    contract: Contract, target: Target, knowledge: Knowledge, pace: Pace, ledger: Ledger
) -> Mapping[str, Exchange]:
    """Send each question once; what is said to be empty is sent first, and shows that there is somebody to ask."""
    builder = creating(contract)
    empty, probes = empty_create(builder), probes_of(builder, knowledge.questions.values())
    runner = Runner(target, ledger, pace, _unheard, vouch)
    async with runner.connected():
        await reach(runner)
        answers = await preflight(runner, builder, [empty])
        known = {exchange.probe.id for exchange in answers}
        answers += await runner.send({p.id: p for p in probes.values() if p.id not in known}.values())
    by_probe = {exchange.probe.id: exchange for exchange in answers}
    return {name: by_probe[probe.id] for name, probe in probes.items() if probe.id in by_probe}


def _unheard(_: Event) -> None:
    """Nobody listens."""


def _look(contract: Contract, dialect: Dialect, sign: Sign, asked: Mapping[str, Exchange]) -> LookedFor:
    """Look for a sign in the answers that can show it; the first one counts."""
    for name, exchange in asked.items():
        if exchange.answer is None or (sign.questions and name not in sign.questions):
            continue
        found = _seen(contract, sign, exchange, exchange.answer)
        if found is not None:
            return LookedFor(dialect, sign, name, found)
    return LookedFor(dialect, sign, None)


def _seen(contract: Contract, sign: Sign, exchange: Exchange, answer: Answer) -> str | None:
    """Return what of an answer is what a sign looks for; None where something is missing."""
    shown: list[str] = []
    if sign.status is not None and not _is_status(sign.status, answer.status):
        return None
    for name, pattern in sign.headers.items():
        value = answer.header(name)
        if value is None or pattern.search(value) is None:
            return None
        shown.append(f"{name}: {value}")
    for path, wanted in sign.members.items():
        values = [_written(value) for value in _values(answer.json, path.split("."))]
        matching = [value for value in values if wanted is not None and wanted.fullmatch(value)]
        if bool(values) if wanted is None else not matching:
            return None
        shown += [f"{path} {value}" for value in matching[:1]]
    if sign.text is not None:
        found = sign.text.search(answer.body.decode("utf-8", "replace"))
        if found is None:
            return None
        shown.append(found[0])
    if sign.is_documented and shape_failures(contract, exchange):
        return None
    return ", ".join(one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in shown)


def _is_status(wanted: str, status: int) -> bool:
    return wanted == str(status) or (wanted.endswith("XX") and wanted[0] == str(status)[0])


def _values(body: Any, path: list[str]) -> Iterator[Any]:
    """Yield what stands at a path of members; `*` is every item of a list."""
    if not path:
        yield body
    elif path[0] == "*" and isinstance(body, list):
        for item in body:
            yield from _values(item, path[1:])
    elif isinstance(body, Mapping) and path[0] in body:
        yield from _values(body[path[0]], path[1:])


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
