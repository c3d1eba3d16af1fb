from typing import Literal, cast

VideoModel = Literal[
    "doubao-seedance-1-0-lite-i2v-250428",
    "doubao-seedance-1-0-lite-t2v-250428",
    "doubao-seedance-1-0-pro-250528",
    "doubao-seedance-1-0-pro-fast-251015",
    "doubao-seedance-1-5-pro-251215",
    "doubao-seedance-2-0-260128",
    "doubao-seedance-2-0-fast-260128",
    "gemini-omni",
    "grok-imagine-1.0-video",
    "grok-imagine-video-1.5-preview",
    "grok-video-3",
    "hailuo-video",
    "happyhorse-1.0",
    "happyhorse-1.0-i2v",
    "happyhorse-1.0-r2v",
    "happyhorse-1.0-t2v",
    "happyhorse-1.0-video-edit",
    "kling-video",
    "sora-2",
    "sora-2-pro",
    "veo3",
    "veo3-fast",
    "veo3-fast-frames",
    "veo3-frames",
    "veo3-pro",
    "veo3-pro-frames",
    "veo3.1",
    "veo3.1-4k",
    "veo3.1-components",
    "veo3.1-fast",
    "veo3.1-pro",
    "veo3.1-pro-4k",
    "viduq3-turbo",
]


def check_video_model(value: str) -> VideoModel:
    """Pass every value on: one that is new to this client must not lose the answer it stands in."""
    return cast(VideoModel, value)
