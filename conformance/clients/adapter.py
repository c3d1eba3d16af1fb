"""The user's adapter as a process: started, asked, listened to within limits, and ended with all that it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from conformance.errors import UsageError

__all__ = ["AdapterEndedError", "AdapterProcess", "AdapterSilentError", "EndlessLineError"]

_LONGEST_LINE = 64 * 1024 * 1024  # a downloaded file in base64 is one line
_LINES_KEPT = 3
_LONGEST_KEPT = 300
ENDS_WITHIN = 10.0
_SOON = 0.5
_LOOKS_EVERY = 0.01


class AdapterEndedError(Exception):
    """The adapter ended, or closed its output, when it was to answer."""


class AdapterSilentError(Exception):
    """The adapter gave no line within its time."""


class EndlessLineError(Exception):
    """The adapter wrote a line that does not end."""


class AdapterProcess:
    """A running adapter, in a process group of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last: deque[str] = deque(maxlen=_LINES_KEPT)
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, command: Sequence[str]) -> AdapterProcess:
        """Start a command.

        Raises:
            UsageError: there is no such command, or it cannot be run.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
                start_new_session=True,
            )
        except FileNotFoundError:
            where = "" if os.sep in command[0] else " on the PATH"
            raise UsageError(f"{command[0]}: there is no such command{where}; it stands behind `--`") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{command[0]}: cannot be run: {reason}") from None
        return cls(process)

    @property
    def last_words(self) -> str:
        """The end of what it wrote to standard error, in one line."""
        return " | ".join(self._last)

    @property
    def status(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode
        if code is None:
            return "closed its output and went on"
        if code >= 0:
            return f"ended with {code}"
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"

    async def ask(self, message: Mapping[str, Any], until: float) -> bytes:
        """Write a message, and return the line that comes back; `until` is a time of the event loop.

        Raises:
            AdapterEndedError: it has ended.
            AdapterSilentError: it took too long, to read or to answer.
            EndlessLineError: its line has no end.
        """
        try:
            async with asyncio.timeout_at(until):
                await self._write(message)
        except TimeoutError:
            raise AdapterSilentError from None
        return await self.hear(until)

    async def hear(self, until: float) -> bytes:
        """Return the next line.

        Raises:
            AdapterEndedError: it has ended.
            AdapterSilentError: it took too long.
            EndlessLineError: its line has no end.
        """
        try:
            async with asyncio.timeout_at(until):
                line = await self._output.readline()
        except TimeoutError:
            raise AdapterSilentError from None
        except ValueError:  # what a reader of streams says of a line that passes its limit
            raise EndlessLineError from None
        if not line.endswith(b"\n"):
            await self._ended(_SOON)
            raise AdapterEndedError
        return line

    async def unasked(self) -> bytes:
        """Return what it has written that nobody asked for; nothing where it keeps silent, as it should."""
        try:
            async with asyncio.timeout(0):
                return await self._output.read(_LONGEST_KEPT)
        except TimeoutError:
            return b""

    async def bye(self, message: Mapping[str, Any]) -> str:
        """Let it end by itself, and return what was wrong with that; nothing where it ended as it should."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN):
                await self._write(message)
        self._input.close()
        if not await self._ended(ENDS_WITHIN):
            await self.kill()
            return f"did not end within {ENDS_WITHIN:g} s of `bye`"
        left = self._left_behind()
        status = self.status
        await self.kill()
        if left:
            return f"left {left} of its processes behind"
        return "" if self._process.returncode == 0 else f"{status} after `bye`, and not with 0"

    async def kill(self) -> None:
        """End it and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._ended(ENDS_WITHIN)
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        transport: asyncio.SubprocessTransport = self._process._transport  # type: ignore[attr-defined]  # noqa: SLF001
        transport.close()  # only this lets go of pipes that are not empty, or that somebody else holds open

    async def _write(self, message: Mapping[str, Any]) -> None:
        try:
            self._input.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
            await self._input.drain()
        except ConnectionError:
            pass  # it has ended, which reading tells, with all that it wrote before

    async def _ended(self, seconds: float) -> bool:
        """Wait for its end; `wait` would wait for its pipes as well, which a child of its may hold open."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._process.returncode is None:  # noqa: ASYNC110 - no event tells of the process alone
                    await asyncio.sleep(_LOOKS_EVERY)
        return self._process.returncode is not None

    async def _listen(self) -> None:
        """Keep the last lines of standard error, however much comes."""
        errors = self._process.stderr
        rest = b""
        while errors is not None and (data := await errors.read(65536)):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[-65536:]
            kept = [line.decode("utf-8", "backslashreplace").strip() for line in lines[-_LINES_KEPT:]]
            self._last.extend(line[:_LONGEST_KEPT] for line in kept if line)
        if rest.strip():
            self._last.append(rest.decode("utf-8", "backslashreplace").strip()[:_LONGEST_KEPT])

    def _left_behind(self) -> int:
        """Count the processes of its group that still run; those that nobody has buried do not."""
        table = Path("/proc")
        if not table.is_dir():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, 0)
                return 1
            return 0
        found = 0
        for place in table.iterdir():
            if place.name.isdigit():
                with contextlib.suppress(OSError, IndexError):
                    state, _, group = (place / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:3]
                    found += int(group) == self._process.pid and state != "Z"
        return found

    @property
    def _input(self) -> asyncio.StreamWriter:
        return cast("asyncio.StreamWriter", self._process.stdin)

    @property
    def _output(self) -> asyncio.StreamReader:
        return cast("asyncio.StreamReader", self._process.stdout)
