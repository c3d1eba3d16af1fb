"""Carries on a run that was ended: what it was held to and what it was to do stand in its event stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, evolve
from click.core import ParameterSource

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.campaign import Options
    from conformance.reports.stream import EventStream

__all__ = ["carried_on", "resuming_options", "stream_to_resume"]

resuming_options: Callable[[Any], Any] = grouped(
    click.option(
        "--resume",
        type=click.Path(path_type=Path),
        help="Carry on the run that wrote this event stream; its options stand in there.",
    ),
)

# What an option decides of the run that it is given for.
_DECIDES: Mapping[str, tuple[str, ...]] = {
    "max_creates": ("max_creates",),
    "tier": ("tier",),
    "surprises": ("pace", "unexpected_acceptances"),
    "narrowed": ("values",),
    "models": ("values",),
    "only": ("selection", "only"),
    "skip": ("selection", "skip"),
    "explore": ("explore",),
    "seed": ("seed",),
    "concurrency": ("pace", "concurrency"),
    "timeout": ("pace", "timeout"),
    "create_timeout": ("pace", "create_timeout"),
    "max_response_time": ("max_response_time",),
    "retries": ("retries",),
    "follow": ("follow",),
    "max_cost": ("budget", "max_cost"),
    "prices": ("budget", "prices"),
    "price_file": ("budget", "prices"),
}


def stream_to_resume(settings: dict[str, Any]) -> EventStream | None:
    """Return the stream of the run that is to be carried on, if one is; its server becomes that of the settings.

    Raises:
        UsageError: it came to its end, cannot be read, or is of another server.
    """
    if settings["resume"] is None:
        return None
    from conformance.reports.stream import read_stream

    stream = read_stream(settings["resume"])
    if settings["events"] is not None:
        raise UsageError(f"--events and --resume: the run goes on in {stream.path}; leave --events out")
    if stream.report is not None and stream.report.get("complete"):
        raise UsageError(f"{stream.path}: that run came to its end; `report {stream.path}` shows what it found")
    told, of = stream.header.get("again"), stream.header.get("target")
    if not isinstance(told, dict) or not isinstance(of, dict) or not isinstance(of.get("url"), str):
        raise UsageError(f"{stream.path}: does not say which server it is of; it cannot be carried on")
    if told.get("embedded"):
        raise UsageError(f"{stream.path}: is of a run of the embedded server, which has ended with it; start a new run")
    if settings["url"] is not None and settings["url"].rstrip("/") != of["url"]:
        raise UsageError(f"--url {settings['url']}: the run in {stream.path} is of {of['url']}; leave --url out")
    settings["url"] = of["url"]
    if not _is_given("token_env"):
        settings["token_env"] = told["token_env"]
    _same_second(settings, told.get("second_token_env"), stream)
    return stream


def _same_second(settings: dict[str, Any], recorded: str | None, stream: EventStream) -> None:
    """Take the token of another account from where the run had it.

    Raises:
        UsageError: the run had one and this has none, or the other way round.
    """
    is_named = settings["second_token_env"] is not None or settings["second_token_file"] is not None
    if recorded is None and is_named:
        raise UsageError(f"--second-token-…: the run in {stream.path} had no second token; leave it out")
    if recorded is not None and not is_named:
        settings["second_token_env"] = recorded


def carried_on(stream: EventStream, recorded: Options, given: Options) -> Options:
    """Return the options of a run that is carried on: its own, and how far it may go this time.

    Args:
        stream: of the run.
        recorded: what it was to do.
        given: what the options of this command make.

    Raises:
        UsageError: an option contradicts the run.
    """
    had, has = asdict(recorded, recurse=True), asdict(given, recurse=True)
    for name, path in _DECIDES.items():
        if _is_given(name) and _at(had, path) != _at(has, path):
            option = next(param.opts[0] for param in click.get_current_context().command.params if param.name == name)
            raise UsageError(
                f"{option}: the run in {stream.path} had {_at(had, path)!r}, and is carried on as it was; leave it out"
            )
    limits = given.budget
    budget = evolve(recorded.budget, max_requests=limits.max_requests, max_duration=limits.max_duration)
    return evolve(recorded, budget=budget)


def _is_given(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data[key]
    return data
