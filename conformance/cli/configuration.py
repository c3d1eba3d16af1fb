"""The configuration file: where it is found, what may stand in it, and how click comes by it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click
from attrs import field, frozen

from conformance.errors import UsageError

__all__ = [
    "PREFIX",
    "Configuration",
    "configured",
    "explained",
    "find",
    "key_of",
    "place_of",
    "read_configuration",
]

PREFIX = "VIDEOS_CONFORMANCE"
_OWN, _SHARED = "videos-conformance.toml", "pyproject.toml"
_TABLE = "videos-conformance"
_META, _CONTEXT, _LEFT = (f"conformance.{word}" for word in ("configuration", "context", "no-config"))
_BOTH = "--config and --no-config contradict each other: leave one of them"
_LIKE_RUN = frozenset({"body", "diff", "explain", "identify", "requirements"})
"""Commands that are about the same server as `run`; of what stands at the top, others take the contract alone."""
_OF_A_FILE = "lint"
"""A command that is told what it is about: what is said of the contract is not said of that."""
_FOR_ALL = ("contract", "overlay")
_WRITTEN = ("report-", "events")
"""How the keys begin that say what `run` writes, which no other command writes over."""
_WITHOUT = "completion"
"""A command that every shell starts with, wherever that is: a file that is wrong must not be in its way."""
_NEVER = {
    "config": "it says where this file is",
    "token": "a secret stands in no file of configuration: `token-env` names the variable that holds it",
    "token-command": "a file that somebody else may have put there must not run commands: give it on the command line",
    "yes": "consent is given anew for each run",
}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}


@frozen
class Configuration:
    """What a file says.

    Attributes:
        path: of the file.
        table: the name of its table that is read, empty where the whole file is.
        values: of that table.
    """

    path: Path
    table: str
    values: Mapping[str, Any] = field(repr=False)
    text: str = field(repr=False)

    def line(self, section: str, key: str) -> int | None:
        """Return the line on which a key stands; None where it is written in a way that is not looked for."""
        table = ".".join(name for name in (self.table, section) if name)
        current = ""
        for number, line in enumerate(self.text.splitlines(), 1):
            if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
                current = header[1].replace('"', "").replace(" ", "")
            elif current == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line):
                return number
        return None

    def place(self, section: str, key: str) -> str:
        """Return where a key stands, for people."""
        line = self.line(section, key)
        where = str(self.path) if line is None else f"{self.path}:{line}"
        return f"{where} ({section}.{key})" if section else f"{where} ({key})"

    def error(self, section: str, key: str, said: str) -> UsageError:
        """Return the error that a key cannot be used."""
        return UsageError(f"{self.place(section, key)}: {said}")


def find(start: Path) -> Path | None:
    """Return the nearest file from a folder upwards, as ruff does: the own one comes before a table of pyproject."""
    for folder in (start, *start.parents):
        own, shared = folder / _OWN, folder / _SHARED
        if own.is_file():
            return own
        if shared.is_file() and _has_table(shared):
            return shared
    return None


def read_configuration(path: Path) -> Configuration:
    """Read a file.

    Raises:
        UsageError: it cannot be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:  # of TOML, and of UTF-8
        raise UsageError(f"{path}: is no TOML: {error}") from None
    if path.name != _SHARED:
        return Configuration(path, "", values, text)
    tools = values.get("tool")
    own = tools.get(_TABLE) if isinstance(tools, dict) else None
    if not isinstance(own, dict):
        raise UsageError(f"{path}: has no table [tool.{_TABLE}]")
    return Configuration(path, f"tool.{_TABLE}", own, text)


def configured(command: click.Command, name: str) -> click.Command:
    """Give a command what all have: its options in the environment and in the file, and --config and --no-config."""
    if name == _WITHOUT or any(parameter.name == "no_config" for parameter in command.params):
        return command
    command.params += [
        click.Option(
            ["--no-config"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_leave,
            help="Read no file of configuration.",
        ),
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path),
            is_eager=True,
            expose_value=False,
            callback=lambda context, _, value: _read(context, name, value),
            help=f"File of configuration; by default {_OWN}, or [tool.{_TABLE}] in {_SHARED}, here or further up.",
        ),
    ]
    for option in command.params:
        if isinstance(option, click.Option) and option.envvar is None:
            option.envvar = _variable(option, name)
    return command


