"""Leaves connections on which a server said more than it was asked for.

What follows an answer unasked would be read as the answer to the next request: a refusal, say, to a create that in
truth was accepted, and is then missing in the books.
"""

from __future__ import annotations

import httpcore

__all__ = ["leave_talkative"]


async def leave_talkative(pool: httpcore.AsyncConnectionPool) -> None:
    """Close the idle connections of a pool on which more has been read than the last answer.

    What has come since then the pool sees for itself. It has no public name for what its parser holds.
    """
    for connection in pool.connections:
        parser = getattr(getattr(connection, "_connection", None), "_h11_state", None)
        if parser is not None and connection.is_idle() and parser.trailing_data[0]:
            await connection.aclose()
