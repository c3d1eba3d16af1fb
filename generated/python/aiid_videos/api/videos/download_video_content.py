"""Download a finished video. ``GET /v1/videos/{video_id}/content`` as plain functions.

A documented refusal is returned as a value; `VideosClient.download_video_content` raises it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Unpack

from ... import _parameters
from ..._answers import (
    content,
    json_object,
    respond,
)
from ..._options import CallOptions
from ..._saving import Saving
from ..._sending import Call
from ...models import ErrorAnswer
from ...types import Download, FileTarget, Response

if TYPE_CHECKING:
    import httpx

    from ..._async_client import AsyncVideosClient
    from ...client import VideosClient


_ANSWERS: Mapping[str, Callable[[httpx.Response], bytes | ErrorAnswer | None]] = {
    "200": content,
    "400": json_object(ErrorAnswer.from_dict),
    "401": json_object(ErrorAnswer.from_dict),
    "403": json_object(ErrorAnswer.from_dict),
    "404": json_object(ErrorAnswer.from_dict),
    "429": json_object(ErrorAnswer.from_dict),
    "500": json_object(ErrorAnswer.from_dict),
    "502": json_object(ErrorAnswer.from_dict),
    "503": json_object(ErrorAnswer.from_dict),
    "504": json_object(ErrorAnswer.from_dict),
}


def _call(
    *,
    video_id: str,
) -> Call:
    return Call(
        "GET",
        f"/v1/videos/{_parameters.segment(video_id)}/content",
    )


def sync_detailed(
    *,
    client: VideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> Response[bytes | ErrorAnswer]:
    """Download a finished video. Returns whatever is answered, with its status and headers.

    Raises:
        TransportError: No answer came.
    """
    call = _call(
        video_id=video_id,
    )
    return respond(client.send(call, **options), _ANSWERS)


def sync(
    *,
    client: VideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> bytes | ErrorAnswer | None:
    """Download a finished video. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    return sync_detailed(client=client, video_id=video_id, **options).parsed


async def asyncio_detailed(
    *,
    client: AsyncVideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> Response[bytes | ErrorAnswer]:
    """Download a finished video. Returns whatever is answered, with its status and headers.

    Raises:
        TransportError: No answer came.
    """
    call = _call(
        video_id=video_id,
    )
    return respond(await client.send(call, **options), _ANSWERS)


async def asyncio(
    *,
    client: AsyncVideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> bytes | ErrorAnswer | None:
    """Download a finished video. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    response = await asyncio_detailed(client=client, video_id=video_id, **options)
    return response.parsed


_MEDIA_TYPES = ("video/mp4",)


def sync_saved(
    *,
    client: VideosClient,
    video_id: str,
    path: FileTarget,
    overwrite: bool = False,
    resume: bool = False,
    on_progress: Callable[[int, int | None], object] | None = None,
    **options: Unpack[CallOptions],
) -> Download:
    """Download a finished video. Saves what is answered, and raises a refusal; `VideosClient` says more.

    Raises:
        AnswerError: The answer is a refusal, or not of the promised media type.
        TransportError: No answer came, or it broke off.
        OSError: The file cannot be written, or is there already.
    """
    return client.save(
        _call(
            video_id=video_id,
        ),
        Saving(
            path,
            _MEDIA_TYPES,
            overwrite=overwrite,
            resume=resume,
            on_progress=on_progress,
            optional=True,
        ),
        **options,
    )


async def asyncio_saved(
    *,
    client: AsyncVideosClient,
    video_id: str,
    path: FileTarget,
    overwrite: bool = False,
    resume: bool = False,
    on_progress: Callable[[int, int | None], Awaitable[object] | object] | None = None,
    **options: Unpack[CallOptions],
) -> Download:
    """Download a finished video. Saves what is answered, and raises a refusal; `VideosClient` says more.

    Raises:
        AnswerError: The answer is a refusal, or not of the promised media type.
        TransportError: No answer came, or it broke off.
        OSError: The file cannot be written, or is there already.
    """
    return await client.save(
        _call(
            video_id=video_id,
        ),
        Saving(
            path,
            _MEDIA_TYPES,
            overwrite=overwrite,
            resume=resume,
            on_progress=on_progress,
            optional=True,
        ),
        **options,
    )
