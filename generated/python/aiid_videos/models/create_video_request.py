"""CreateVideoRequest, one of the contract's objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen

from ..types import FileInput
from .content_item import ContentItem
from .generation_parameters import GenerationParameters
from .input_reference import InputReference
from .request_metadata import RequestMetadata
from .video_model import VideoModel


@frozen(kw_only=True)
class CreateVideoRequest:
    """The multipart form that describes the video to make."""

    model: VideoModel | str
    """Public name of the model that makes the video."""
    prompt: str
    """What the video shows. The common entry point for prompts; most models require it."""
    image: FileInput | None = field(default=None, repr=False)
    """A single input image; some compatibility modes map it to `images`."""
    duration: int | None = None
    """Length of the video in seconds, the common entry point; some models also take `seconds`."""
    width: int | None = None
    """Width of the video in pixels."""
    height: int | None = None
    """Height of the video in pixels."""
    fps: int | None = None
    """Frame rate of the video in frames per second."""
    seed: int | None = None
    """Seed of the random generator."""
    n: int | None = None
    """How many videos to generate."""
    response_format: str | None = None
    """How the result is delivered."""
    user: str | None = None
    """Identifies the end user on whose behalf the video is made."""
    metadata: RequestMetadata | Mapping[str, Any] | None = None
    """Container for extensions; many model-specific fields are read from here."""
    mode: str | None = None
    """How the video is made. `gemini-omni` takes `t2v`, `r2v` and `edit`."""
    images: list[str] | tuple[str, ...] | None = None
    """Input images, the common entry point for several; used by Vidu, Seedance, Veo and others."""
    content: Sequence[ContentItem | Mapping[str, Any]] | None = None
    """Structured input, one object per item."""
    size: str | None = None
    """Size of the video, the common entry point; mapped to resolution, aspect ratio and the like.
    """
    seconds: str | None = None
    """Length of the video in seconds, as Sora takes it; falls back to `duration`."""
    input_reference: FileInput | str | InputReference | Mapping[str, Any] | None = field(
        default=None, repr=False
    )
    """A reference image, as Sora and Veo take it, either as a file, as a URL or as an object."""
    parameters: GenerationParameters | Mapping[str, Any] | None = None
    """Further model parameters."""
    additional_properties: Mapping[str, Any] = field(factory=dict[str, Any], hash=False)
    """What the contract does not name."""
