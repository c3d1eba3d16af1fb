"""Starts a server that others wrote on 127.0.0.1, says where it listens, and stops it on Ctrl-C."""

import signal
from types import FrameType
from typing import NoReturn

import click

from conformance.contract import load
from conformance.errors import ConformanceError
from scripts.node.packages import install
from scripts.peers.launching import HOST, PACKAGES, PEERS, Launch, started, usable, wait_until_listening


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Take a polite request to end like Ctrl-C, so that the peer is never left behind."""
    raise KeyboardInterrupt


def serve(name: str, launch: Launch, port: int, token: str, *, restart: bool) -> NoReturn:
    """Run a peer until somebody stops it; where it falls over, say so and end, or start it again."""
    falls = 0
    while True:
        with started(launch) as process:
            wait_until_listening(process, port)
            if not falls:
                click.echo(f"http://{HOST}:{port}")
                click.echo(f"Token: {token} (Ctrl-C stops {name})", err=True)
            process.wait()
        falls += 1
        fall = f"{name} ended by itself with {process.returncode} (see above)"
        if not restart:
            raise click.ClickException(fall)
        click.echo(f"{fall}; started again, {falls} so far", err=True)


@click.command()
@click.argument("name", type=click.Choice(sorted(PEERS)))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--token", default="sk-peer", show_default=True, help="API key that aimock accepts; prism takes any.")
@click.option("--restart", is_flag=True, help="Start the server again where a request makes it fall over.")
def main(name: str, port: int, token: str, *, restart: bool) -> None:
    """Start a server that others wrote, to try the suite on; Ctrl-C stops it.

    The first line of the output is its URL, written when it listens; its own log goes to standard error.
    """
    try:
        contract = load()
    except ConformanceError as error:
        raise click.ClickException(str(error)) from error
    # Set for both, because a shell starts what runs in the background with Ctrl-C switched off.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        install(PACKAGES)
        port = usable(port)
        serve(name, PEERS[name](contract, port, token), port, token, restart=restart)
    except KeyboardInterrupt:
        click.echo(f"{name} stopped", err=True)


if __name__ == "__main__":
    main()
