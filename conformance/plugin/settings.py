"""The options of pytest as those of the command: what they mean, and how its sentences name them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.cli.options import source_of
from conformance.errors import UsageError
from conformance.plugin import PASSED_ON

__all__ = ["in_pytests_words", "options", "settings"]

_OURS = (
    *PASSED_ON,
    *("contract", "fail-on", "max-creates", "only", "overlay", "report-json", "skip", "token-env", "url", "yes"),
)
_OPTION = re.compile(rf"(?<![\w-])--(?=(?:{'|'.join(_OURS)})(?![\w-]))")


def settings(config: pytest.Config) -> dict[str, Any]:
    """Return what the readers of the command's options take, by the names that they have there."""
    contract = config.getoption("videos_contract")
    return {
        "source": source_of(contract, config.getoption("videos_overlay")),
        **{name: config.getoption(f"videos_{name}") for name in ("fail_on", "max_creates", "only", "skip", "url")},
    }


def options(config: pytest.Config, url: str, selected: tuple[str, ...]) -> Iterator[str]:
    """Yield the options of `videos-conformance run` for one run.

    Args:
        config: of the session.
        url: of the server under test.
        selected: patterns of what is judged; all of it where there is none.

    Raises:
        UsageError: further options that cannot be read, or are none of theirs.
    """
    yield from _further(config.getoption("videos_args"))
    yield f"--url={url}"
    if config.getoption("videos_yes"):
        yield "--yes"
    for name in ("token-env", "max-creates", "contract", *PASSED_ON):
        value = config.getoption(f"videos_{name.replace('-', '_')}")
        if value is not None:
            yield f"--{name}={value}"
    yield from (f"--overlay={name}" for name in config.getoption("videos_overlay"))
    yield from (f"--fail-on={words}" for words in config.getoption("videos_fail_on"))
    yield from (f"--only={pattern}" for pattern in selected)


def _further(text: str) -> list[str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--videos-args: {error}") from None
    for word in words:
        if _OPTION.match(word):
            raise UsageError(f"--videos-args: pytest has an option of its own for this: {word}")
    return words


def in_pytests_words(sentence: str) -> str:
    """Write a sentence of the command with the options as pytest knows them."""
    return _OPTION.sub("--videos-", sentence)
