"""What is known of a run before its first request: it begins the event stream, and stands in every report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from attrs import asdict, evolve, frozen

from conformance import __version__
from conformance.campaign import Options
from conformance.campaign.planning import Tier
from conformance.contract import Contract
from conformance.engine.target import Target

__all__ = ["FailOn", "Heading", "RunFacts", "heading", "moment", "shown_contract"]

FailOn = Literal["must", "should", "inconclusive"]


@frozen
class RunFacts:
    """When a run was, how it was meant, and what fails it.

    Attributes:
        started: when it began, in UTC (ISO 8601).
        seconds: how long it took; None until it has ended.
        seed: of the generated forms.
        tier: `free` where nothing was sent that is meant to be accepted, else `full`.
        fail_on: what fails it beside a broken MUST.
    """

    started: str
    seconds: float | None
    seed: int
    tier: Tier
    fail_on: tuple[FailOn, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunFacts:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        datetime.fromisoformat(data["started"])
        if not isinstance(data["seed"], int) or not isinstance(data["seconds"], float | int | None):
            raise TypeError("a seed or a time is something else")
        if not isinstance(data["fail_on"], list) or not set(data["fail_on"]) <= set(get_args(FailOn)):
            raise ValueError("what fails the run is something else")
        if data["tier"] not in get_args(Tier):
            raise ValueError("the tier is none")
        return cls(**{**data, "fail_on": tuple(data["fail_on"])})

    def took(self, seconds: float) -> RunFacts:
        """Return the facts of a run that has ended."""
        return evolve(self, seconds=round(seconds, 3))


@frozen
class Heading:
    """What tells one run from another.

    Attributes:
        tool: name and version of what ran.
        target: the base URL.
        contract: title, version, digest, and the file that it was read from; the files of its overlays, if any.
    """

    tool: Mapping[str, str]
    run: RunFacts
    target: Mapping[str, str]
    contract: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return asdict(self)


def heading(contract: Contract, target: Target, options: Options, fail_on: frozenset[FailOn] = frozenset()) -> Heading:
    """Return the heading of a run that begins now."""
    return Heading(
        tool={"name": "videos-conformance", "version": __version__},
        run=RunFacts(moment(datetime.now(UTC)), None, options.seed, options.tier, tuple(sorted(fail_on))),
        target={"url": target.url, "token": f"${target.token_env}", "token_source": target.token_source},
        contract=shown_contract(contract),
    )


def shown_contract(contract: Contract) -> dict[str, Any]:
    """Return what a report says of the contract."""
    return {
        "title": contract.title,
        "version": contract.edition,
        "sha256": contract.sha256,
        "file": _shown(contract.path),
        **({"overlays": [_shown(overlay.path) for overlay in contract.overlays]} if contract.overlays else {}),
    }


def moment(time: datetime) -> str:
    """Write a moment in UTC (ISO 8601), to the millisecond."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(path: Path) -> str:
    """Return a path as seen from the folder of work, where it stands in there."""
    absolute, here = path.resolve(), Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else str(absolute)
