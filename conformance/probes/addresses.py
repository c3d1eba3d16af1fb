"""Probes of what stands before the inputs: methods, paths and queries that the contract does not name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import evolve

from conformance.contract import METHODS, Operation
from conformance.engine.probe import Credentials, Expect, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.requirements.known_defects import can_be_disguised

__all__ = ["address_probes", "unknown_path"]

_KNOWN = tuple(method.upper() for method in METHODS)  # a parser may well refuse any other with 400
_NO_SUCH_METHOD = (404, 405, 501)
_NO_SUCH_PATH = (404, 410)
_ODD_SEGMENTS = "%2e%2e/%00%c3%a9%ff"
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_QUERIES = (
    ("odd", "conformance=1&%00=%ff&&=&a%5Bb%5D=c&a=1&a=2"),
    ("long", "q=" + "a" * 6000),
)


def address_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the probes of one operation."""
    yield from _methods(builder, controls)
    yield from _unknown_paths(builder)
    yield from _queries(builder, controls)


def _plain(builder: Builder, method: str, path: str) -> PreparedRequest:
    return PreparedRequest(method, path, credentials=Credentials.right(builder.operation))


def _with_query(request: PreparedRequest, query: str) -> PreparedRequest:
    joint = "&" if "?" in request.path else "?"
    return evolve(request, path=f"{request.path}{joint}{query}")


def _methods(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """A path that names something is left alone: to be refused there, a method need not be unknown.

    What could change something goes with credentials that open nothing: should the method be there after all, nothing
    that is the user's is harmed. A server that looks at them first says so with 401, which leaves the matter open.
    """
    if builder.operation.inputs_in("path"):
        return
    path = builder.operation.path
    documented = {other.method for other in builder.contract.operations if other.serves(path)}
    for method in (*_KNOWN, "CONFORMANCE"):
        if method in documented or method == "TRACE":
            continue
        # A list, an existence test or a pre-flight may well be there without being documented.
        is_safe = method in ("GET", "HEAD", "OPTIONS")
        expect = Expect.EITHER if is_safe else Expect.REFUSE
        request = _plain(builder, method, path)
        if not is_safe:
            request = evolve(request, credentials=Credentials.unknown(builder.operation))
        yield builder.of(
            f"{builder.operation.id}/method/{method.lower()}",
            request,
            expect,
            "http/methods",
            decides=() if expect is Expect.EITHER else ("http/method-not-allowed",),
            statuses=_NO_SUCH_METHOD if method in _KNOWN else (),
            guards=("http/method-not-allowed",),
            confirm=_in_disguise(builder, controls) if method == "GET" else None,
        )


def _in_disguise(builder: Builder, controls: Controls) -> Probe | None:
    """Return a GET that says to be what it is not, where a GET is refused.

    A server that believes it refuses it for the same defect as the request that it claims to be.
    """
    operation, defect = builder.operation, controls.defect()
    if defect is None or not can_be_disguised(builder.contract, operation):
        return None
    request = builder.request(defect.apply(builder.required()))
    claims = tuple((name, operation.method) for name in _OVERRIDES)
    disguised = evolve(request, method="GET", headers=(*request.headers, *claims))
    return builder.of(
        f"{operation.id}/method/override",
        _with_query(disguised, f"_method={operation.method}"),
        Expect.DIFFERENT,
        "http/methods",
        decides=("http/method-override",),
        guards=("http/method-override",),
        control=defect.name,
    )


def unknown_path(operation: Operation) -> str:
    """Return a path beside that of an operation, at which there is nothing."""
    return f"{operation.fixed_path}-conformance/none"


def _unknown_paths(builder: Builder) -> Iterator[Probe]:
    """A path that names nothing, as odd as paths can be; only where its answer is not a plain 404, what is odd apart.

    It lies below the operation's own, so that it is the API's to refuse.
    """
    operation = builder.operation

    def asked(name: str, path: str, expect: Expect, *decides: str, apart: tuple[Probe, ...] = ()) -> Probe:
        return builder.of(
            f"{operation.id}/path/{name}",
            _plain(builder, "GET", path),
            expect,
            "http/paths",
            decides=decides,
            statuses=_NO_SUCH_PATH if expect is Expect.REFUSE else (),
            guards=decides,
            apart=apart,
        )

    plain = asked("unknown", unknown_path(operation), Expect.REFUSE, "http/unknown-path")
    if operation.inputs_in("path"):
        if not _is_asked_elsewhere(builder):
            yield plain
        return
    odd = f"{operation.fixed_path}/conformance/{_ODD_SEGMENTS}"
    apart = (plain, asked("odd", odd, Expect.EITHER, "http/odd-path"))
    yield asked("odd-unknown", odd, Expect.REFUSE, "http/unknown-path", "http/odd-path", apart=apart)


def _is_asked_elsewhere(builder: Builder) -> bool:
    """Whether an operation in front of this one has the same path but for what is named in it."""
    operations, own = builder.contract.operations, builder.operation
    return any(other.fixed_path == own.fixed_path for other in operations[: operations.index(own)])


def _queries(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """A query that nobody defined, behind a defect, or on a request that changes nothing anyway."""
    defect = controls.defect()
    if defect is None and not (builder.is_safe and builder.is_grounded):
        return
    parts = builder.required() if defect is None else defect.apply(builder.required())
    request = builder.request(parts)
    for name, query in _share_of_queries(builder):
        yield builder.of(
            f"{builder.operation.id}/query/{name}",
            _with_query(request, query),
            Expect.EITHER,
            "http/query",
            decides=("http/unknown-query",),
            guards=("http/unknown-query",),
            if_accepted=(defect.requirement(builder.operation),) if defect else (),
        )


def _share_of_queries(builder: Builder) -> Sequence[tuple[str, str]]:
    """Return the queries that an operation gets: the first one all, the others one each, since they share a router."""
    number = builder.contract.operations.index(builder.operation)
    return (_QUERIES[(number - 1) % len(_QUERIES)],) if number else _QUERIES
