"""The clients' methods as they return the whole answer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from ._async_client import AsyncVideosClient
    from .client import VideosClient
    from .types import Response

P = ParamSpec("P")
T = TypeVar("T")


class RawVideosClient:
    """The methods of a `VideosClient`; each returns a `Response`, and raises what it always raises."""

    def __init__(self, client: VideosClient) -> None:
        self.create_video = _raw(client.create_video)
        self.retrieve_video = _raw(client.retrieve_video)


class RawAsyncVideosClient:
    """The methods of an `AsyncVideosClient`; each returns a `Response`, and raises what it always raises."""

    def __init__(self, client: AsyncVideosClient) -> None:
        self.create_video = _raw_async(client.create_video)
        self.retrieve_video = _raw_async(client.retrieve_video)


def _raw(method: Callable[P, T]) -> Callable[P, Response[T]]:
    return cast("Callable[P, Response[T]]", method)


def _raw_async(
    method: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, Response[T]]]:
    return cast("Callable[P, Coroutine[Any, Any, Response[T]]]", method)
