"""Options that name the server under test, and how it is reached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.networking import network_of, network_options
from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.engine.target import Target

__all__ = ["served", "target_options"]

_TOKEN = "sk-conformance-reference"  # noqa: S105 - opens nothing but the embedded server

target_options: Callable[[Any], Any] = grouped(
    click.option("--url", help="Base URL of the server; the embedded reference server by default."),
    click.option(
        "--token-env", default="VIDEOS_TOKEN", show_default=True, help="Environment variable that holds the token."
    ),
    network_options,
)


@contextmanager
def served(contract: Contract, settings: dict[str, Any]) -> Iterator[Target]:
    """Yield the target: the user's server, or the embedded one for as long as it is needed.

    Raises:
        UsageError: the target cannot be used as it is named, or there is no token.
    """
    from conformance.engine.target import target

    url, token_env = settings["url"], settings["token_env"]
    if url is None:
        from conformance.reference import ReferenceServer

        with ReferenceServer(contract, token=_TOKEN) as server:
            yield target(server.url, _TOKEN, token_env, network_of(contract, None, settings))
        return
    token = os.environ.get(token_env)
    if not token:
        raise UsageError(
            f"the environment variable {token_env} holds no token; set it, or name another with --token-env"
        )
    target(url, token, token_env)  # what is wrong with the address comes before what is wrong with the way
    under_test = target(url, token, token_env, network_of(contract, url, settings))
    for warning in under_test.network.warnings:
        click.echo(f"warning: {warning}", err=True)
    yield under_test
