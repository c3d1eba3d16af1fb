"""Options that name the server under test, and how it is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from conformance.cli.networking import network_of, network_options
from conformance.cli.options import grouped
from conformance.cli.tokens import SECOND, USUAL, second_token_of, token_of, token_options

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.engine.target import Target

__all__ = ["served", "target_options"]

_TOKEN = "sk-conformance-reference"  # noqa: S105 - opens nothing but the embedded server
_SECOND = "sk-conformance-neighbour"
_ORDINARY = (
    "the token is an ordinary word, or so short that it could be one: reports leave it out where it stands alone, and"
    " whether answers show it is not judged"
)

target_options: Callable[[Any], Any] = grouped(
    click.option("--url", help="Base URL of the server; the embedded reference server by default."),
    token_options,
    network_options,
)


@contextmanager
def served(contract: Contract, settings: dict[str, Any]) -> Iterator[Target]:
    """Yield the target: the user's server, or the embedded one for as long as it is needed.

    Raises:
        UsageError: the target cannot be used as it is named, or there is no token.
    """
    from conformance.cli.redacting import kept_secret
    from conformance.engine.codings import is_telling
    from conformance.engine.target import target

    url = settings["url"]
    if url is None:
        from conformance.reference import ReferenceServer

        with ReferenceServer(contract, token=_TOKEN, second_token=_SECOND) as server:
            made = target(server.url, _TOKEN, settings["token_env"] or USUAL, network_of(contract, None, settings))
            yield evolve(made, second_token=_SECOND, second_env=SECOND)
        return
    token = token_of(settings)
    # What is wrong with the address comes before what is wrong with the way.
    target(url, token.value, token.variable, None, token.option)
    under_test = target(url, token.value, token.variable, network_of(contract, url, settings), token.option)
    second = second_token_of(settings, token.value)
    if second is not None:
        under_test = evolve(under_test, second_token=second.value, second_env=second.variable)
    for warning in under_test.network.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not is_telling(token.value):
        click.echo(f"note: {_ORDINARY}", err=True)
    with kept_secret(under_test):
        yield under_test
