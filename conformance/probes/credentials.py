"""Probes of credentials: none, wrong ones, nearly right ones, and right ones in another spelling."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from conformance.contract import SecurityScheme
from conformance.engine.probe import UNKNOWN_TOKEN, Credentials, Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, anonymous

__all__ = ["credential_probes"]


@frozen
class _Bad:
    """One way to be refused; `kind` is the requirement that it decides."""

    kind: str
    name: str
    template: str | None
    transform: str = "as-is"


_NEAR = ("cut", "first-half", "extended", "other-case", "last-changed")


def _bad(scheme: SecurityScheme) -> Iterator[_Bad]:
    word = f"{scheme.word} " if scheme.word else ""
    yield _Bad("missing", "none", None)
    if scheme.kind == "basic":
        yield _Bad("invalid", "unknown", f"{word}Y29uZm9ybWFuY2U6Y29uZm9ybWFuY2U=")
        for name in _NEAR:
            yield _Bad("invalid", name, f"{word}{{basic}}", name)
        yield _Bad("malformed", "scheme-only", scheme.word)
        yield _Bad("malformed", "not-base64", f"{word}conformance:conformance")
        yield _Bad("malformed", "bearer", "Bearer {token}")
        yield _Bad("malformed", "other-scheme", "Conformance {basic}")
        return
    yield _Bad("invalid", "unknown", f"{word}{UNKNOWN_TOKEN}")
    for name in _NEAR:
        yield _Bad("invalid", name, f"{word}{{token}}", name)
    for name, text in (("null", "null"), ("undefined", "undefined"), ("wildcard", "*")):
        yield _Bad("invalid", name, f"{word}{text}")
    yield _Bad("invalid", "two-tokens", f"{word}conformance, conformance")
    if scheme.kind == "bearer":
        yield _Bad("malformed", "scheme-only", scheme.word)
        yield _Bad("malformed", "basic", "Basic Y29uZm9ybWFuY2U6Y29uZm9ybWFuY2U=")
        yield _Bad("malformed", "other-scheme", "Conformance {token}")
    else:
        yield _Bad("malformed", "empty", "")
        yield _Bad("malformed", "prefixed", "Conformance {token}")


def credential_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield a request with a defect first: only where it is refused for the defect must a whole one follow."""
    scheme = builder.operation.scheme
    if scheme is None:
        return
    op = builder.operation.id
    defect = controls.defect()
    whole = builder.request(builder.required())
    hidden = builder.request(defect.apply(builder.required())) if defect else whole
    for bad in _bad(scheme):
        probe_id = f"{op}/auth/{bad.kind}/{bad.name}"
        decides = (f"{op}/auth/{bad.kind}",)
        credentials = Credentials(scheme, bad.template, bad.transform)
        confirm = builder.of(
            f"{probe_id}/whole",
            evolve(whole, credentials=credentials),
            Expect.UNAUTHENTICATED,
            f"{op}/auth/{bad.kind}",
            decides=decides,
        )
        yield builder.of(
            probe_id,
            evolve(hidden, credentials=credentials),
            Expect.UNAUTHENTICATED,
            f"{op}/auth/{bad.kind}",
            decides=decides,
            confirm=confirm if defect else None,
        )
    if defect and scheme.word:
        right = Credentials.right(builder.operation)
        for spelling in (scheme.word.lower(), scheme.word.upper()):
            template = (right.template or "").replace(scheme.word, spelling, 1)
            yield builder.of(
                f"{op}/auth/scheme/{spelling}",
                evolve(hidden, credentials=Credentials(scheme, template)),
                Expect.SAME,
                f"{op}/auth",
                decides=("http/auth-scheme-case",),
                control=defect.name,
                contrast=anonymous(defect),
                if_accepted=(defect.requirement(builder.operation),),
            )
