"""Tasks that run together, and end together where one of them finds that there is no use in going on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.errors import SuiteError, TargetError

__all__ = ["failing_fast"]


@asynccontextmanager
async def failing_fast() -> AsyncIterator[asyncio.TaskGroup]:
    """Run tasks together, and let the first error of ours out as itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except* (SuiteError, TargetError) as group:
        raise group.exceptions[0] from None
