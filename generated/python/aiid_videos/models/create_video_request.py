from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types
from ..models.video_model import VideoModel, check_video_model
from ..types import UNSET, File, FileTypes, Unset

if TYPE_CHECKING:
    from ..models.content_item import ContentItem
    from ..models.generation_parameters import GenerationParameters
    from ..models.input_reference import InputReference
    from ..models.request_metadata import RequestMetadata


T = TypeVar("T", bound="CreateVideoRequest")


@_attrs_define
class CreateVideoRequest:
    """The multipart form that describes the video to make."""

    model: VideoModel
    """ Public name of a video model. """
    prompt: str
    """ What the video shows. The common entry point for prompts; most models require it. """
    image: File | Unset = UNSET
    """ A single input image; some compatibility modes map it to `images`. """
    duration: int | Unset = UNSET
    """ Length of the video in seconds, the common entry point; some models also take `seconds`. """
    width: int | Unset = UNSET
    """ Width of the video in pixels. """
    height: int | Unset = UNSET
    """ Height of the video in pixels. """
    fps: int | Unset = UNSET
    """ Frame rate of the video in frames per second. """
    seed: int | Unset = UNSET
    """ Seed of the random generator. """
    n: int | Unset = UNSET
    """ How many videos to generate. """
    response_format: str | Unset = UNSET
    """ How the result is delivered. """
    user: str | Unset = UNSET
    """ Identifies the end user on whose behalf the video is made. """
    metadata: RequestMetadata | Unset = UNSET
    """ Free extension fields. """
    mode: str | Unset = UNSET
    """ How the video is made. `gemini-omni` takes `t2v`, `r2v` and `edit`. """
    images: list[str] | Unset = UNSET
    """ Input images, the common entry point for several; used by Vidu, Seedance, Veo and others. """
    content: list[ContentItem] | Unset = UNSET
    """ Structured input, one object per item. """
    size: str | Unset = UNSET
    """ Size of the video, the common entry point; mapped to resolution, aspect ratio and the like. """
    seconds: str | Unset = UNSET
    """ Length of the video in seconds, as Sora takes it; falls back to `duration`. """
    input_reference: File | InputReference | str | Unset = UNSET
    """ A reference image, as Sora and Veo take it, either as a file, as a URL or as an object. """
    parameters: GenerationParameters | Unset = UNSET
    """ Free model parameters. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.input_reference import InputReference  # noqa: PLC0415

        model: str = self.model

        prompt = self.prompt

        image: FileTypes | Unset = UNSET
        if not isinstance(self.image, Unset):
            image = self.image.to_tuple()

        duration = self.duration

        width = self.width

        height = self.height

        fps = self.fps

        seed = self.seed

        n = self.n

        response_format = self.response_format

        user = self.user

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        mode = self.mode

        images: list[str] | Unset = UNSET
        if not isinstance(self.images, Unset):
            images = self.images

        content: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.content, Unset):
            content = []
            for content_item_data in self.content:
                content_item = content_item_data.to_dict()
                content.append(content_item)

        size = self.size

        seconds = self.seconds

        input_reference: dict[str, Any] | FileTypes | str | Unset
        if isinstance(self.input_reference, Unset):
            input_reference = UNSET
        elif isinstance(self.input_reference, File):
            input_reference = self.input_reference.to_tuple()

        elif isinstance(self.input_reference, InputReference):
            input_reference = self.input_reference.to_dict()
        else:
            input_reference = self.input_reference

        parameters: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parameters, Unset):
            parameters = self.parameters.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "prompt": prompt,
            }
        )
        if image is not UNSET:
            field_dict["image"] = image
        if duration is not UNSET:
            field_dict["duration"] = duration
        if width is not UNSET:
            field_dict["width"] = width
        if height is not UNSET:
            field_dict["height"] = height
        if fps is not UNSET:
            field_dict["fps"] = fps
        if seed is not UNSET:
            field_dict["seed"] = seed
        if n is not UNSET:
            field_dict["n"] = n
        if response_format is not UNSET:
            field_dict["response_format"] = response_format
        if user is not UNSET:
            field_dict["user"] = user
        if metadata is not UNSET:
            field_dict["metadata"] = metadata
        if mode is not UNSET:
            field_dict["mode"] = mode
        if images is not UNSET:
            field_dict["images"] = images
        if content is not UNSET:
            field_dict["content"] = content
        if size is not UNSET:
            field_dict["size"] = size
        if seconds is not UNSET:
            field_dict["seconds"] = seconds
        if input_reference is not UNSET:
            field_dict["input_reference"] = input_reference
        if parameters is not UNSET:
            field_dict["parameters"] = parameters

        return field_dict

    def to_multipart(self) -> types.RequestFiles:
        files: types.RequestFiles = []

        files.append(("model", (None, str(self.model).encode(), "text/plain")))

        files.append(("prompt", (None, str(self.prompt).encode(), "text/plain")))

        if not isinstance(self.image, Unset):
            files.append(("image", self.image.to_tuple()))

        if not isinstance(self.duration, Unset):
            files.append(("duration", (None, str(self.duration).encode(), "text/plain")))

        if not isinstance(self.width, Unset):
            files.append(("width", (None, str(self.width).encode(), "text/plain")))

        if not isinstance(self.height, Unset):
            files.append(("height", (None, str(self.height).encode(), "text/plain")))

        if not isinstance(self.fps, Unset):
            files.append(("fps", (None, str(self.fps).encode(), "text/plain")))

        if not isinstance(self.seed, Unset):
            files.append(("seed", (None, str(self.seed).encode(), "text/plain")))

        if not isinstance(self.n, Unset):
            files.append(("n", (None, str(self.n).encode(), "text/plain")))

        if not isinstance(self.response_format, Unset):
            files.append(
                ("response_format", (None, str(self.response_format).encode(), "text/plain"))
            )

        if not isinstance(self.user, Unset):
            files.append(("user", (None, str(self.user).encode(), "text/plain")))

        if not isinstance(self.metadata, Unset):
            files.append(
                (
                    "metadata",
                    (None, json.dumps(self.metadata.to_dict()).encode(), "application/json"),
                )
            )

        if not isinstance(self.mode, Unset):
            files.append(("mode", (None, str(self.mode).encode(), "text/plain")))

        if not isinstance(self.images, Unset):
            for images_item_element in self.images:
                files.append(("images", (None, str(images_item_element).encode(), "text/plain")))

        if not isinstance(self.content, Unset):
            for content_item_element in self.content:
                files.append(
                    (
                        "content",
                        (
                            None,
                            json.dumps(content_item_element.to_dict()).encode(),
                            "application/json",
                        ),
                    )
                )

        if not isinstance(self.size, Unset):
            files.append(("size", (None, str(self.size).encode(), "text/plain")))

        if not isinstance(self.seconds, Unset):
            files.append(("seconds", (None, str(self.seconds).encode(), "text/plain")))

        if not isinstance(self.input_reference, Unset):
            if isinstance(self.input_reference, File):
                files.append(("input_reference", self.input_reference.to_tuple()))
            elif isinstance(self.input_reference, str):
                files.append(
                    ("input_reference", (None, str(self.input_reference).encode(), "text/plain"))
                )
            else:
                files.append(
                    (
                        "input_reference",
                        (
                            None,
                            json.dumps(self.input_reference.to_dict()).encode(),
                            "application/json",
                        ),
                    )
                )

        if not isinstance(self.parameters, Unset):
            files.append(
                (
                    "parameters",
                    (None, json.dumps(self.parameters.to_dict()).encode(), "application/json"),
                )
            )

        for prop_name, prop in self.additional_properties.items():
            files.append((prop_name, (None, str(prop).encode(), "text/plain")))

        return files

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.content_item import ContentItem  # noqa: PLC0415
        from ..models.generation_parameters import GenerationParameters  # noqa: PLC0415
        from ..models.input_reference import InputReference  # noqa: PLC0415
        from ..models.request_metadata import RequestMetadata  # noqa: PLC0415

        d = dict(src_dict)
        model = check_video_model(d.pop("model"))

        prompt = d.pop("prompt")

        _image = d.pop("image", UNSET)
        image: File | Unset
        if isinstance(_image, Unset):
            image = UNSET
        else:
            image = File(payload=BytesIO(_image))

        duration = d.pop("duration", UNSET)

        width = d.pop("width", UNSET)

        height = d.pop("height", UNSET)

        fps = d.pop("fps", UNSET)

        seed = d.pop("seed", UNSET)

        n = d.pop("n", UNSET)

        response_format = d.pop("response_format", UNSET)

        user = d.pop("user", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: RequestMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = RequestMetadata.from_dict(_metadata)

        mode = d.pop("mode", UNSET)

        images = cast(list[str], d.pop("images", UNSET))

        _content = d.pop("content", UNSET)
        content: list[ContentItem] | Unset = UNSET
        if _content is not UNSET:
            content = []
            for content_item_data in _content:
                content_item = ContentItem.from_dict(content_item_data)

                content.append(content_item)

        size = d.pop("size", UNSET)

        seconds = d.pop("seconds", UNSET)

        def _parse_input_reference(data: object) -> File | InputReference | str | Unset:
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, bytes):
                    raise TypeError()
                input_reference_input_reference_file = File(payload=BytesIO(data))

                return input_reference_input_reference_file
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                input_reference_type_2 = InputReference.from_dict(data)

                return input_reference_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(File | InputReference | str | Unset, data)

        input_reference = _parse_input_reference(d.pop("input_reference", UNSET))

        _parameters = d.pop("parameters", UNSET)
        parameters: GenerationParameters | Unset
        if isinstance(_parameters, Unset):
            parameters = UNSET
        else:
            parameters = GenerationParameters.from_dict(_parameters)

        create_video_request = cls(
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
        )

        create_video_request.additional_properties = d
        return create_video_request

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
