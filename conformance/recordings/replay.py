"""Judges a recording: entry by entry, without network, and with no more memory than some entries take.

Checks of single exchanges see all of them. Checks of a whole run see as many at a time as fit into a window: what only
two exchanges show that lie further apart than that is not found in a recording of gigabytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from attrs import define, evolve, field, frozen

from conformance.campaign import Result
from conformance.checks import Context, Finding
from conformance.checks.httplint_adapter import prepare_fields
from conformance.checks.schemathesis_adapter import prepare
from conformance.checks.verdicts import findings, verdicts
from conformance.contract import Contract
from conformance.engine.codings import Secrets
from conformance.engine.exchange import Exchange
from conformance.engine.ledger import Ledger
from conformance.errors import UsageError
from conformance.recordings.addressing import Addresses, origin_of
from conformance.recordings.deciding import Decidable
from conformance.recordings.event_file import is_event_stream, read_events
from conformance.recordings.har_file import read_har
from conformance.recordings.interpreting import Interpreted, interpret
from conformance.recordings.keeping import Keeper
from conformance.recordings.recorded import BrokenRecordingError, Recorded, Unusable
from conformance.recordings.refused import Refusals
from conformance.recordings.routes import UnseenOperations
from conformance.recordings.secrets_seen import RecordedTarget, SeenSecrets, taken_out
from conformance.requirements import Catalogue, catalogue
from conformance.requirements.selection import Selection

__all__ = ["Replayed", "Tally", "recorded_body", "replay"]

_TWICE = "was recorded twice"
_REMEMBERED = 20_000  # exchanges
_WINDOW, _WINDOW_BYTES = 4_000, 32 * 1024 * 1024
_SHOWN, _KEPT_BODY = 64 * 1024, 25_000  # bytes of an answer, and of a request, that a report may show


@define
class Tally:
    """How many entries were read, how many were judged, and why the others were not."""

    read: int = 0
    judged: int = 0
    skipped: Counter[str] = field(factory=Counter)


@frozen
class Replayed:
    """What a recording gave, and the server that it is of, so far as it is known."""

    result: Result
    target: RecordedTarget
    tally: Tally


@define
class _Replay:
    contract: Contract
    requirements: Catalogue
    context: Context
    addresses: Addresses
    tally: Tally = field(factory=Tally)
    secrets: SeenSecrets = field(factory=SeenSecrets)
    keeper: Keeper = field(factory=Keeper)
    refusals: Refusals = field(init=False)
    decidable: Decidable = field(init=False)
    unseen: UnseenOperations = field(factory=UnseenOperations)
    windows: int = 0
    _window: list[tuple[Interpreted, tuple[Secrets, ...]]] = field(factory=list)
    _bytes: int = 0
    _epoch: float | None = None
    _broken: dict[tuple[str, str, bytes], Exchange] = field(factory=dict)
    _seen: dict[int, bool] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.refusals = Refusals(self.requirements)
        self.decidable = Decidable(self.contract)

    def take(self, entry: Recorded | Unusable) -> None:
        """Look at one entry."""
        self.tally.read += 1
        call = entry.reason if isinstance(entry, Unusable) else self.addresses.call(entry.method, entry.url)
        if isinstance(entry, Unusable) or isinstance(call, str):
            self.tally.skipped[str(call)] += 1
            return
        if self._is_known(entry):
            self.tally.skipped[_TWICE] += 1
            return
        self.tally.judged += 1
        if self._epoch is None:
            self._epoch = entry.started or 0.0
        made = interpret(entry, call, self._epoch)
        made = evolve(made, exchange=self._again(made.exchange))
        self.unseen.look_at(made.exchange)
        self._window.append((made, self.secrets.of(entry, call.operation)))
        self._bytes += len(entry.body or b"") + len(entry.answer_body or b"")
        if len(self._window) >= _WINDOW or self._bytes >= _WINDOW_BYTES:
            self.judge()

    def _is_known(self, entry: Recorded) -> bool:
        """Tell whether the very exchange was read before: recordings are joined, and tools record at both ends."""
        if entry.started is None:
            return False
        said = (entry.started, entry.elapsed, entry.method, entry.url, entry.body, entry.answer_headers)
        known = hash((*said, entry.answer_body))
        is_known = self._seen.pop(known, False)
        while len(self._seen) >= _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[known] = True
        return is_known

    def _again(self, exchange: Exchange) -> Exchange:
        """Join a failure to the same one before: what fails again when it is repeated fails because of the request."""
        request = exchange.probe.request
        if not exchange.is_unusable:
            return exchange
        key = request.method, request.path, request.body
        earlier = self._broken.pop(key, None)
        while len(self._broken) > 100:
            del self._broken[next(iter(self._broken))]
        self._broken[key] = exchange
        return exchange if earlier is None else evolve(exchange, earlier=evolve(earlier, earlier=None))

    def judge(self) -> None:
        """Judge what is in the window, and keep what the verdicts need of it."""
        if not self._window:
            return
        self.windows += 1
        known = {id(made.exchange): (made, own) for made, own in self._window}
        small: dict[int, Exchange] = {}

        def shorten(exchange: Exchange) -> Exchange:
            if id(exchange) not in small:
                small[id(exchange)] = shortened(exchange, known[id(exchange)][1])
            return small[id(exchange)]

        exchanges = [made.exchange for made, _ in self._window]
        found = [
            redacted(finding, known[id(finding.exchange)][1]) if finding.exchange is not None else finding
            for finding in findings(self.context, exchanges)
            if self.decidable.takes(finding.requirement)
            and (finding.exchange is None or known[id(finding.exchange)][0].shows(finding.requirement))
        ]
        self.keeper.take(found, shorten)
        for exchange in exchanges:
            self.refusals.look_at(exchange, shorten(exchange))
        self._window, self._bytes = [], 0

    def result(self, selection: Selection, trouble: str | None) -> Result:
        """Add up what was found."""
        found = [*self.keeper.kept(), *self.refusals.findings()]
        judged = self.decidable.explained(verdicts(selection.of(self.requirements), found, (), self.unseen.told()))
        return Result(judged, Ledger(0).spend(), trouble, tuple(self._headlines()))

    def _headlines(self) -> Iterator[str]:
        tally = self.tally
        yield f"judged from a recording, at no cost: {tally.judged} of {tally.read} entries"
        yield from (f"{count} skipped: {reason}" for reason, count in tally.skipped.most_common())
        if self.refusals.count:
            yield (
                f"{self.refusals.count} requests that the contract allows were refused; what a recording cannot blame"
                " on one value is not decided"
            )
        if self.windows > 1:
            yield (
                f"it was judged in {self.windows} pieces: what only requests show that lie far apart (an id that is"
                " given twice) was looked for within each"
            )


def replay(
    contract: Contract,
    path: Path,
    selection: Selection,
    *,
    url: str | None = None,
    base_path: str | None = None,
    max_response_time: float | None = None,
) -> Replayed:
    """Judge a recording, as far as it can be read.

    Args:
        contract: that its server is held to.
        path: of a HAR, or of the event stream of a run.
        selection: the requirements that are wanted.
        url: base URL of the server; found in the recording where it is not given.
        base_path: what stands in front of every path, on whichever server.
        max_response_time: seconds that an answer may take.

    Raises:
        UsageError: the file cannot be read, or is no recording.
    """
    requirements = catalogue(contract)
    addresses = _addresses(contract, url, base_path)
    context = Context(contract, requirements, {}, max_response_time, url or "")
    replaying = _Replay(contract, requirements, context, addresses)
    prepare(contract)
    prepare_fields()
    trouble: str | None = None
    try:
        for entry in _entries(path):
            replaying.take(entry)
    except BrokenRecordingError as error:
        if not replaying.tally.read:
            raise UsageError(f"{path}: is neither a HAR nor the event stream of a run: {error}") from None
        trouble = f"{path}: {error}; what stands in front of that was judged"
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    replaying.judge()
    if trouble is None and not replaying.tally.judged:
        trouble = (
            f"none of the {replaying.tally.read} entries is of this contract; --url or --base-path says where it is"
        )
    target = RecordedTarget(addresses.url, "", secrets=replaying.secrets.all)
    return Replayed(replaying.result(selection, trouble), target, replaying.tally)


def recorded_body(path: Path, number: int) -> bytes | None:
    """Return the body of the request of one entry; None where there is none, or it was not recorded.

    Raises:
        UsageError: the recording cannot be read up to there.
    """
    try:
        for entry in _entries(path):
            if entry.number == number:
                return entry.body if isinstance(entry, Recorded) else None
    except BrokenRecordingError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    return None


def _entries(path: Path) -> Iterator[Recorded | Unusable]:
    with path.open("rb") as file:
        _skip_mark(file)
        start = file.tell()
        beginning = file.read(1024)
        file.seek(start)
        yield from read_events(file) if is_event_stream(beginning) else read_har(file)


def _skip_mark(file: BinaryIO) -> None:
    """Leave out a byte order mark, which some tools for Windows write."""
    if file.read(3) != b"\xef\xbb\xbf":
        file.seek(0)


def _addresses(contract: Contract, url: str | None, base_path: str | None) -> Addresses:
    if url is None:
        base = None if base_path is None else "/".join(["", *filter(None, base_path.split("/"))])
        return Addresses(contract, base=base)
    origin = origin_of(url)
    if origin is None:
        raise UsageError(f"--url {url}: write an absolute URL, like http://127.0.0.1:8000")
    path = url.partition("://")[2].partition("/")[2].rstrip("/")
    if base_path is not None:
        raise UsageError("--url and --base-path: choose one of them; --url holds the base path too")
    return Addresses(contract, origin, f"/{path}" if path else "")


def shortened(exchange: Exchange, secrets: tuple[Secrets, ...]) -> Exchange:
    """Return an exchange as it may be kept and shown: without secrets, and no longer than a report needs."""
    probe, answer = exchange.probe, exchange.answer
    request = probe.request
    own = {declared.name.lower() for declared in probe.operation.parameters} | {"content-type", "cookie"}
    kept = evolve(
        request,
        path=taken_out(secrets, request.path),
        headers=tuple((name, taken_out(secrets, value)) for name, value in request.headers if name.lower() in own),
        body=_bytes(secrets, request.body[:_KEPT_BODY]),
    )
    if answer is not None:
        headers = tuple((name, taken_out(secrets, value)) for name, value in answer.headers)
        answer = evolve(answer, headers=headers, body=_bytes(secrets, answer.body[:_SHOWN]))
    return evolve(exchange, probe=evolve(probe, request=kept, sent={}), answer=answer, earlier=None)


def redacted(finding: Finding, secrets: tuple[Secrets, ...]) -> Finding:
    """Return a finding whose words show no secret."""
    return evolve(finding, message=taken_out(secrets, finding.message))


def _bytes(secrets: tuple[Secrets, ...], data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    return taken_out(secrets, text).encode("utf-8", "surrogateescape")
