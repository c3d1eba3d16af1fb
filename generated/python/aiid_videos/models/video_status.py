"""VideoStatus, one of the contract's enumerations."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

#: What the contract lists. What a server sends beside it is kept as it is, whatever its type says.
VideoStatus: TypeAlias = Literal[
    "queued",
    "in_progress",
    "completed",
    "failed",
    "video_url",
    "url",
    "completed_at",
]

#: What a job is doing.
Stage: TypeAlias = Literal[
    "waiting",
    "running",
    "succeeded",
    "failed",
]

#: The stage that each of the contract's constants stands for.
STAGES: Mapping[str, Stage] = {
    "queued": "waiting",
    "in_progress": "running",
    "completed": "succeeded",
    "failed": "failed",
}
