from typing import Literal, cast

VideoStatus = Literal[
    "completed", "completed_at", "failed", "in_progress", "queued", "url", "video_url"
]


def check_video_status(value: str) -> VideoStatus:
    """Pass every value on: one that is new to this client must not lose the answer it stands in."""
    return cast(VideoStatus, value)
