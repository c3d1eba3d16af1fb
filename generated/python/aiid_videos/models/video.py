from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.video_status import VideoStatus, check_video_status
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.video_error import VideoError
    from ..models.video_metadata import VideoMetadata


T = TypeVar("T", bound="Video")


@_attrs_define
class Video:
    """A video generation task."""

    id: str
    """ Identifies the task. """
    object_: str
    """ Kind of the object. """
    model: str
    """ Model that makes the video. """
    status: VideoStatus
    """ Where the task stands. The page lists seven values and says that servers should use the four
    constants `queued`, `in_progress`, `completed` and `failed`.
     """
    progress: int
    """ How much of the work is done, in percent. """
    created_at: int
    """ When the task was created, as Unix time; in milliseconds on the page, in seconds on some servers. """
    task_id: str | Unset = UNSET
    """ Same as `id`, for compatibility with the older interface. """
    completed_at: int | Unset = UNSET
    """ When the task ended, in the unit of `created_at`. """
    expires_at: int | Unset = UNSET
    """ When the result will no longer be available, in the unit of `created_at`. """
    seconds: str | Unset = UNSET
    """ Length of the video in seconds. """
    size: str | Unset = UNSET
    """ Size of the video. """
    remixed_from_video_id: str | Unset = UNSET
    """ Identifies the task that this one remixes. """
    error: VideoError | Unset = UNSET
    """ Why a task failed. """
    metadata: VideoMetadata | Unset = UNSET
    """ Free extension fields of the answer. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        object_ = self.object_

        model = self.model

        status: str = self.status

        progress = self.progress

        created_at = self.created_at

        task_id = self.task_id

        completed_at = self.completed_at

        expires_at = self.expires_at

        seconds = self.seconds

        size = self.size

        remixed_from_video_id = self.remixed_from_video_id

        error: dict[str, Any] | Unset = UNSET
        if not isinstance(self.error, Unset):
            error = self.error.to_dict()

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "object": object_,
                "model": model,
                "status": status,
                "progress": progress,
                "created_at": created_at,
            }
        )
        if task_id is not UNSET:
            field_dict["task_id"] = task_id
        if completed_at is not UNSET:
            field_dict["completed_at"] = completed_at
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if seconds is not UNSET:
            field_dict["seconds"] = seconds
        if size is not UNSET:
            field_dict["size"] = size
        if remixed_from_video_id is not UNSET:
            field_dict["remixed_from_video_id"] = remixed_from_video_id
        if error is not UNSET:
            field_dict["error"] = error
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.video_error import VideoError  # noqa: PLC0415
        from ..models.video_metadata import VideoMetadata  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        object_ = d.pop("object")

        model = d.pop("model")

        status = check_video_status(d.pop("status"))

        progress = d.pop("progress")

        created_at = d.pop("created_at")

        task_id = d.pop("task_id", UNSET)

        completed_at = d.pop("completed_at", UNSET)

        expires_at = d.pop("expires_at", UNSET)

        seconds = d.pop("seconds", UNSET)

        size = d.pop("size", UNSET)

        remixed_from_video_id = d.pop("remixed_from_video_id", UNSET)

        _error = d.pop("error", UNSET)
        error: VideoError | Unset
        if isinstance(_error, Unset):
            error = UNSET
        else:
            error = VideoError.from_dict(_error)

        _metadata = d.pop("metadata", UNSET)
        metadata: VideoMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = VideoMetadata.from_dict(_metadata)

        video = cls(
            id=id,
            object_=object_,
            model=model,
            status=status,
            progress=progress,
            created_at=created_at,
            task_id=task_id,
            completed_at=completed_at,
            expires_at=expires_at,
            seconds=seconds,
            size=size,
            remixed_from_video_id=remixed_from_video_id,
            error=error,
            metadata=metadata,
        )

        video.additional_properties = d
        return video

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
