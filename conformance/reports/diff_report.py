"""The differences between two servers, for people on a terminal, and as JSON for other tools."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from conformance.diffing.both import Compared
from conformance.diffing.difference import Difference, Pair
from conformance.engine.exchange import Exchange
from conformance.errors import ExitCode
from conformance.reports.curl import curl
from conformance.reports.layout import block, one_line, printable

__all__ = ["diff_dict", "diff_exit_code", "render_diff"]

_FORMAT = 1
_EXCERPT = 600
_SHOWN = 3  # requirements of one difference
_LONGEST_COMMAND = 2_000


def diff_exit_code(compared: Compared) -> ExitCode:
    """Return the status that the command ends with."""
    if compared.trouble is not None:
        return ExitCode.INCOMPLETE
    return ExitCode.BROKEN_MUST if compared.differences else ExitCode.CONFORMS


def diff_dict(compared: Compared) -> dict[str, Any]:
    """Return the public JSON form."""
    spend = compared.spend
    return {
        "format": _FORMAT,
        "complete": compared.trouble is None,
        "trouble": None if compared.trouble is None else _redacted(compared, compared.trouble),
        "servers": [
            {"url": side.target.url, "answered": side.requests, "creates": side.creates} for side in compared.sides
        ],
        "compared": compared.compared,
        "left_out": dict(compared.left_out),
        "ledger": {
            "requests": spend.requests,
            "creates": spend.creates,
            "possible_creates": spend.possible_creates,
            "unexpected_creates": spend.unexpected_creates,
            "ceiling": spend.ceiling,
        },
        "differences": [_difference(compared, found) for found in compared.differences],
    }


def _difference(compared: Compared, found: Difference) -> dict[str, Any]:
    pair = found.pairs[0]
    return {
        "kind": found.kind,
        "about": _redacted(compared, found.about),
        "operation": found.operation,
        "requirements": list(found.requirements),
        "values": [_redacted(compared, text) for text in (found.first, found.second)],
        "probes": [pair.probe.id for pair in found.pairs],
        "evidence": {
            "probe": pair.probe.id,
            "curl": [_command(compared, pair, index) for index in (0, 1)],
            "answers": [_answer(compared, exchange) for exchange in (pair.first, pair.second)],
        },
    }


def render_diff(compared: Compared, console: Console) -> None:
    """Print the differences, each by its requirement, then what was not compared, and what it has cost."""
    if compared.trouble is not None:
        told = printable(_redacted(compared, compared.trouble))
        block(console, "! ", f"not everything was compared: {told}", style="bold red", fold=True)
        console.print()
    for label, side in zip("AB", compared.sides, strict=True):
        console.print(Text(f"{label}  {printable(side.target.url)}"), soft_wrap=True)
    console.print()
    for number, found in enumerate(compared.differences, 1):
        _print_difference(number, found, compared, console)
    if compared.left_out:
        console.print("not compared:")
        for reason, count in compared.left_out.most_common():
            block(console, f"{count:4}  ", reason, fold=True)
        console.print()
    spend = compared.spend
    count = len(compared.differences)
    block(console, "", f"{compared.compared} probes compared, {count} difference{'' if count == 1 else 's'}", hang=2)
    spent = f"{spend.requests} requests, {spend.creates} creates on both together (ceiling {spend.ceiling})"
    if spend.possible_creates:
        spent += f", and {spend.possible_creates} possible"
    block(console, "", spent, hang=2)


def _print_difference(number: int, found: Difference, compared: Compared, console: Console) -> None:
    named = found.requirements or (f"no requirement; the probe is {found.pairs[0].probe.id}",)
    shown = ", ".join(named[:_SHOWN]) + (f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")
    console.print(Text.assemble(f"{number}.  ", (shown, "bold")), soft_wrap=True)
    about = f" of `{_redacted(compared, found.about)}`" if found.about else ""
    probes = f"{len(found.pairs)} probe{'' if len(found.pairs) == 1 else 's'}"
    block(console, "    differs ", f"{found.kind}{printable(about)}, in {probes} of {found.operation}", fold=True)
    pair = found.pairs[0]
    for label, told, exchange in (("A", found.first, pair.first), ("B", found.second, pair.second)):
        block(console, f"    {label}       ", one_line(_redacted(compared, told)), fold=True)
        body = _answer(compared, exchange)
        answer = "no answer" if body["status"] is None else f"HTTP {body['status']}: {body['text']}"
        block(console, " " * 12, one_line(answer), fold=True)
    command = _command(compared, pair, 0)
    if len(command) <= _LONGEST_COMMAND:
        console.print(Text(f"    $ {printable(command)}"), soft_wrap=True)
    console.print()


def _command(compared: Compared, pair: Pair, index: int) -> str:
    exchange = (pair.first, pair.second)[index]
    command = curl(compared.sides[index].target, exchange, lambda _: True, "videos-conformance body")
    return _redacted(compared, command)


def _answer(compared: Compared, exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    text = answer.body.decode("utf-8", "replace") if answer is not None else exchange.detail
    shown = _redacted(compared, text)
    return {"status": exchange.status, "text": shown if len(shown) <= _EXCERPT else f"{shown[:_EXCERPT]} …"}


def _redacted(compared: Compared, text: str) -> str:
    for side in compared.sides:
        text = side.target.redact(text)
    return text
