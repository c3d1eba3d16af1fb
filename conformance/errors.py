"""The suite's own errors; none of them ever says anything about a server.

ConformanceError
├── UsageError       what the user asked for cannot be done            exit 2
│   └── ContractError    the contract cannot be read                  exit 2
├── TargetError      the server cannot be reached                      exit 3
│   ├── NothingToTestError   what answers is something else           exit 3
│   └── NoConnectionError    no connection with it can be made         exit 3
├── JournalError     what a run does can no longer be written down     exit 3
└── SuiteError       a defect of the suite itself                      exit 4
    └── CrashError       an error that nobody expected                exit 4
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import ClassVar

__all__ = [
    "ConformanceError",
    "ContractError",
    "CrashError",
    "ExitCode",
    "JournalError",
    "NoConnectionError",
    "NothingToTestError",
    "SuiteError",
    "TargetError",
    "UsageError",
]


class ExitCode(IntEnum):
    """What a script can tell from the status of the command."""

    CONFORMS = 0
    BROKEN_MUST = 1
    USAGE = 2
    INCOMPLETE = 3
    SUITE_DEFECT = 4


class ConformanceError(Exception):
    """Root of the suite's errors; `exit_code` is the status that the command ends with."""

    exit_code: ClassVar[ExitCode] = ExitCode.SUITE_DEFECT


class UsageError(ConformanceError):
    """An option, a file or a combination of them that cannot be used."""

    exit_code = ExitCode.USAGE


class ContractError(UsageError):
    """The contract is missing, unreadable or not usable; says where and what to do."""

    def __init__(self, message: str, *, path: Path, line: int | None = None) -> None:
        place = str(path) if line is None else f"{path}:{line}"
        super().__init__(f"{place}: {message}")
        self.path = path
        self.line = line


class TargetError(ConformanceError):
    """The server under test cannot be reached, or stopped answering for good."""

    exit_code = ExitCode.INCOMPLETE


class NothingToTestError(TargetError):
    """What answers is not the operation under test; its answers say nothing about any requirement."""


class NoConnectionError(TargetError):
    """No connection with the server can be made, so that nothing was sent to it and nothing will be."""


class JournalError(ConformanceError):
    """What a run does can no longer be kept, so that it must not go on."""

    exit_code = ExitCode.INCOMPLETE


class SuiteError(ConformanceError):
    """The suite contradicts itself; never the server's fault."""


class CrashError(SuiteError):
    """An error that nobody expected, without the secrets that it may have held.

    Attributes:
        trace: the traceback, as text.
    """

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace
