"""Registers clients by the names that they are started by."""

from __future__ import annotations

from collections.abc import Callable

from tests.clients.broken.honest import HonestClient

__all__ = ["Clients", "naming"]

Clients = dict[str, type[HonestClient]]


def naming(clients: Clients) -> Callable[[str], Callable[[type[HonestClient]], type[HonestClient]]]:
    """Return a decorator that puts a client among others, under a name."""

    def named(name: str) -> Callable[[type[HonestClient]], type[HonestClient]]:
        def register(kind: type[HonestClient]) -> type[HonestClient]:
            clients[name] = kind
            return kind

        return register

    return named
