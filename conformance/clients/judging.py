"""A run: an adapter is given one vector after the other, within limits; whatever it does is a finding, never a hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from attrs import field, frozen

from conformance.clients.adapter import AdapterEndedError, AdapterProcess, AdapterSilentError, EndlessLineError
from conformance.clients.boundaries import Collision, collision
from conformance.clients.flaw import ClientFlaw
from conformance.clients.judge_server import JudgeServer
from conformance.clients.protocol import (
    BYE,
    AdapterCall,
    ClientName,
    NonsenseError,
    Said,
    StaleError,
    hello,
    read_hello,
    read_said,
)
from conformance.clients.requests_judged import MadeUpToken
from conformance.clients.scene import scene
from conformance.clients.trial import Trial, judged
from conformance.contract import Contract
from conformance.errors import TargetError
from conformance.vectors import Vector

__all__ = ["Judged", "TimeLimits", "judge"]

_DEATHS = 10
_DEATHS_LATER = 60
"""After so many ends of the adapter in a row a run is given up: where it has never answered, and where it has."""
_INTERRUPTED = "interrupted"


@frozen
class TimeLimits:
    """How long things may take, in seconds.

    Attributes:
        start: until the adapter has said hello.
        call: what a client may take for a call; it is told so.
        silence: the same, where the judge will never answer.
        wait: the same, where a job is waited for until it ends.
        grace: how much longer than its client an adapter may take.
        whole: all vectors together.
    """

    start: float = 60.0
    call: float = 15.0
    silence: float = 2.0
    wait: float = 10.0
    grace: float = 10.0
    whole: float = 1800.0


@frozen
class Judged:
    """What came of a run.

    Attributes:
        trials: one for each vector, in their order.
        conduct: what is wrong with the adapter itself.
        trouble: why the run is not complete, where it is not.
    """

    client: ClientName
    trials: tuple[Trial, ...] = field(repr=False)
    conduct: tuple[ClientFlaw, ...] = ()
    trouble: str | None = None


def judge(
    contract: Contract,
    vectors: Sequence[Vector],
    command: Sequence[str],
    credential: MadeUpToken,
    limits: TimeLimits,
    happened: Callable[[Trial], None],
    *,
    collides: bool = True,
) -> Judged:
    """Try vectors on the client that a command drives; and where `collides`, a text that holds a boundary of its own.

    Ctrl-C ends a run early, once anything was tried; the other vectors were not run then.

    Raises:
        UsageError: the command cannot be run.
        TargetError: it does not speak the protocol.
    """
    return asyncio.run(_judge(contract, vectors, command, credential, limits, happened, collides=collides))


async def _judge(
    contract: Contract,
    vectors: Sequence[Vector],
    command: Sequence[str],
    credential: MadeUpToken,
    limits: TimeLimits,
    happened: Callable[[Trial], None],
    *,
    collides: bool,
) -> Judged:
    trials: list[Trial] = []
    async with _opened() as server:
        run = _Run(contract, command, credential, limits, server)
        try:
            await run.start()
            for vector in vectors:
                trials.append(await run.attempt(vector))
                happened(trials[-1])
            made = collision(contract, trials) if collides else None
            if made is not None:
                trials.append(await run.collide(made))
                happened(trials[-1])
            await run.part()
        except asyncio.CancelledError:
            if not trials:
                raise
            # Ctrl-C: what was seen until then is told.
            run.trouble = _INTERRUPTED
            trials += (Trial(vector, not_run=_INTERRUPTED) for vector in vectors[len(trials) :])
        finally:
            await run.stop()
    return Judged(run.client, tuple(trials), tuple(run.conduct), run.trouble)


@asynccontextmanager
async def _opened() -> AsyncIterator[JudgeServer]:
    server = JudgeServer()
    try:
        await server.open()
        yield server
    finally:
        await server.close()


class _Run:
    """The adapter of a run, started again where it ends, and what it has done so far."""

    def __init__(
        self,
        contract: Contract,
        command: Sequence[str],
        credential: MadeUpToken,
        limits: TimeLimits,
        server: JudgeServer,
    ) -> None:
        self._contract, self._command, self._credential, self._limits = contract, command, credential, limits
        self._server = server
        self._adapter: AdapterProcess | None = None
        self._number = 0
        self._deaths, self._has_answered = 0, False
        self._ends = time.monotonic() + limits.whole
        self.client = ClientName("")
        self.conduct: list[ClientFlaw] = []
        self.trouble: str | None = None

    async def start(self) -> None:
        """Start the adapter, and hear which client it drives.

        Raises:
            UsageError: there is no such command.
            TargetError: it does not speak the protocol.
        """
        adapter = self._adapter = await AdapterProcess.start(self._command)
        try:
            line = await adapter.ask(hello(self._contract.title, self._contract.edition), _at(self._limits.start))
            self.client = read_hello(line)
        except AdapterSilentError:
            await self._give_up(f"said nothing within {self._limits.start:g} s of being started")
        except AdapterEndedError:
            await self._give_up(f"{adapter.status} instead of saying hello")
        except EndlessLineError:
            await self._give_up("wrote a line that does not end, instead of saying hello")
        except NonsenseError as nonsense:
            await self._give_up(str(nonsense))

    async def attempt(self, vector: Vector) -> Trial:
        """Try a vector, on a new process where the last one is gone."""
        if self.trouble is None and time.monotonic() > self._ends:
            self.trouble = f"the run took longer than {self._limits.whole:g} s"
        if self.trouble is None and self._adapter is None:
            try:
                await self.start()
            except TargetError as error:
                self.trouble = f"{error}; it had answered before"
        if self.trouble is not None or self._adapter is None:
            return Trial(vector, not_run=self.trouble or "the adapter is gone")
        begun = time.monotonic()
        self._server.begin(scene(self._contract, vector, self._server.hosts))
        try:
            said = await self._ask(self._adapter, vector)
        except NonsenseError as nonsense:
            flaw = ClientFlaw("nonsense", f"the adapter {nonsense}")
        except AdapterSilentError:
            allowed = self._patience(vector) + self._limits.grace
            flaw = ClientFlaw(
                "hang", f"no result within {allowed:g} s; the client was told to take {self._patience(vector):g}"
            )
        except AdapterEndedError:
            flaw = ClientFlaw("crash", f"the adapter {self._adapter.status} instead of answering{self._last_words()}")
        except EndlessLineError:
            flaw = ClientFlaw("nonsense", "the adapter wrote a line that does not end")
        else:
            self._deaths, self._has_answered = 0, True
            received = tuple(await self._server.end())
            return judged(vector, said, received, self._credential, time.monotonic() - begun)
        received = tuple(await self._server.end())
        await self._bury()
        return Trial(vector, (flaw,), received, "nothing that could be read", seconds=time.monotonic() - begun)

    async def collide(self, made: Collision) -> Trial:
        """Try a form whose text holds the very boundary that the client has used before."""
        return made.judged(await self.attempt(made.vector))

    async def part(self) -> None:
        """Let the adapter end by itself."""
        if self._adapter is not None:
            await self._note_unasked(self._adapter)
            wrong = await self._adapter.bye(BYE)
            if wrong:
                self._note(f"it {wrong}")
                await self._note_unasked(self._adapter)  # what came too late to be seen before

    async def stop(self) -> None:
        """End the adapter, if it has not ended."""
        if self._adapter is not None:
            await self._adapter.kill()

    async def _ask(self, adapter: AdapterProcess, vector: Vector) -> Said:
        await self._note_unasked(adapter)
        self._number += 1
        call, patience = vector.call, self._patience(vector)
        message = AdapterCall(
            self._number, self._server.base_url, self._credential.token, patience, call.operation, call.helper,
            call.arguments,
        )  # fmt: skip
        until = _at(patience + self._limits.grace)
        line = await adapter.ask(message.to_dict(), until)
        while True:
            try:
                return read_said(line, self._number)
            except StaleError as stale:
                self._note(f"it {stale}")
            line = await adapter.hear(until)

    def _patience(self, vector: Vector) -> float:
        if any(given.silent for given in vector.given):
            return self._limits.silence
        return self._limits.call if vector.call.helper is None else self._limits.wait

    async def _note_unasked(self, adapter: AdapterProcess) -> None:
        written = await adapter.unasked()
        if written:
            said = written.decode("utf-8", "backslashreplace").strip()
            self._note(f"it wrote what nobody had asked for: {said[:120]}")

    def _note(self, what: str) -> None:
        flaw = ClientFlaw("adapter", what)
        if flaw not in self.conduct:
            self.conduct.append(flaw)

    async def _bury(self) -> None:
        if self._adapter is not None:
            await self._adapter.kill()
        self._adapter = None
        self._deaths += 1
        if self._deaths >= (_DEATHS_LATER if self._has_answered else _DEATHS):
            self.trouble = f"the adapter ended, or had to be ended, {self._deaths} times in a row"

    async def _give_up(self, what: str) -> None:
        """Say why the adapter cannot be used.

        Raises:
            TargetError: always.
        """
        words = self._last_words()
        await self._bury()
        command = " ".join(self._command)
        raise TargetError(
            self._credential.redact(f"the adapter `{command}` {what}{words}; docs/sdk-teams.md has the protocol")
        )

    def _last_words(self) -> str:
        words = "" if self._adapter is None else self._adapter.last_words
        return f"; its last words: {words}" if words else ""


def _at(seconds: float) -> float:
    """Return the time of the event loop in so many seconds."""
    return asyncio.get_running_loop().time() + seconds
