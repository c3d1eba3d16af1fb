"""Create a video. ``POST /v1/videos`` as plain functions.

A documented refusal is returned as a value; `VideosClient.create_video` raises it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Unpack

from ... import _form
from ..._answers import (
    json_object,
    respond,
)
from ..._options import CallOptions
from ..._sending import Call
from ...models import (
    CreateVideoRequest,
    ErrorAnswer,
    Video,
)
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ..._async_client import AsyncVideosClient
    from ...client import VideosClient


_ANSWERS: Mapping[str, Callable[[httpx.Response], Video | ErrorAnswer | None]] = {
    "200": json_object(
        Video.from_dict, "id", "task_id", named=True, otherwise=ErrorAnswer.from_dict
    ),
    "400": json_object(ErrorAnswer.from_dict),
    "401": json_object(ErrorAnswer.from_dict),
    "402": json_object(ErrorAnswer.from_dict),
    "403": json_object(ErrorAnswer.from_dict),
    "413": json_object(ErrorAnswer.from_dict),
    "415": json_object(ErrorAnswer.from_dict),
    "422": json_object(ErrorAnswer.from_dict),
    "429": json_object(ErrorAnswer.from_dict),
    "500": json_object(ErrorAnswer.from_dict),
    "502": json_object(ErrorAnswer.from_dict),
    "503": json_object(ErrorAnswer.from_dict),
    "504": json_object(ErrorAnswer.from_dict),
}


def _call(*, body: CreateVideoRequest) -> Call:
    return Call(
        "POST",
        "/v1/videos",
        parts=_form.with_more(
            [
                *_form.text("model", body.model),
                *_form.text("prompt", body.prompt),
                *_form.file("image", body.image, "image/*", "application/octet-stream"),
                *_form.text("duration", body.duration),
                *_form.text("width", body.width),
                *_form.text("height", body.height),
                *_form.text("fps", body.fps),
                *_form.text("seed", body.seed),
                *_form.text("n", body.n),
                *_form.text("response_format", body.response_format),
                *_form.text("user", body.user),
                *_form.json("metadata", body.metadata, "application/json"),
                *_form.text("mode", body.mode),
                *_form.each(_form.text, "images", body.images, "text/plain"),
                *_form.each(_form.json, "content", body.content, "application/json"),
                *_form.text("size", body.size),
                *_form.text("seconds", body.seconds),
                *_form.file_or_text(
                    "input_reference",
                    body.input_reference,
                    "text/plain",
                    "image/*",
                    "application/octet-stream",
                    "application/json",
                ),
                *_form.json("parameters", body.parameters, "application/json"),
            ],
            body.additional_properties,
        ),
    )


def sync_detailed(
    *,
    client: VideosClient,
    body: CreateVideoRequest,
    **options: Unpack[CallOptions],
) -> Response[Video | ErrorAnswer]:
    """Create a video. Returns whatever is answered, with its status and headers.

    Raises:
        TransportError: No answer came.
    """
    call = _call(
        body=body,
    )
    return respond(client.send(call, **options), _ANSWERS)


def sync(
    *,
    client: VideosClient,
    body: CreateVideoRequest,
    **options: Unpack[CallOptions],
) -> Video | ErrorAnswer | None:
    """Create a video. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    return sync_detailed(client=client, body=body, **options).parsed


async def asyncio_detailed(
    *,
    client: AsyncVideosClient,
    body: CreateVideoRequest,
    **options: Unpack[CallOptions],
) -> Response[Video | ErrorAnswer]:
    """Create a video. Returns whatever is answered, with its status and headers.

    Raises:
        TransportError: No answer came.
    """
    call = _call(
        body=body,
    )
    return respond(await client.send(call, **options), _ANSWERS)


async def asyncio(
    *,
    client: AsyncVideosClient,
    body: CreateVideoRequest,
    **options: Unpack[CallOptions],
) -> Video | ErrorAnswer | None:
    """Create a video. Returns the body of a documented answer, None for any other.

    Raises:
        TransportError: No answer came.
    """
    response = await asyncio_detailed(client=client, body=body, **options)
    return response.parsed
