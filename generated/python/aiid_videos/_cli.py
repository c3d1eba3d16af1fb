"""The command: each operation of the contract, from the shell."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast, get_args

import click

from . import __version__
from ._form import names_a_file
from ._progress import ProgressLine
from .client import VideosClient
from .errors import ConfigurationError, FileNameAsTextWarning, VideosError
from .models import VideoModel
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
    if names_a_file(text):
        click.echo(
            f"warning: {text} names a file, but is sent as text; @{text} sends the file", err=True
        )
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
        click.echo("\n".join([f"error: {error}", *_notes(error)]), err=True)
        raise click.exceptions.Exit(code) from None
    except KeyboardInterrupt as error:
        click.echo("\n".join(["stopped", *_notes(error)]), err=True)
        raise click.exceptions.Exit(130) from None


def _notes(error: BaseException) -> Sequence[str]:
    return getattr(error, "__notes__", ())


def _run(
    context: click.Context,
    call: Callable[[VideosClient, dict[str, Any]], Any],
    given: dict[str, Any],
) -> None:
    options: dict[str, Any] = context.obj
    values = {name: value for name, value in given.items() if value is not None and value != ()}
    # The option has said so in its own words.
    warnings.simplefilter("ignore", FileNameAsTextWarning)
    with _one_sentence(), VideosClient(**options["client"]) as client:
        _show(call(client, values), options["format"])


def _showing(
    call: Callable[[ProgressLine, VideosClient, dict[str, Any]], Any],
    *,
    tells_id: bool = False,
) -> Callable[[VideosClient, dict[str, Any]], Any]:
    """Add to a call a line that shows how far it is."""

    def shown(client: VideosClient, values: dict[str, Any]) -> Any:
        """Make the call, and show the line until it has ended."""
        with ProgressLine(tells_id=tells_id) as line:
            return call(line, client, values)

    return shown


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
    help="A reference image, as Sora and Veo take it, either as a file, as a URL or as an object. A file is given as @PATH.",
)
@click.option(
    "--parameters", "parameters", type=as_json, metavar="JSON", help="Further model parameters."
)
@click.option("--wait", "wait", is_flag=True, help="Wait until the job has succeeded.")
@click.option(
    "--deadline",
    "deadline",
    type=click.FloatRange(min=0),
    help="How long to wait at most, in seconds.",
)
@click.pass_context
def _create_video(context: click.Context, /, **given: Any) -> None:
    """Create a video."""
    if given.pop("wait"):
        _run(
            context,
            _showing(
                lambda line, client, values: client.create_and_wait(on_progress=line.job, **values),
                tells_id=True,
            ),
            given,
        )
        return
    if given.pop("deadline") is not None:
        raise click.UsageError("--deadline is for --wait")
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
    """Wait until a job has succeeded.

    How far it is is shown on the standard error: as a bar on a terminal, elsewhere as a line for each
    change. The job is printed at the end. A job that failed, or did not end in time, ends the command with 1.
    """
    _run(
        context,
        _showing(lambda line, client, values: client.wait(on_progress=line.job, **values)),
        given,
    )


@command.command("download")
@click.argument("job")
@click.argument("path", required=False, type=click.Path(allow_dash=True, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.pass_context
def _download(context: click.Context, /, job: str, path: Path | None, force: bool) -> None:
    """Save what a job has made.

    PATH is a file, a folder, or - for the standard output; left out, the file is called like the job. A download
    that broke off goes on where it ended: what came is kept in PATH.part.
    """
    name = (re.sub(r"[^A-Za-z0-9._-]", "_", str(job)).lstrip(".") or "_") + ".mp4"
    path = Path(name) if path is None else path / name if path.is_dir() else path
    if str(path) == "-" and sys.stdout.isatty():
        raise click.UsageError(
            "the standard output is a terminal; name a file, or send it on to one"
        )
    _run(context, _showing(lambda line, client, _: _save(client, job, path, force, line)), {})


def _save(client: VideosClient, job: str, path: Path, force: bool, line: ProgressLine) -> Download:
    if str(path) == "-":
        return client.download_video_content(job, sys.stdout.buffer)
    try:
        return client.download_video_content(
            job,
            path,
            overwrite=force,
            resume=True,
            on_progress=line.bytes,
        )
    except FileExistsError as error:
        raise FileExistsError(str(error).replace("overwrite=True", "--force")) from None
    except BlockingIOError:
        raise
    except BaseException as error:
        part = path.with_name(f"{path.name}.part")
        if part.exists():
            error.add_note(f"what came is kept in {part}; the same command goes on from there")
        raise
