"""Carries a run out again from its event stream, offline: the report of a run that could not write one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve

from conformance import __version__
from conformance.campaign import BrokenOffError, Options, run
from conformance.contract import Contract, ContractSource, default_path, load
from conformance.engine.network import Network
from conformance.engine.target import Target
from conformance.errors import ContractError, UsageError
from conformance.reports.heading import Heading, RunFacts
from conformance.reports.making import report
from conformance.reports.recorded_options import options_from
from conformance.reports.report import FORMAT, Report
from conformance.reports.stream import EventStream

__all__ = ["again", "contract_of", "options_of"]

_NO_FOOTER = "it was stopped before its report was written; `run --resume` carries it on"
_NO_TOKEN = "the-token-is-not-on-record"  # noqa: S105 - it stands where no token is needed


def again(stream: EventStream, given: ContractSource | None = None) -> Report:
    """Judge what is on record, as the run itself would have done at that moment.

    Raises:
        UsageError: the stream is of another version or contract, or the contract is not found.
    """
    contract, options = contract_of(stream, given), options_of(stream)
    header, told = stream.header, stream.header["again"]
    heading = Heading(header["tool"], RunFacts.from_dict(header["run"]), header["target"], header["contract"])
    network = Network(http2=told["http2"])
    url, source = heading.target["url"], heading.target["token_source"]
    target = Target(url, _NO_TOKEN, told["token_env"], network, source, tuple(told["unchanged"]))
    try:
        result = run(contract, target, options, _unheard, recording=stream.whole())
    except BrokenOffError as broken:
        result = broken.result
    seconds = max((event.until for event in stream.events), default=0.0)
    return report(contract, target, evolve(result, trouble=result.trouble or _NO_FOOTER), heading, seconds)


def options_of(stream: EventStream) -> Options:
    """Return the options of the run.

    Raises:
        UsageError: another version of the suite wrote them.
    """
    header = stream.header
    said = (header.get("format"), (header.get("tool") or {}).get("version"))
    if said != (FORMAT, __version__):
        raise UsageError(
            f"{stream.path}: is of a run that did not end, and version {said[1]} (format {said[0]}) wrote it: use"
            f" that, this is version {__version__} (format {FORMAT})"
        )
    try:
        return options_from(header["again"]["options"])
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise UsageError(f"{stream.path}: its options cannot be read: {error!r}") from None


def contract_of(stream: EventStream, given: ContractSource | None = None) -> Contract:
    """Return the contract that the run was held to.

    Args:
        stream: of the run.
        given: where the user says that it is.

    Raises:
        UsageError: it is not found, or has changed.
    """
    told: Any = stream.header.get("contract") or {}
    again = stream.header.get("again") or {}
    kept = None if again.get("contract") is None else Path(again["contract"])
    overlays = tuple(Path(name) for name in again.get("overlays") or () if isinstance(name, str))
    sources = [ContractSource(place, overlays) for place in (kept, default_path()) if place is not None]
    if given is not None and not given.is_own:
        sources = [evolve(given, path=given.path or kept, overlays=given.overlays or overlays)]
    for source in dict.fromkeys(sources):
        try:
            contract = load(source)
        except ContractError:
            continue
        if contract.sha256 == told.get("sha256"):
            return contract
    where = ", ".join(map(str, (kept, *overlays)))
    options = "--contract and --overlay" if overlays else "--contract"
    raise UsageError(
        f"{stream.path}: is of a run that did not end, and the contract that it was held to"
        f" (version {told.get('version')}, {where}) is not there as it was: say with {options} where it is"
    )


def _unheard(_: object) -> None:
    """Nobody listens."""
