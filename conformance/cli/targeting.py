"""Options that name the server under test, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from conformance.cli.options import grouped
from conformance.cli.redacting import kept_secret
from conformance.cli.tokens import token_of, token_options
from conformance.contract import Contract
from conformance.engine.codings import is_telling
from conformance.engine.target import Target, target

__all__ = ["served", "target_options"]

_TOKEN = "sk-conformance-reference"  # noqa: S105 - opens nothing but the embedded server
_ORDINARY = (
    "the token is an ordinary word, or so short that it could be one: reports leave it out where it stands alone, and"
    " whether answers show it is not judged"
)

target_options: Callable[[Any], Any] = grouped(
    click.option("--url", help="Base URL of the server; the embedded reference server by default."),
    token_options,
)


@contextmanager
def served(contract: Contract, settings: dict[str, Any]) -> Iterator[Target]:
    """Yield the target: the user's server, or the embedded one for as long as it is needed.

    Raises:
        UsageError: the target cannot be used as it is named, or there is no token.
    """
    url = settings["url"]
    if url is None:
        from conformance.reference import ReferenceServer  # noqa: PLC0415 - not needed for a server of the user's

        with ReferenceServer(contract, token=_TOKEN) as server:
            yield target(server.url, _TOKEN, settings["token_env"] or "VIDEOS_TOKEN")
        return
    token = token_of(settings)
    under_test = target(url, token.value, token.variable, token.option)
    if not is_telling(token.value):
        click.echo(f"note: {_ORDINARY}", err=True)
    with kept_secret(under_test):
        yield under_test