def _leave(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's own signature
    context.meta[_LEFT] = value
    if value and _META in context.meta:
        raise UsageError(_BOTH)


def _read(context: click.Context, name: str, named: Path | None) -> None:
    """Take what the file says as the defaults of a command."""
    if context.resilient_parsing:
        return
    left = context.meta.get(_LEFT, False)
    if left and named is not None:
        raise UsageError(_BOTH)
    path = None if left else named or find(Path.cwd())
    if path is not None:
        configuration = read_configuration(path)
        context.meta[_META] = configuration
        context.meta[_CONTEXT] = context
        context.default_map = {**(context.default_map or {}), **_defaults(configuration, context, name)}


def explained(context: click.Context, error: Exception) -> Exception:
    """Return an error with the place in the file, where what it is about comes from there."""
    own: click.Context | None = context.meta.get(_CONTEXT)
    if own is None:
        return error
    if isinstance(error, click.BadParameter) and error.param is not None:
        place = place_of(own, error.param)
        return error if place is None else UsageError(f"{place}: {error.message}")
    found = re.match(r"--([a-z0-9-]+)|-H ", str(error))
    if isinstance(error, UsageError) and found is not None:
        key = found[1] or "header"
        option = next((one for one in own.command.params if key_of(one) == key), None)
        place = None if option is None else place_of(own, option)
        return error if place is None else UsageError(f"{place}: {error}")
    return error


def key_of(parameter: click.Parameter) -> str:
    """Return the name that an option has in a file: its longest."""
    return max(parameter.opts, key=len).lstrip("-")


def _variable(parameter: click.Parameter, name: str) -> str:
    """Return the environment variable that an option is read from: as in a file, its own where its table is its own."""
    key = key_of(parameter)
    words = [PREFIX, key] if _takes(name, key) or parameter.is_eager else [PREFIX, name, key]
    return "_".join(words).replace("-", "_").upper()


def place_of(context: click.Context, parameter: click.Parameter) -> str | None:
    """Return where in the file the value of an option stands, where it comes from there."""
    found: Configuration | None = context.meta.get(_META)
    name = parameter.name or ""
    if found is None or context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT_MAP:
        return None
    section = _read_by(context.info_name or "")
    own = found.values.get(section)
    key = key_of(parameter)
    return found.place(section if isinstance(own, dict) and key in own else "", key)


def _read_by(name: str) -> str:
    """Return the command whose table a command reads: `config` shows what `run` would do."""
    return "run" if name == "config" else name


def _takes(name: str, key: str) -> bool:
    """Tell whether a command takes a key from the top, and from the variable that all have for it."""
    if _read_by(name) == "run" or (key in _FOR_ALL and name != _OF_A_FILE):
        return True
    return name in _LIKE_RUN and not key.startswith(_WRITTEN)


def _alike(one: click.Parameter, other: click.Parameter) -> bool:
    """Tell whether two options of one name take the same: `diff` takes two servers, and `run` one."""
    return one.multiple == other.multiple


def _has_table(path: Path) -> bool:
    """Tell whether a pyproject has the table; one that cannot be read says nothing to us."""
    try:
        tools = tomllib.loads(path.read_text(encoding="utf-8")).get("tool")
    except (OSError, ValueError):
        return False
    return isinstance(tools, dict) and _TABLE in tools


def _defaults(configuration: Configuration, context: click.Context, name: str) -> dict[str, Any]:
    """Return what a file says for a command, by the names that click has for its options.

    Raises:
        UsageError: something in the file is unknown, or of the wrong kind.
    """
    group = context.parent.command if context.parent is not None else None
    if not isinstance(group, click.Group):
        return {}
    of = _read_by(name)
    commands = {other: _options(group, context, other) for other in group.list_commands(context)}
    known = {key: option for other in (*_LIKE_RUN, "run") for key, option in commands.get(other, {}).items()}
    made: dict[str, Any] = {}
    for key, value in configuration.values.items():
        if isinstance(value, dict):
            made.update(_section(configuration, commands, key, value, of))
            continue
        read = _value(configuration, "", key, value, known.get(key), {**known, **commands})
        own = commands[of].get(key)
        if own is not None and _takes(of, key) and _alike(own, known[key]):
            made.setdefault(own.name or key, read)
    return made


def _section(
    configuration: Configuration,
    commands: Mapping[str, Mapping[str, click.Parameter]],
    section: str,
    values: Mapping[str, Any],
    of: str,
) -> dict[str, Any]:
    """Return what the table of a command says, where it is the one that runs."""
    if section not in commands:
        raise configuration.error("", section, f"there is no command {section}{_near(section, commands)}")
    known = commands[section]
    read = {key: _value(configuration, section, key, value, known.get(key), known) for key, value in values.items()}
    return {known[key].name or "": value for key, value in read.items()} if section == of else {}


def _options(group: click.Group, context: click.Context, name: str) -> dict[str, click.Parameter]:
    command = group.get_command(context, name)
    options = command.params if command is not None else []
    return {key_of(option): option for option in options if isinstance(option, click.Option) and not option.is_eager}


def _value(
    configuration: Configuration,
    section: str,
    key: str,
    value: Any,
    option: click.Parameter | None,
    known: Mapping[str, Any],
) -> Any:
    """Return the value of a key as click takes it.

    Raises:
        UsageError: the key is unknown, or its value is of another kind.
    """
    if key in _NEVER:
        raise configuration.error(section, key, _NEVER[key])
    if not isinstance(option, click.Option):
        raise configuration.error(section, key, f"there is no option --{key}{_near(key, known)}")
    if not option.multiple:
        return _single(configuration, section, key, value, option)
    if not isinstance(value, list):
        raise configuration.error(section, key, f'write a list, since it may be repeated: {key} = ["…"]')
    return [_single(configuration, section, key, item, option) for item in value]


def _single(configuration: Configuration, section: str, key: str, value: Any, option: click.Option) -> Any:
    kind = _kind(option)
    is_right = type(value) is kind or (kind is float and type(value) is int)
    if not is_right:
        written = "true" if value is True else "false" if value is False else repr(value)
        raise configuration.error(section, key, f"write {_KINDS[kind]}, and not {written}")
    check = getattr(option.type, "in_file", None)
    if check is not None:
        try:
            value = check(value, configuration.path.parent)
        except UsageError as error:
            raise configuration.error(section, key, str(error)) from None
    if isinstance(option.type, click.Path):
        return str(configuration.path.parent / Path(value).expanduser())
    return value


def _kind(option: click.Option) -> type:
    if option.is_flag:
        return bool
    if isinstance(option.type, click.types.IntParamType):
        return int
    return float if isinstance(option.type, click.types.FloatParamType) else str


def _near(name: str, known: Mapping[str, Any]) -> str:
    found = get_close_matches(name.replace("_", "-"), known, n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else "; `videos-conformance config` lists what there is"
