"""Counts what clients lose on servers that do to them what real gateways do (`serve --nasty`), seed by seed."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from attrs import Factory, asdict, define, frozen

from conformance.contract import load
from conformance.mock import MockServer
from conformance.mock.record import RequestRecord
from scripts.benchmarks.nasty_clients import CLIENTS, Flow, NastyClient, Terms, terms, used

__all__ = ["Losses", "losses", "markdown_table"]

_TOKEN = "bench-token"  # noqa: S105 - opens nothing
_COLUMNS = {
    "creates": "creates",
    "made": "jobs made",
    "second": "second jobs",
    "lost": "jobs lost",
    "hidden": "jobs that no answer told of",
    "unannounced": "of these, without a warning",
    "unfinished": "ends not seen",
    "fileless": "files not got",
}


@define
class Losses:
    """What one client came to, over all seeds.

    Attributes:
        second: jobs beyond the first that one call made.
        lost: jobs that an answer told of, and the client does not.
        hidden: jobs that no answer told of: no client can know their ids.
        unannounced: those of them where the client does not say that there may be a job.
        unfinished: jobs that the client knows, and did not follow to their end.
        fileless: jobs that the client knows, and whose file it did not get whole.
    """

    client: str
    creates: int = 0
    made: int = 0
    second: int = 0
    lost: int = 0
    hidden: int = 0
    unannounced: int = 0
    unfinished: int = 0
    fileless: int = 0


@frozen
class _Server:
    """A nasty server, the ids of the jobs that it made without saying so, and how many requests it has told of."""

    mock: MockServer
    http: httpx.Client
    hidden: set[str] = Factory(set)
    told: Counter[str] = Factory(Counter)
    news: threading.Condition = Factory(threading.Condition)

    def listen(self, record: RequestRecord) -> None:
        """Take note of a request."""
        if record.hidden and record.job is not None:
            self.hidden.add(record.job)
        with self.news:
            self.told["requests"] += 1
            self.news.notify_all()

    def settle(self) -> None:
        """Wait until every request that came in is told of; a client may have its answer before."""
        with self.news:
            self.news.wait_for(lambda: self.told["requests"] >= self.mock.requests, 10)

    def jobs(self, known: Terms, words: str) -> list[str]:
        """Return the ids of the jobs that were made for some words."""
        collection = self.mock.world.service(known.create.id).collection
        things = self.mock.world.things(collection)
        return [str(thing.id) for thing in things if thing.values.get(known.words) == words]

    def file(self, known: Terms, job: str) -> bytes:
        """Return the file of a job; who prefers something is left alone by chance."""
        headers = {"Authorization": f"Bearer {_TOKEN}", "Prefer": "wait=0"}
        address = self.mock.url + known.address(known.fetch, job)
        return self.http.get(address, headers=headers).raise_for_status().content


def losses(client: NastyClient, seeds: Iterable[int], calls: int, contract: Path | None = None) -> Losses:
    """Use a client on a nasty server of each seed, and count."""
    known = terms(load(contract))
    found = Losses(client.name)
    for seed in seeds:
        with _server(known, seed) as server, _hurried():
            words = {number: f"text {number} of seed {seed}" for number in range(calls)}
            for number, flow in used(client, known, server.mock.url, _TOKEN, words):
                _count(found, known, server, words[number], flow)
    return found


@contextmanager
def _server(known: Terms, seed: int) -> Iterator[_Server]:
    mock = MockServer(known.contract, token=_TOKEN, nasty=str(seed), slowest=0.0, deterministic=True)
    # Without certificates, which nothing here needs and which take longer to load than most requests.
    with httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        server = _Server(mock, http)
        mock.log.listeners.append(server.listen)
        with mock:
            yield server


def _count(found: Losses, known: Terms, server: _Server, words: str, flow: Flow) -> None:
    server.settle()
    jobs = server.jobs(known, words)
    hidden = [job for job in jobs if job in server.hidden]
    found.creates += 1
    found.made += len(jobs)
    found.second += max(0, len(jobs) - 1)
    found.lost += len([job for job in jobs if job not in hidden and job != flow.job])
    found.hidden += len(hidden)
    found.unannounced += len(hidden) if not flow.ambiguous else 0
    if flow.job is not None:
        found.unfinished += not flow.ended
        found.fileless += flow.content != server.file(known, flow.job) if flow.ended else 1


@contextmanager
def _hurried() -> Iterator[None]:
    """Let clients wait no longer than they must; the server, in its own thread, keeps its time."""
    own, own_async, here = time.sleep, asyncio.sleep, threading.current_thread()

    def sleep(seconds: float) -> None:
        own(0 if threading.current_thread() is here else seconds)

    async def sleep_async(seconds: float, result: Any = None) -> Any:
        return await own_async(0 if threading.current_thread() is here else seconds, result)

    time.sleep, asyncio.sleep = sleep, sleep_async  # type: ignore[assignment]  # mypy knows their overloads, callers do not
    try:
        yield
    finally:
        time.sleep, asyncio.sleep = own, own_async


def markdown_table(found: Sequence[Losses]) -> str:
    """Write what was counted as a table."""
    lines = [f"| client | {' | '.join(_COLUMNS.values())} |", f"|---|{'--:|' * len(_COLUMNS)}"]
    lines += [f"| {each.client} | {' | '.join(str(getattr(each, name)) for name in _COLUMNS)} |" for each in found]
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--seeds", type=click.IntRange(1), default=20, show_default=True, help="How many servers.")
@click.option("--calls", type=click.IntRange(1), default=10, show_default=True, help="Creates on each of them.")
@click.option("--client", "only", multiple=True, help="Only clients whose name has this in it. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(seeds: int, calls: int, only: tuple[str, ...], *, as_json: bool) -> None:
    """Count for every client that is installed, and print."""
    chosen = [client for client in CLIENTS if not only or any(word in client.name for word in only)]
    for client in chosen:
        if not client.is_there:
            click.echo(f"{client.name} is not installed here, and left out", err=True)
    found = [losses(client, range(1, seeds + 1), calls) for client in chosen if client.is_there]
    click.echo(json.dumps([asdict(each) for each in found], indent=2) if as_json else markdown_table(found))


if __name__ == "__main__":
    main()
