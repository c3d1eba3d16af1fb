"""The clients that are judged: how the adapter of each is started, and what it needs on this machine.

A command is asked for when it is needed; where it cannot be had, `click.ClickException` says what is missing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click
from attrs import field, frozen

from scripts.generator.typescript.packing import adapter
from scripts.node.packages import NODE, is_installed
from scripts.toolchains.caches import demand, digest, kept, tree
from scripts.toolchains.generated_clients import GENERATED
from scripts.toolchains.golang import build
from scripts.toolchains.java import jars

__all__ = ["KNOWN", "KnownClient"]

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ROOT / "tests" / "clients" / "outside"


@frozen
class KnownClient:
    """A client that has an adapter.

    Attributes:
        name: what it is called in the table; its adapter says which version it is.
        is_ours: made from this contract; the others are what their makers made them.
        command: makes it ready, and returns what starts its adapter.
    """

    name: str
    is_ours: bool
    command: Callable[[], tuple[str, ...]] = field(repr=False)


def _aiid_videos() -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "conformance" / "clients" / "examples" / "adapter.py"))


def _openai_python() -> tuple[str, ...]:
    """It stands in the environment of what others wrote, which has httpx2 as it wants it."""
    bootstrap = ROOT / "scripts" / "setup" / "bootstrap.py"
    if subprocess.run((sys.executable, "-I", "-S", bootstrap, "--fresh", "peers"), check=False).returncode:
        raise click.ClickException(".venv-peers is not what its lock says; ./scripts/test sets it up")
    python = ROOT / ".venv-peers" / "bin" / "python"
    return (str(python), str(OUTSIDE / "openai_python.py"))


def _openai_npm() -> tuple[str, ...]:
    if not is_installed(OUTSIDE):
        raise click.ClickException("its npm packages are not installed; ./scripts/test installs them")
    return (str(NODE), str(OUTSIDE / "openai_npm.mjs"))


def _openai_go() -> tuple[str, ...]:
    module = OUTSIDE / "go"
    made = kept("openai-go", digest(tree(module)), lambda folder: build(module, folder / "adapter"))
    return (str(made / "adapter"),)


def _openai_java() -> tuple[str, ...]:
    demand("java")
    path = ":".join(map(str, jars(OUTSIDE / "java")))
    return ("java", "-cp", path, str(OUTSIDE / "java" / "Adapter.java"))


def _by_name(clients: Iterable[KnownClient]) -> Mapping[str, KnownClient]:
    return {client.name: client for client in clients}


KNOWN = _by_name(
    [
        KnownClient("aiid-videos (Python)", is_ours=True, command=_aiid_videos),
        KnownClient("aiid-videos (Python, async)", is_ours=True, command=lambda: (*_aiid_videos(), "--async")),
        KnownClient("aiid-videos (TypeScript)", is_ours=True, command=adapter),
        *(
            KnownClient(f"{client.generator} ({client.language.title()})", is_ours=True, command=client.command)
            for client in GENERATED.values()
        ),
        KnownClient("openai-python", is_ours=False, command=_openai_python),
        KnownClient("openai (npm)", is_ours=False, command=_openai_npm),
        KnownClient("openai-go", is_ours=False, command=_openai_go),
        KnownClient("openai-java", is_ours=False, command=_openai_java),
    ]
)
"""In the order of the table."""


def prepare() -> None:
    """Make every client ready, as far as this machine can, so that tests need no network."""
    for client in KNOWN.values():
        try:
            client.command()
        except click.ClickException as error:
            click.echo(f"{client.name} cannot be judged here: {error.message}", err=True)


if __name__ == "__main__":
    prepare()
