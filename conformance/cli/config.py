"""The command `videos-conformance config`: what `run` would do with the same words, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from attrs import asdict, frozen
from click.core import ParameterSource

from conformance.cli.configuration import key_of, place_of
from conformance.cli.run import run_command
from conformance.errors import ExitCode

__all__ = ["config_command"]


@frozen
class _Setting:
    key: str
    value: Any
    source: str


def _show(context: click.Context, *, as_json: bool, **_: Any) -> ExitCode:
    """Print what `run` would do with the same words: the value of each option, and where it comes from.

    Values of header fields and passwords of proxies are not shown, and the token is nowhere near.
    """
    found = list(_settings(context))
    if as_json:
        click.echo(json.dumps([asdict(setting) for setting in found], indent=2, ensure_ascii=False))
        return ExitCode.CONFORMS
    shown = [(one.key, "not set" if one.value is None else json.dumps(one.value, ensure_ascii=False)) for one in found]
    keys, values = max(len(key) for key, _ in shown), min(max(len(value) for _, value in shown), 40)
    for (key, value), setting in zip(shown, found, strict=True):
        click.echo(f"{key:{keys}}  {value:{values}}  {setting.source}")
    return ExitCode.CONFORMS


def _settings(context: click.Context) -> Iterator[_Setting]:
    for option in context.command.params:
        if option.is_eager or not option.expose_value or option.name in (None, "as_json"):
            continue
        value = context.params[option.name or ""]
        hide = getattr(option.type, "shown", lambda shown: str(shown) if isinstance(shown, Path) else shown)
        several = isinstance(value, (tuple, list))
        yield _Setting(
            key_of(option), [hide(one) for one in value] if several else hide(value), _source(context, option)
        )


def _source(context: click.Context, option: click.Parameter) -> str:
    source = context.get_parameter_source(option.name or "")
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.ENVIRONMENT:
        return f"environment (${option.envvar})"
    return place_of(context, option) or "default"


config_command = click.Command(
    "config",
    callback=click.pass_context(_show),
    params=[
        *(option for option in run_command.params if not option.is_eager),
        click.Option(["--json", "as_json"], is_flag=True, help="As JSON, for other tools."),
    ],
    help=_show.__doc__,
)
