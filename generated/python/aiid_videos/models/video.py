"""Video, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from attrs import field, frozen

from .._reading import (
    inner,
    integer,
    moment,
    nested,
    text,
)
from .video_error import VideoError
from .video_metadata import VideoMetadata
from .video_status import STAGES, Stage, VideoStatus


@frozen(kw_only=True)
class Video:
    """A video generation task."""

    id: str
    """Identifies the task."""
    object: str
    """Kind of the object."""
    model: str
    """Model that makes the video."""
    status: VideoStatus
    """Where the task stands."""
    progress: int
    """How much of the work is done, in percent."""
    created_at: int
    """When the task was created, as Unix time; in milliseconds on the page, in seconds on some
    servers.
    """
    task_id: str | None = None
    """Deprecated. Same as `id`, for compatibility with the older interface."""
    completed_at: int | None = None
    """When the task ended, in the unit of `created_at`."""
    expires_at: int | None = None
    """When the result will no longer be available, in the unit of `created_at`."""
    seconds: str | None = None
    """Length of the video in seconds."""
    size: str | None = None
    """Size of the video."""
    remixed_from_video_id: str | None = None
    """Identifies the task that this one remixes."""
    error: VideoError | None = None
    """Why the task failed."""
    metadata: VideoMetadata | None = None
    """Free extension fields of the answer."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
    raw: Mapping[str, Any] = field(factory=dict[str, Any], repr=False, eq=False)
    """The object as it was sent."""
    request_id: str | None = field(default=None, repr=False, eq=False)
    """What the server calls the exchange that this is the answer of, if it says so; quote it to support."""

    @property
    def created_time(self) -> datetime | None:
        """`created_at` in UTC, whichever unit the server counts in; None if unknown."""
        return moment(self.created_at)

    @property
    def completed_time(self) -> datetime | None:
        """`completed_at` in UTC, whichever unit the server counts in; None if unknown."""
        return moment(self.completed_at)

    @property
    def expiry_time(self) -> datetime | None:
        """`expires_at` in UTC, whichever unit the server counts in; None if unknown."""
        return moment(self.expires_at)

    @property
    def result_url(self) -> str | None:
        """Where the result is, as `metadata.url` says; None where it says nothing."""
        found = inner(self, "metadata", "url")
        return found if found and isinstance(found, str) else None

    @property
    def stage(self) -> Stage | None:
        """What `status` stands for; None where it is not one of the contract's constants."""
        return STAGES.get(str(self.status))

    @property
    def done(self) -> bool:
        """Whether it has ended, in success or failure, and will not change again."""
        return self.stage in ("succeeded", "failed")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what a server sent: what is missing is None, what is new is kept."""
        rest = dict(data)
        return cls(
            id=text(rest.pop("id", None)),
            object=text(rest.pop("object", None)),
            model=text(rest.pop("model", None)),
            status=text(rest.pop("status", None)),
            progress=integer(rest.pop("progress", None)),
            created_at=integer(rest.pop("created_at", None)),
            task_id=text(rest.pop("task_id", None)),
            completed_at=integer(rest.pop("completed_at", None)),
            expires_at=integer(rest.pop("expires_at", None)),
            seconds=text(rest.pop("seconds", None)),
            size=text(rest.pop("size", None)),
            remixed_from_video_id=text(rest.pop("remixed_from_video_id", None)),
            error=nested(VideoError.from_dict, rest.pop("error", None)),
            metadata=nested(VideoMetadata.from_dict, rest.pop("metadata", None)),
            additional_properties=rest,
            raw=data,
        )
