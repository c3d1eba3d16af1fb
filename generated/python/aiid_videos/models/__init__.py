"""The objects and enumerations of the contract."""

from .content_item import ContentItem
from .create_video_request import CreateVideoRequest
from .error_answer import ErrorAnswer
from .error_detail import ErrorDetail
from .generation_parameters import GenerationParameters
from .input_reference import InputReference
from .request_metadata import RequestMetadata
from .video import Video
from .video_error import VideoError
from .video_metadata import VideoMetadata
from .video_model import VideoModel
from .video_status import VideoStatus

__all__ = [
    "ContentItem",
    "CreateVideoRequest",
    "ErrorAnswer",
    "ErrorDetail",
    "GenerationParameters",
    "InputReference",
    "RequestMetadata",
    "Video",
    "VideoError",
    "VideoMetadata",
    "VideoModel",
    "VideoStatus",
]
