"""Probes of the body as a whole: none at all, or one of another media type."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from attrs import evolve

from conformance.bodies.codecs import essence
from conformance.bodies.multipart import Framing, encode
from conformance.bodies.strict_json import write_json
from conformance.contract import FORM, BodyKind
from conformance.engine.probe import Credentials, Expect, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.requirements.ids import body_prefix

__all__ = ["forms_in_other_media", "media_type_probes"]

_EMPTY: dict[BodyKind, str] = {"multipart": f"{FORM}; boundary=empty"}
_OTHERS = (
    ("xml", "application/xml", b"<video/>"),
    ("octets", "application/octet-stream", b"\x00\x01\x02"),
    ("text", "text/plain", b"a cat"),
    ("json-broken", "application/json", b'{"'),
    ("json-array", "application/json", b"[]"),
    ("mixed", "multipart/mixed; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    ("nonsense", "nonsense", b"nonsense"),
)


def media_type_probes(builder: Builder) -> Iterator[Probe]:
    """Yield the probes of one operation; nothing in them could be taken for what is asked for."""
    op, body = builder.operation.id, builder.operation.body
    if body is None or builder.operation.media is None:
        return
    path, prefix = builder.request(builder.base()).path, body_prefix(builder.operation)
    if body.required:
        typed = _EMPTY.get(builder.operation.media.kind, builder.operation.media.name)
        empty: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
            ("none", ()),
            ("typed", (("Content-Type", typed),)),
        )
        for name, headers in empty:
            if name == "typed" and builder.operation.media.kind in ("octets", "urlencoded"):
                continue  # no bytes are a valid value
            yield builder.of(
                f"{op}/body/empty/{name}",
                _request(builder, path, headers, b""),
                Expect.REFUSE,
                f"{op}/body",
                decides=(f"{prefix}/required",),
                guards=(f"{op}/invalid/no-server-error",),
            )
    known = [essence(media.name) for media in body.media]
    if "*/*" in known:
        return
    for name, media_type, content in _OTHERS:
        if essence(media_type) in known or any(essence(media_type).startswith(k[:-1]) for k in known if k[-2:] == "/*"):
            continue
        yield builder.of(
            f"{op}/body/media-type/{name}",
            _request(builder, path, (("Content-Type", media_type),), content),
            Expect.REFUSE,
            f"{op}/media-type",
            decides=(f"{prefix}/media-type",),
            guards=(f"{op}/invalid/no-server-error",),
        )


def forms_in_other_media(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the form with a defect, written in media types that the contract does not name, or announced as nothing.

    Who refuses it for the very defect has read it.
    """
    operation, defect = builder.operation, controls.defect()
    if operation.body is None or operation.media is None or defect is None:
        return
    documented = {essence(media.name) for media in operation.body.media}
    parts = defect.apply(builder.required())
    plain = builder.request(parts)
    inside = [part for part in parts if part.location == "body"]
    framing = Framing(media_type="multipart/mixed")
    texts = {part.name or "": part.value.decode("utf-8", "replace") for part in inside}
    written: dict[str, tuple[str, bytes]] = {
        "json": ("application/json", write_json(texts)),
        "urlencoded": ("application/x-www-form-urlencoded", urlencode(texts).encode()),
        "mixed": (framing.content_type, encode(inside, framing)),
    }
    if operation.media.kind in ("octets", "json") and any(declared.is_whole for declared in operation.fields):
        written = {}
    outside = tuple(header for header in plain.headers if header[0] != "Content-Type")
    for name, (media_type, body) in {**written, "untyped": ("", plain.body)}.items():
        if essence(media_type) in documented or "*/*" in documented:
            continue
        typed = (("Content-Type", media_type),) if media_type else ()
        yield builder.of(
            f"{operation.id}/body/as/{name}/behind/{defect.name}",
            evolve(plain, headers=(*typed, *outside), body=body),
            Expect.DIFFERENT,
            f"{operation.id}/body",
            decides=(f"{body_prefix(operation)}/media-type",),
            control=defect.name,
            guards=(f"{operation.id}/invalid/no-server-error",),
            if_accepted=(f"{body_prefix(operation)}/media-type",),
        )


def _request(builder: Builder, path: str, headers: tuple[tuple[str, str], ...], body: bytes) -> PreparedRequest:
    return PreparedRequest(builder.operation.method, path, headers, body, Credentials.right(builder.operation))
