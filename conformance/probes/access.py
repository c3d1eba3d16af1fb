"""Probes of what stands before the form: credentials, methods, paths, queries, media types."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from attrs import evolve

from conformance.contract import METHODS
from conformance.engine.probe import Auth, Expect, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, anonymous
from conformance.probes.samples import ordinary

__all__ = ["BAD_AUTH", "access_probes"]

BAD_AUTH = (
    ("missing", "none", Auth(None)),
    ("invalid", "unknown", Auth("Bearer sk-conformance-unknown")),
    ("invalid", "cut", Auth("Bearer {token}", "cut")),
    ("invalid", "first-half", Auth("Bearer {token}", "first-half")),
    ("invalid", "extended", Auth("Bearer {token}", "extended")),
    ("invalid", "other-case", Auth("Bearer {token}", "other-case")),
    ("invalid", "last-changed", Auth("Bearer {token}", "last-changed")),
    ("invalid", "null", Auth("Bearer null")),
    ("invalid", "undefined", Auth("Bearer undefined")),
    ("invalid", "wildcard", Auth("Bearer *")),
    ("invalid", "two-tokens", Auth("Bearer conformance, conformance")),
    ("malformed", "scheme-only", Auth("Bearer")),
    ("malformed", "basic", Auth("Basic Y29uZm9ybWFuY2U6Y29uZm9ybWFuY2U=")),
    ("malformed", "other-scheme", Auth("Conformance {token}")),
)
_KNOWN = tuple(method.upper() for method in METHODS)  # a parser may well refuse any other with 400
_NO_SUCH_METHOD = (404, 405, 501)
_OTHER_MEDIA = (
    ("xml", "application/xml", b"<video/>"),
    ("octets", "application/octet-stream", b"\x00\x01\x02"),
    ("text", "text/plain", b"a cat"),
    ("json-broken", "application/json", b'{"'),
    ("json-array", "application/json", b"[]"),
    ("mixed", "multipart/mixed; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n"),
    ("nonsense", "nonsense", b"nonsense"),
)


def access_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    if builder.operation.security:
        yield from _credentials(builder, controls)
    yield from _methods(builder)
    yield from _paths(builder, controls)
    if builder.operation.body_pointer is not None:
        yield from _bodies(builder)


def _credentials(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """A form with a defect first: only where it is refused for the defect must a whole form follow."""
    op = builder.operation.id
    defect = controls.defect()
    whole = builder.request(builder.required())
    hidden = builder.request(defect.apply(builder.required())) if defect else whole
    for kind, name, auth in BAD_AUTH:
        probe_id = f"{op}/auth/{kind}/{name}"
        decides = (f"{op}/auth/{kind}",)
        confirm = builder.of(
            f"{probe_id}/whole", evolve(whole, auth=auth), Expect.UNAUTHENTICATED, f"{op}/auth/{kind}", decides=decides
        )
        first = builder.of(
            probe_id,
            evolve(hidden, auth=auth),
            Expect.UNAUTHENTICATED,
            f"{op}/auth/{kind}",
            decides=decides,
            confirm=confirm if defect else None,
        )
        yield first
    if defect:
        for spelling in ("bearer", "BEARER"):
            yield builder.of(
                f"{op}/auth/scheme/{spelling}",
                evolve(hidden, auth=Auth(f"{spelling} {{token}}")),
                Expect.SAME,
                f"{op}/auth",
                decides=("http/auth-scheme-case",),
                control=defect.name,
                contrast=anonymous(defect),
                if_accepted=(defect.requirement(builder.operation),),
            )


def _methods(builder: Builder) -> Iterator[Probe]:
    documented = {
        operation.method for operation in builder.contract.operations if operation.path == builder.operation.path
    }
    if builder.operation.parameters:
        return
    for method in (*_KNOWN, "CONFORMANCE"):
        if method in documented or method == "TRACE":
            continue
        # A list, an existence test or a pre-flight may well be there without being documented.
        expect = Expect.EITHER if method in ("GET", "HEAD", "OPTIONS") else Expect.REFUSE
        yield builder.of(
            f"{builder.operation.id}/method/{method.lower()}",
            PreparedRequest(method, builder.operation.path),
            expect,
            "http/methods",
            decides=() if expect is Expect.EITHER else ("http/method-not-allowed",),
            statuses=_NO_SUCH_METHOD if method in _KNOWN else (),
            guards=("http/method-not-allowed",),
        )


def _paths(builder: Builder, controls: Controls) -> Iterator[Probe]:
    op = builder.operation.id
    defect = controls.defect()
    message = (
        builder.request(defect.apply(builder.required())) if defect else PreparedRequest("GET", builder.operation.path)
    )
    path = builder.operation.path.partition("{")[0].rstrip("/")
    yield builder.of(
        f"{op}/path/unknown",
        PreparedRequest("GET", f"{path}-conformance/none"),
        Expect.REFUSE,
        "http/paths",
        decides=("http/unknown-path",),
        statuses=(404, 410),
        guards=("http/unknown-path",),
    )
    if not defect:
        return
    for name, query in (
        ("plain", "?conformance=1"),
        ("edge_case", "?%00=%ff&&=&a[b]=c&a=1&a=2"),
        ("long", "?q=" + "a" * 6000),
    ):
        yield builder.of(
            f"{op}/query/{name}",
            evolve(message, path=message.path + query),
            Expect.EITHER,
            "http/query",
            decides=("http/unknown-query",),
            guards=("http/unknown-query",),
            if_accepted=(defect.requirement(builder.operation),),
        )
    yield from _fields_in_the_query(builder, controls)


def _fields_in_the_query(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """A field that the form lacks is not taken from the query."""
    op = builder.operation.id
    for defect in controls.order:
        declared = builder.operation.field(defect.field)
        if defect.kind != "omitted" or declared is None:
            continue
        message = builder.request(defect.apply(builder.required()))
        query = urlencode({declared.name: ordinary(declared)[0].value.decode()})
        yield builder.of(
            f"{op}/query/field/{declared.name}",
            evolve(message, path=f"{message.path}?{query}"),
            Expect.SAME,
            "http/query",
            decides=("http/unknown-query",),
            guards=("http/unknown-query",),
            control=defect.name,
            if_accepted=("http/unknown-query",),
        )


def _bodies(builder: Builder) -> Iterator[Probe]:
    op = builder.operation.id
    if builder.operation.body_required:
        for name, headers in (("none", ()), ("typed", (("Content-Type", "multipart/form-data; boundary=empty"),))):
            yield builder.of(
                f"{op}/body/empty/{name}",
                PreparedRequest(builder.operation.method, builder.operation.path, headers),
                Expect.REFUSE,
                f"{op}/body",
                decides=(f"{op}/request/body/required",),
                guards=(f"{op}/invalid/no-server-error",),
            )
    for name, media_type, body in _OTHER_MEDIA:
        yield builder.of(
            f"{op}/body/media-type/{name}",
            PreparedRequest(builder.operation.method, builder.operation.path, (("Content-Type", media_type),), body),
            Expect.REFUSE,
            f"{op}/media-type",
            decides=(f"{op}/request/body/media-type",),
            guards=(f"{op}/invalid/no-server-error",),
        )
