"""The command: each operation of the contract, from the shell."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, get_args

import click

from . import __version__
from .client import VideosClient
from .errors import ConfigurationError, VideosError
from .models import Video, VideoModel
from .types import Download

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def suggest(literal: object) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Offer the contract's values for completion; any other text is taken too."""
    values: tuple[str, ...] = get_args(literal)

    def complete(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
        return [value for value in values if value.startswith(begun)]

    return complete


def as_json(text: str) -> Any:
    """Read the text of an option as JSON."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from None


def file_or_text(text: str) -> Any:
    """Read the text of an option: a file as ``@path``, an object as JSON, or else a text."""
    if text.startswith("@"):
        return FILE.convert(text[1:], None, None)
    return as_json(text) if text.startswith("{") else text


def _raw(answer: Any) -> Any:
    return getattr(answer, "raw", answer)


def _dumped(value: Any, indent: int | None = 2) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=indent)


def _rows(answer: Any) -> str:
    raw = _raw(answer)
    if not isinstance(raw, dict):
        return _dumped(raw)
    fields = cast("dict[str, Any]", raw)
    width = max(map(len, fields), default=0)
    return "\n".join(f"{name:{width}}  {_dumped(value, None)}" for name, value in fields.items())


def _show(answer: Any, how: str) -> None:
    """Print an answer as it was sent."""
    if isinstance(answer, Download):
        # What was written to the standard output is there already, and nothing may follow it.
        answer = None if answer.path is None else {**answer._asdict(), "path": str(answer.path)}
    if isinstance(answer, bytes):
        sys.stdout.buffer.write(answer)
    elif isinstance(answer, list):
        items = cast("Sequence[Any]", answer)
        click.echo(
            "\n\n".join(map(_rows, items))
            if how == "table"
            else _dumped([_raw(item) for item in items])
        )
    elif answer is not None:
        click.echo(_rows(answer) if how == "table" else _dumped(_raw(answer)))


@contextmanager
def _one_sentence() -> Generator[None]:
    """End with 1 where the server or the network failed, with 2 where the input did."""
    try:
        yield
    except (VideosError, OSError, TypeError, ValueError) as error:
        code = (
            1 if isinstance(error, VideosError) and not isinstance(error, ConfigurationError) else 2
        )
        click.echo(f"error: {error}", err=True)
        raise click.exceptions.Exit(code) from None


def _run(
    context: click.Context,
    call: Callable[[VideosClient, dict[str, Any]], Any],
    given: dict[str, Any],
) -> None:
    options: dict[str, Any] = context.obj
    values = {name: value for name, value in given.items() if value is not None and value != ()}
    with _one_sentence(), VideosClient(**options["client"]) as client:
        _show(call(client, values), options["format"])


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--base-url", help="Where the server is; the contract's server by default.")
@click.option("--timeout", type=float, help="Seconds to wait for an answer.")
@click.option("--max-retries", type=click.IntRange(min=0), help="How often to try again.")
@click.option(
    "--format", "how", type=click.Choice(["json", "table"]), help="How to print the answer."
)
@click.version_option(__version__)
@click.pass_context
def command(
    context: click.Context,
    base_url: str | None,
    timeout: float | None,
    max_retries: int | None,
    how: str | None,
) -> None:
    """One multipart form in front of 33 video models, answered by an asynchronous job.

    The API key is read from AIID_VIDEOS_TOKEN.
    """
    client = {"base_url": base_url, "timeout": timeout, "max_retries": max_retries}
    # People read tables; programs, behind a pipe, read JSON.
    how = how or ("table" if sys.stdout.isatty() else "json")
    context.obj = {
        "client": {name: value for name, value in client.items() if value is not None},
        "format": how,
    }


@command.command("create")
@click.option(
    "--model",
    "model",
    shell_complete=suggest(VideoModel),
    required=True,
    help="Public name of the model that makes the video.",
)
@click.option(
    "--prompt",
    "prompt",
    type=str,
    required=True,
    help="What the video shows. The common entry point for prompts; most models require it.",
)
@click.option(
    "--image",
    "image",
    type=FILE,
    help="A single input image; some compatibility modes map it to `images`.",
)
@click.option(
    "--duration",
    "duration",
    type=int,
    help="Length of the video in seconds, the common entry point; some models also take `seconds`.",
)
@click.option("--width", "width", type=int, help="Width of the video in pixels.")
@click.option("--height", "height", type=int, help="Height of the video in pixels.")
@click.option("--fps", "fps", type=int, help="Frame rate of the video in frames per second.")
@click.option("--seed", "seed", type=int, help="Seed of the random generator.")
@click.option("--n", "n", type=int, help="How many videos to generate.")
@click.option("--response-format", "response_format", type=str, help="How the result is delivered.")
@click.option(
    "--user", "user", type=str, help="Identifies the end user on whose behalf the video is made."
)
@click.option(
    "--metadata",
    "metadata",
    type=as_json,
    metavar="JSON",
    help="Container for extensions; many model-specific fields are read from here.",
)
@click.option(
    "--mode",
    "mode",
    type=str,
    help="How the video is made. `gemini-omni` takes `t2v`, `r2v` and `edit`.",
)
@click.option(
    "--images",
    "images",
    type=str,
    multiple=True,
    help="Input images, the common entry point for several; used by Vidu, Seedance, Veo and others.",
)
@click.option(
    "--content",
    "content",
    type=as_json,
    metavar="JSON",
    multiple=True,
    help="Structured input, one object per item.",
)
@click.option(
    "--size",
    "size",
    type=str,
    help="Size of the video, the common entry point; mapped to resolution, aspect ratio and the like.",
)
@click.option(
    "--seconds",
    "seconds",
    type=str,
    help="Length of the video in seconds, as Sora takes it; falls back to `duration`.",
)
@click.option(
    "--input-reference",
    "input_reference",
    type=file_or_text,
    metavar="@PATH|JSON|TEXT",
    help="A reference image, as Sora and Veo take it, either as a file, as a URL or as an object.",
)
@click.option(
    "--parameters", "parameters", type=as_json, metavar="JSON", help="Further model parameters."
)
@click.pass_context
def _create_video(context: click.Context, /, **given: Any) -> None:
    """Create a video."""
    _run(context, lambda client, values: client.create_video(**values), given)


@command.command("retrieve")
@click.argument("video_id")
@click.pass_context
def _retrieve_video(context: click.Context, /, **given: Any) -> None:
    """Retrieve a video task."""
    _run(context, lambda client, values: client.retrieve_video(**values), given)


@command.command("download-content")
@click.argument("video_id")
@click.argument("path", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--overwrite", "overwrite", is_flag=True, help="Replace a file that is there already."
)
@click.pass_context
def _download_video_content(context: click.Context, /, **given: Any) -> None:
    """Download a finished video.

    It is written to PATH when all of it is there; - is the standard output.
    """
    if str(given["path"]) == "-":
        given["path"] = sys.stdout.buffer
    _run(context, lambda client, values: client.download_video_content(**values), given)


@command.command("wait")
@click.argument("job")
@click.option(
    "--deadline", type=click.FloatRange(min=0), help="How long to wait at most, in seconds."
)
@click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds between two looks.",
)
@click.pass_context
def _wait(context: click.Context, /, **given: Any) -> None:
    """Wait until the job with an id has succeeded, and print it; tell each change on the way.

    A job that failed, or did not end in time, ends the command with 1.
    """
    _run(context, lambda client, values: client.wait(on_progress=_tell, **values), given)


def _tell(job: Video) -> None:
    """Tell how a job stands, where it does not get in the way of the answer."""
    told: list[Any] = [job.status, job.progress]
    click.echo(" ".join(str(each) for each in told if each is not None), err=True)
