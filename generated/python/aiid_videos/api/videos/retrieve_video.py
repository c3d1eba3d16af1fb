"""Retrieve a video task. ``GET /v1/videos/{video_id}`` as plain functions.

A documented refusal is returned as a value; `VideosClient.retrieve_video` raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Unpack

from ... import _parameters
from ..._answers import (
    json_object,
    respond,
)
from ..._options import CallOptions
from ..._sending import Call
from ...models import ErrorAnswer, Video
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ..._async_client import AsyncVideosClient
    from ...client import VideosClient


_ANSWERS: Mapping[str, Callable[[httpx.Response], Video | ErrorAnswer | None]] = {
    "200": json_object(
        Video.from_dict,
        "id",
        "task_id",
        named=True,
        shown="status",
        otherwise=ErrorAnswer.from_dict,
    ),
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
        f"/v1/videos/{_parameters.segment(video_id)}",
    )


def sync_detailed(
    *,
    client: VideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> Response[Video | ErrorAnswer]:
    """Retrieve a video task. Returns whatever is answered, with its status and headers.

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
) -> Video | ErrorAnswer | None:
    """Retrieve a video task. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    return sync_detailed(client=client, video_id=video_id, **options).parsed


async def asyncio_detailed(
    *,
    client: AsyncVideosClient,
    video_id: str,
    **options: Unpack[CallOptions],
) -> Response[Video | ErrorAnswer]:
    """Retrieve a video task. Returns whatever is answered, with its status and headers.

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
) -> Video | ErrorAnswer | None:
    """Retrieve a video task. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    response = await asyncio_detailed(client=client, video_id=video_id, **options)
    return response.parsed
