"""One multipart form in front of 33 video models, answered by an asynchronous job.

    from aiid_videos import VideosClient

The models are in `aiid_videos.models`, the errors in `aiid_videos.errors`.
"""

from ._async_client import AsyncVideosClient
from .client import VideosClient
from .errors import VideosError

__all__ = ["AsyncVideosClient", "VideosClient", "VideosError", "__version__"]

__version__ = "1.0.0"
