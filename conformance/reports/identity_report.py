"""Which dialect a server speaks, and by which signs, for people on a terminal and as JSON for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.contract import Contract
from conformance.dialects.asking import creating, probes_of
from conformance.dialects.identity import Identity, LookedFor
from conformance.dialects.signs import Knowledge
from conformance.reports.layout import printable

__all__ = ["identity_dict", "render_identity", "render_questions"]

_FORMAT = 1


def identity_dict(found: Identity) -> dict[str, Any]:
    """Return the public JSON form."""
    target, dialect, spend = found.target, found.dialect, found.spend
    return {
        "format": _FORMAT,
        "url": target.url,
        "dialect": None if dialect is None else dialect.name,
        "says": None if dialect is None else dialect.says,
        "overlay": None if dialect is None else dialect.overlay,
        "points": dict(found.points),
        "signs": [
            {
                "dialect": one.dialect.name,
                "says": one.sign.says,
                "points": one.sign.points,
                "seen": one.is_seen,
                "question": one.question,
                "status": _status(found, one),
                "what": target.redact(one.what),
            }
            for one in found.signs
        ],
        "asked": [
            {
                "question": name,
                "method": exchange.probe.request.method,
                "path": exchange.probe.request.path,
                "status": exchange.status,
            }
            for name, exchange in found.asked.items()
        ],
        "ledger": {
            "requests": spend.requests,
            "creates": spend.creates,
            "possible_creates": spend.possible_creates,
        },
    }


def render_identity(found: Identity, console: Console, *, verbose: bool) -> None:
    """Show what a server is, which overlay fits, and every sign of what comes into question, seen or not."""
    told = list(_verdict(found))
    for line in told:
        console.print(line, soft_wrap=True, markup=False)
    for name, points in found.points.items():
        if not verbose and points <= 0:
            continue
        signs = [one for one in found.signs if one.dialect.name == name]
        console.print(f"\n{name}, {signs[0].dialect.says}: {_points(points)}", style="bold", markup=False)
        table = Table(box=None, pad_edge=False, show_header=False)
        for one in signs:
            status = _status(found, one)
            where = f"{one.question}, HTTP {status}" if one.is_seen else ""
            what = printable(found.target.redact(one.what))
            seen = Text("seen", style="green") if one.is_seen else Text("no", style="dim")
            table.add_row(seen, f"{one.sign.points:+}", Text(one.sign.says), Text(where), Text(what, style="dim"))
        console.print(table)
    spend = found.spend
    made = spend.creates + spend.possible_creates
    spent = f", {made} of which made something, or may have" if made else "; none could make anything"
    console.print(f"\n{spend.requests} requests{spent}")


def render_questions(contract: Contract, knowledge: Knowledge, console: Console) -> None:
    """Show what would be asked."""
    probes = probes_of(creating(contract), knowledge.questions.values())
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, question in knowledge.questions.items():
        request = probes[name].request
        table.add_row(request.method, Text(request.path), Text(question.says))
    console.print(table)
    console.print("none of them could make anything")


def _verdict(found: Identity) -> Iterator[str]:
    url, dialect = found.target.url, found.dialect
    if dialect is not None:
        yield f"{url}: {dialect.says} ({dialect.name})"
        if dialect.overlay is not None:
            yield f"fits: --overlay {dialect.overlay}"
        elif dialect.is_plain:
            yield "fits: no overlay"
        else:
            yield "fits: no overlay that comes with the suite; --overlay takes one of your own"
        return
    most = max(found.points.values())
    tied = [name for name, points in found.points.items() if points == most and points > 0]
    if len(tied) > 1:
        yield f"{url}: unknown; as many signs speak for {' as for '.join(tied)}"
    else:
        yield f"{url}: unknown; no dialect has signs enough"


def _status(found: Identity, one: LookedFor) -> int | None:
    return found.asked[one.question].status if one.question is not None else None


def _points(points: int) -> str:
    return f"{points} point{'' if points == 1 else 's'}"
