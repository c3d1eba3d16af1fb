"""The client that blocks: one method for each operation of the contract."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast

from ._lanes import Lanes, OwnLane
from ._libraries import one_connection, own_client
from ._options import CallOptions, Settings, Timeout, checked_url
from ._sending import BASE_URL, Attempts, Call, TokenAuth

if TYPE_CHECKING:
    import threading

    import httpx

    from ._libraries import HttpClient
    from ._raw import RawVideosClient
    from ._saving import Saving
    from ._waiting import Waiting
    from .models import (
        ContentItem,
        GenerationParameters,
        InputReference,
        RequestMetadata,
        Video,
        VideoModel,
    )
    from .types import Download, FileInput, FileTarget, Response

T = TypeVar("T")


class VideosClient:
    """One multipart form in front of 33 video models, answered by an asynchronous job.

    Use it as a context manager, or close it. It can be shared by threads.

    Args:
        token: The API key; `AIID_VIDEOS_TOKEN` in the environment by default.
        base_url: Where the server is; `AIID_VIDEOS_BASE_URL` in the environment by default, or
            else the contract's server. It may end with `/v1`, as other clients want it.
        timeout: Seconds for each step (to connect, to send or receive the next piece; all of a call may take
            longer), or an `httpx.Timeout`.
        max_retries: How often to try again when no connection could be made, or when the server
            refuses with 429 and ``Retry-After``, and to read again where it failed. A request
            that may have been carried out is only repeated where that is harmless.
        max_connections: How many calls can be on their way at once; further ones wait, as long as
            `timeout.pool` says. By default as many as the process can hold open, and 1000 at most.
        http_client: An `httpx.Client` with settings of your own, such as proxies or certificates, or a
            client of another library with the same surface, such as httpx2. You close it.

    Raises:
        ConfigurationError: There is no token, or the base URL is not one, or
            `http_client` is of another kind.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        base_url: str | None = None,
        timeout: Timeout | None = None,
        max_retries: int = 2,
        max_connections: int | None = None,
        http_client: HttpClient | None = None,
    ) -> None:
        self._auth = TokenAuth(token or os.environ.get("AIID_VIDEOS_TOKEN"))
        if base_url is None:
            base_url = os.environ.get("AIID_VIDEOS_BASE_URL") or BASE_URL
        self._base_url = checked_url(base_url)
        self._settings = Settings().with_options({"timeout": timeout, "max_retries": max_retries})
        self._is_raw = False
        self._lanes: Lanes | OwnLane = (
            Lanes(one_connection("Client"), max_connections)
            if http_client is None
            else OwnLane(own_client(http_client, "close"))
        )

    def __repr__(self) -> str:
        return f"VideosClient(base_url={self._base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless they belong to an `http_client` of yours."""
        self._lanes.close()

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return a client for calls with other options; it shares the connections, and is closed with this one.

        Raises:
            InvalidRequestError: A header cannot be sent.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._settings = self._settings.with_options(
            {"timeout": timeout, "max_retries": max_retries, "extra_headers": extra_headers}
        )
        return other

    @property
    def with_raw_response(self) -> RawVideosClient:
        """The same methods, but each returns the whole answer: status, headers, bytes, and what was read of them."""
        from ._raw import RawVideosClient

        other = self.with_options()
        other._is_raw = True
        return RawVideosClient(other)

    def _told(self, response: Response[Any], result: T) -> T:
        return cast("T", response) if self._is_raw else result

    def send(self, call: Call, **options: Unpack[CallOptions]) -> httpx.Response:
        """Send a call of the functional API; return its answer, whatever the status.

        Raises:
            TransportError: No answer came.
        """
        attempts = Attempts(call, self._base_url, self._settings.with_options(options))
        while True:
            try:
                with self._lanes.lane(attempts.ends) as http, attempts.opened() as built_from:
                    request = attempts.begin(http.build_request(**built_from))
                    response: httpx.Response = http.send(
                        request, auth=self._auth, follow_redirects=False
                    )
            except Exception as error:
                delay = attempts.failed(error, self._lanes.is_shared)
            else:
                response = self._auth.hide(response)
                asked = attempts.answered(response)
                if asked is None:
                    return response
                delay = asked
            time.sleep(delay)

    def save(
        self,
        call: Call,
        saving: Saving,
        **options: Unpack[CallOptions],
    ) -> Download:
        """Send a call of the functional API; save the bytes of its answer as they come.

        Raises:
            AnswerError: Something else was answered.
            TransportError: No answer came, or it broke off.
            OSError: The file cannot be written.
        """
        with saving:
            attempts = Attempts(call, self._base_url, self._settings.with_options(options), saving)
            while True:
                request: httpx.Request | None = None
                try:
                    with self._lanes.lane(attempts.ends) as http, attempts.opened() as built_from:
                        request = attempts.begin(http.build_request(**built_from))
                        saving.begin(request)
                        response = http.send(
                            request, auth=self._auth, follow_redirects=False, stream=True
                        )
                        while (onward := saving.onward(request, response)) is not None:
                            response.close()
                            request = onward
                            response = http.send(
                                request,
                                auth=self._auth if saving.is_at_home else None,
                                follow_redirects=False,
                                stream=True,
                            )
                        try:
                            delay = attempts.answered(response)
                            if delay is None:
                                saving.receive(response)
                        finally:
                            response.close()
                except Exception as error:
                    if saving.is_telling:
                        raise
                    delay = attempts.failed(
                        error, self._lanes.is_shared, request and saving.shown(request)
                    )
                else:
                    if delay is None:
                        refused = saving.refused(request, response)
                        if refused is None:
                            return saving.keep(response)
                        raise saving.error(attempts.mark(self._auth.hide(refused)))
                saving.rewind()
                time.sleep(delay)

    def create_video(
        self,
        *,
        model: VideoModel | str,
        prompt: str,
        image: FileInput | None = None,
        duration: int | None = None,
        width: int | None = None,
        height: int | None = None,
        fps: int | None = None,
        seed: int | None = None,
        n: int | None = None,
        response_format: str | None = None,
        user: str | None = None,
        metadata: RequestMetadata | Mapping[str, Any] | None = None,
        mode: str | None = None,
        images: list[str] | tuple[str, ...] | None = None,
        content: Sequence[ContentItem | Mapping[str, Any]] | None = None,
        size: str | None = None,
        seconds: str | None = None,
        input_reference: FileInput | str | InputReference | Mapping[str, Any] | None = None,
        parameters: GenerationParameters | Mapping[str, Any] | None = None,
        extra_fields: Mapping[str, Any] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Video:
        """Create a video.

        Submits a video generation task. The answer describes the accepted task, which goes on in
        the background; an accepted request is billed.

        Args:
            model: Public name of the model that makes the video.
            prompt: What the video shows. The common entry point for prompts; most models require
                it.
            image: A single input image; some compatibility modes map it to `images`.
            duration: Length of the video in seconds, the common entry point; some models also take
                `seconds`.
            width: Width of the video in pixels.
            height: Height of the video in pixels.
            fps: Frame rate of the video in frames per second.
            seed: Seed of the random generator.
            n: How many videos to generate.
            response_format: How the result is delivered.
            user: Identifies the end user on whose behalf the video is made.
            metadata: Container for extensions; many model-specific fields are read from here.
            mode: How the video is made. `gemini-omni` takes `t2v`, `r2v` and `edit`.
            images: Input images, the common entry point for several; used by Vidu, Seedance, Veo
                and others.
            content: Structured input, one object per item.
            size: Size of the video, the common entry point; mapped to resolution, aspect ratio and
                the like.
            seconds: Length of the video in seconds, as Sora takes it; falls back to `duration`.
            input_reference: A reference image, as Sora and Veo take it, either as a file, as a URL
                or as an object.
            parameters: Further model parameters.
            extra_fields: Fields that the contract does not name.
            timeout: Seconds for each step, or an `httpx.Timeout`; the client's own where it is None.
            max_retries: How often to try again; the client's own where it is None.
            extra_headers: Headers that the contract does not name.

        Raises:
            AnswerError: The answer is a refusal, or cannot be read.
            TransportError: No answer came.
            InvalidRequestError, TypeError: A value cannot be sent; nothing was.
        """
        from ._answers import expect
        from .api.videos import create_video
        from .models import CreateVideoRequest, Video

        body = CreateVideoRequest(
            model=model,
            prompt=prompt,
            image=image,
            duration=duration,
            width=width,
            height=height,
            fps=fps,
            seed=seed,
            n=n,
            response_format=response_format,
            user=user,
            metadata=metadata,
            mode=mode,
            images=images,
            content=content,
            size=size,
            seconds=seconds,
            input_reference=input_reference,
            parameters=parameters,
            additional_properties=extra_fields or {},
        )
        response = create_video.sync_detailed(
            client=self,
            body=body,
            timeout=timeout,
            max_retries=max_retries,
            extra_headers=extra_headers,
        )
        return self._told(response, expect(response, Video))

    def retrieve_video(
        self,
        video_id: str,
        *,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Video:
        """Retrieve a video task.

        Shows where a task stands. The page documents no such operation; servers of this family have
        it.

        Args:
            video_id: The `id` of the task, as its creation answered it.
            timeout: Seconds for each step, or an `httpx.Timeout`; the client's own where it is None.
            max_retries: How often to try again; the client's own where it is None.
            extra_headers: Headers that the contract does not name.

        Raises:
            AnswerError: The answer is a refusal, or cannot be read.
            TransportError: No answer came.
            InvalidRequestError, TypeError: A value cannot be sent; nothing was.
        """
        from ._answers import expect
        from .api.videos import retrieve_video
        from .models import Video

        response = retrieve_video.sync_detailed(
            client=self,
            video_id=video_id,
            timeout=timeout,
            max_retries=max_retries,
            extra_headers=extra_headers,
        )
        return self._told(response, expect(response, Video, optional=True))

    def download_video_content(
        self,
        video_id: str,
        path: FileTarget,
        *,
        overwrite: bool = False,
        resume: bool = False,
        on_progress: Callable[[int, int | None], object] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Download:
        """Download a finished video.

        Sends the bytes of a video whose task is completed. The page documents no such operation;
        servers of this family have it.

        The bytes are written as they come; a path appears when all of them are there, or not at all.
        Where the transfer breaks off it begins anew, or goes on (`resume`), as often as `max_retries`
        says. A redirection is followed, to another server without credentials.

        Args:
            video_id: The `id` of the task, as its creation answered it.
            path: Where to write: a path, or a binary file object.
            overwrite: Whether a file that is there already may be replaced.
            resume: Whether what broke off is kept beside the path (`NAME.part`), and gone on with
                at the next attempt or the next call, if the server can send parts.
            on_progress: Called with the number of bytes that were written, and of all if the
                server says it.
            timeout: Seconds for each step, or an `httpx.Timeout`; the client's own where it is None.
            max_retries: How often to try again; the client's own where it is None.
            extra_headers: Headers that the contract does not name.

        Raises:
            AnswerError: The answer is a refusal, or not of the promised media type.
            TransportError: No answer came, or it broke off.
            OSError: The file cannot be written, or is there already.
            InvalidRequestError, TypeError: A value cannot be sent; nothing was.
        """
        from .api.videos import download_video_content

        return download_video_content.sync_saved(
            client=self,
            video_id=video_id,
            path=path,
            overwrite=overwrite,
            resume=resume,
            on_progress=on_progress,
            timeout=timeout,
            max_retries=max_retries,
            extra_headers=extra_headers,
        )

    def wait(
        self,
        job: Video | str,
        *,
        deadline: float = 1800.0,
        poll_interval: float | None = None,
        on_progress: Callable[[Video], object] | None = None,
        cancel: threading.Event | None = None,
        timeout: Timeout | None = None,
    ) -> Video:
        """Wait until a job has succeeded.

        Failures of the server and of the connection, and answers that ask for patience, are no reason to
        stop waiting; neither is a status that is new to this client, which is taken for one of a job that
        goes on. Whatever ends the waiting otherwise is a `JobError`, which holds the job.

        Args:
            job: The job, or its id.
            deadline: How long to wait at most, in seconds; the last look may take one more. A server that sends
                an answer piece by piece can hold it up: each piece may take what was left when the look began.
                `AsyncVideosClient` does not let it.
            poll_interval: Seconds between two looks; by default they begin at 2 and grow to 20. A server
                that asks for more gets it.
            on_progress: Called with the job each time it has changed.
            cancel: Ends the waiting when it is set.
            timeout: For each single look: seconds for each step, or an `httpx.Timeout`.

        Raises:
            JobFailedError: The job failed; the error says why.
            WaitTimedOutError: The deadline passed.
            WaitCancelledError: `cancel` was set.
            WaitRefusedError: The server does not say how the job stands.
            ValueError: There is no id, or a number makes no sense.
        """
        from ._waiting import Waiting

        waiting = Waiting(deadline, poll_interval).of(job)
        return self._wait(waiting, on_progress, cancel, timeout)

    def _wait(
        self,
        waiting: Waiting,
        on_progress: Callable[[Video], object] | None,
        cancel: threading.Event | None,
        timeout: Timeout | None,
    ) -> Video:
        from .api.videos import retrieve_video as poll

        with waiting.noted():
            news = waiting.made
            while True:
                if news and on_progress:
                    on_progress(news)
                if waiting.done:
                    break
                waiting.sleep(cancel)
                news = None
                with waiting.patiently():
                    response = poll.sync_detailed(
                        client=self,
                        video_id=waiting.id,
                        timeout=waiting.timeout(
                            self._settings.timeouts if timeout is None else timeout
                        ),
                        max_retries=0,
                    )
                    news = waiting.news(response)
        return waiting.result

    def create_and_wait(
        self,
        *,
        model: VideoModel | str,
        prompt: str,
        image: FileInput | None = None,
        duration: int | None = None,
        width: int | None = None,
        height: int | None = None,
        fps: int | None = None,
        seed: int | None = None,
        n: int | None = None,
        response_format: str | None = None,
        user: str | None = None,
        metadata: RequestMetadata | Mapping[str, Any] | None = None,
        mode: str | None = None,
        images: list[str] | tuple[str, ...] | None = None,
        content: Sequence[ContentItem | Mapping[str, Any]] | None = None,
        size: str | None = None,
        seconds: str | None = None,
        input_reference: FileInput | str | InputReference | Mapping[str, Any] | None = None,
        parameters: GenerationParameters | Mapping[str, Any] | None = None,
        extra_fields: Mapping[str, Any] | None = None,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        deadline: float = 1800.0,
        poll_interval: float | None = None,
        on_progress: Callable[[Video], object] | None = None,
        cancel: threading.Event | None = None,
    ) -> Video:
        """Create a video, and wait until that has succeeded.

        The same as `create_video` and then `wait`. Once there is a job, whatever ends the waiting tells its
        id: a `JobError` as `job_id`, anything else (a Ctrl-C, a cancelled task) in a note. `wait` takes the
        id, and goes on where this ended; nothing is made a second time.

        Args:
            model: Public name of the model that makes the video.
            prompt: What the video shows. The common entry point for prompts; most models require
                it.
            image: A single input image; some compatibility modes map it to `images`.
            duration: Length of the video in seconds, the common entry point; some models also take
                `seconds`.
            width: Width of the video in pixels.
            height: Height of the video in pixels.
            fps: Frame rate of the video in frames per second.
            seed: Seed of the random generator.
            n: How many videos to generate.
            response_format: How the result is delivered.
            user: Identifies the end user on whose behalf the video is made.
            metadata: Container for extensions; many model-specific fields are read from here.
            mode: How the video is made. `gemini-omni` takes `t2v`, `r2v` and `edit`.
            images: Input images, the common entry point for several; used by Vidu, Seedance, Veo
                and others.
            content: Structured input, one object per item.
            size: Size of the video, the common entry point; mapped to resolution, aspect ratio and
                the like.
            seconds: Length of the video in seconds, as Sora takes it; falls back to `duration`.
            input_reference: A reference image, as Sora and Veo take it, either as a file, as a URL
                or as an object.
            parameters: Further model parameters.
            extra_fields: Fields that the contract does not name.
            timeout: For each single request: seconds for each step, or an `httpx.Timeout`.
            max_retries: How often to try again to make the job; the client's own where it is None.
            extra_headers: Headers that the contract does not name, in the request that makes the job.
            deadline: How long to wait at most, in seconds from now. The request that makes the job is not
                cut short by it.
            poll_interval: Seconds between two looks; by default they begin at 2 and grow to 20. A server
                that asks for more gets it.
            on_progress: Called with the job when it is made and each time it has changed.
            cancel: Ends the waiting when it is set.

        Raises:
            AnswerError: No job was made: the answer is a refusal, or cannot be read.
            TransportError: No answer came that tells of a job; `ambiguous` says whether there may be one.
            JobFailedError: The job failed; the error says why.
            WaitTimedOutError: The deadline passed.
            WaitCancelledError: `cancel` was set.
            WaitRefusedError: The server does not say how the job stands.
            TypeError, ValueError: A value cannot be sent, or a number makes no sense; nothing was made.
        """
        from ._waiting import Waiting

        # Before anything is made, so that a wrong number costs nothing.
        waiting = Waiting(deadline, poll_interval)
        waiting.begin(
            self.create_video(
                model=model,
                prompt=prompt,
                image=image,
                duration=duration,
                width=width,
                height=height,
                fps=fps,
                seed=seed,
                n=n,
                response_format=response_format,
                user=user,
                metadata=metadata,
                mode=mode,
                images=images,
                content=content,
                size=size,
                seconds=seconds,
                input_reference=input_reference,
                parameters=parameters,
                extra_fields=extra_fields,
                timeout=timeout,
                max_retries=max_retries,
                extra_headers=extra_headers,
            )
        )
        return self._wait(waiting, on_progress, cancel, timeout)
