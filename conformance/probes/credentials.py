"""Probes of credentials: none, wrong ones, nearly right ones, and right ones in another spelling or place."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, field, frozen

from conformance.contract import SecurityScheme
from conformance.engine.probe import UNKNOWN_PASSWORD, UNKNOWN_TOKEN, Credentials, Expect, Place, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, anonymous
from conformance.requirements.known_defects import KnownDefect

__all__ = ["credential_probes"]


@frozen
class _Bad:
    """One way to be refused; `kind` is the requirement that it decides.

    Attributes:
        is_ill_formed: whether it breaks the syntax of credentials, so that 400 is as good an answer as 401
            (RFC 6750, 3.1).
    """

    kind: str
    name: str
    template: str | None
    transform: str = "as-is"
    is_ill_formed: bool = False

    @property
    def statuses(self) -> tuple[int, ...]:
        """What may be answered: 400 to what breaks the syntax (RFC 6750, 3.1), and that the header is too long."""
        if len(self.template or "") > _LENGTH:
            return 400, 401, 413, 431
        return (400, 401) if self.is_ill_formed else (401,)


_SHARES = 3
_LENGTH = 6000  # with what else a head holds still below the eight kilobytes that many servers read
_NOT_ASCII = "\u00e9".encode().decode("latin-1")
# What is made of the right token; `{}` is where it stands, and the last word tells whether the syntax is broken.
_NEAR = (
    ("cut", "{}", "cut", False),
    ("first-half", "{}", "first-half", False),
    ("extended", "{}", "extended", False),
    ("prefixed", "x{}", "as-is", False),
    ("other-case", "{}", "other-case", False),
    ("last-changed", "{}", "last-changed", False),
    ("doubled", "{}{}", "as-is", False),
    ("without-prefix", "{}", "without-prefix", False),
    ("quoted", '"{}"', "as-is", True),
    ("percent", "{}%", "first-half", True),
    ("spaced", "{}", "spaced", True),
    ("not-ascii", f"{{}}{_NOT_ASCII}", "as-is", True),
)
_UNKNOWNS = (
    ("unknown", UNKNOWN_TOKEN, False),
    ("null", "null", False),
    ("undefined", "undefined", False),
    ("wildcard", "*", True),
    ("two-tokens", "conformance, ' or ''='", True),  # the second one ends a careless query of a database
    ("long", "a" * _LENGTH, False),
)
# The right token in a form that some read all the same: it harms nobody.
_LOOSE = (
    ("bare", "{}"),
    ("joined", "{word}{}"),
    ("junk-before", "{word} {word} {}"),
    ("junk-after", "{word} {} , conformance"),  # for who takes the second word, and for who splits at commas
)
_HEADERS = ("X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Auth-Token", "X-Access-Token", "Mj-Api-Secret")
# What has the form of an Authorization header, and is none: proxies and gateways pass it on under these names.
_LIKE_AUTHORIZATION = ("Proxy-Authorization", "X-Authorization", "X-Forwarded-Authorization", "Authentication")
_SOCKET = Place("header", "Sec-WebSocket-Protocol", "realtime, openai-insecure-api-key.{token}")
_PARAMETERS = ("access_token", "token", "api_key", "key")
_FROM_WITHIN = (
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("Forwarded", "for=127.0.0.1"),
    ("X-Forwarded-User", "admin"),
    ("X-Original-URL", "/health"),
)
_COOKIES = ("token", "access_token", "session", "Authorization")


def credential_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield a request with a defect first: only where it is refused for the defect must a whole one follow."""
    scheme = builder.operation.scheme
    if scheme is None:
        return
    asking = _Asking(builder, scheme, controls.defect())
    for bad in _tried(builder, scheme):
        yield asking.refused(bad)
    yield from asking.in_another_spelling()
    yield from asking.unlike()
    yield from asking.by_another_way()
    yield from asking.in_turn()


def _tried(builder: Builder, scheme: SecurityScheme) -> Iterator[_Bad]:
    """Yield all of them for the first operation; operations mostly share what compares tokens, so others have a share.

    Each of those is shown an unknown token, and the nearly right ones are dealt out among them.
    """
    operations = builder.contract.operations
    others = [other for other in operations if other.scheme is not None and other.scheme.pointer == scheme.pointer]
    place, shares = others.index(builder.operation) - 1, max(len(others) - 1, _SHARES)
    found = list(_bad(scheme))
    if place < 0:
        yield from found
        return
    unknown, *near = (bad for bad in found if bad.kind == "invalid")
    yield from (bad for bad in found if bad.kind != "invalid")
    yield from (unknown, *near[place % shares :: shares])


def _bad(scheme: SecurityScheme) -> Iterator[_Bad]:
    word = f"{scheme.word} " if scheme.word else ""
    right = "{basic}" if scheme.kind == "basic" else "{token}"
    yield _Bad("missing", "none", None)
    for name, text, is_ill_formed in _UNKNOWNS:
        if scheme.kind != "basic":
            yield _Bad("invalid", name, f"{word}{text}", is_ill_formed=is_ill_formed)
        elif name == "unknown":
            yield _Bad("invalid", name, f"{word}{UNKNOWN_PASSWORD}")
    for name, shape, transform, is_ill_formed in _NEAR:
        # Of base64 with something around it the padding is gone, or the same bytes are left.
        if scheme.kind != "basic" or shape == "{}":
            yield _Bad("invalid", name, f"{word}{shape.replace('{}', right)}", transform, is_ill_formed=is_ill_formed)
    yield _Bad("malformed", "empty", "", is_ill_formed=True)
    if scheme.kind == "apiKey":
        yield _Bad("malformed", "prefixed", "Conformance {token}", is_ill_formed=True)
        return
    yield _Bad("malformed", "scheme-only", scheme.word, is_ill_formed=True)
    yield _Bad("malformed", "other-scheme", f"Conformance {right}", is_ill_formed=True)
    if scheme.kind == "basic":
        yield _Bad("malformed", "not-base64", f"{word}conformance:conformance", is_ill_formed=True)
        yield _Bad("malformed", "bearer", "Bearer {token}", is_ill_formed=True)
    else:
        yield _Bad("malformed", "basic", f"Basic {UNKNOWN_PASSWORD}", is_ill_formed=True)


@frozen
class _Asking:
    """Makes the probes of one operation; each asks for the same thing, and differs in who says to be asking."""

    builder: Builder
    scheme: SecurityScheme
    defect: KnownDefect | None
    whole: PreparedRequest = field(init=False)
    hidden: PreparedRequest = field(init=False)

    @whole.default
    def _whole(self) -> PreparedRequest:
        return self.builder.request(self.builder.required())

    @hidden.default
    def _hidden(self) -> PreparedRequest:
        parts = self.builder.required()
        return self.builder.request(self.defect.apply(parts) if self.defect is not None else parts)

    def refused(self, bad: _Bad) -> Probe:
        """Return a probe that must be refused."""
        prefix = f"{self.builder.operation.id}/auth"
        probe_id = f"{prefix}/{bad.kind}/{bad.name}"
        credentials = Credentials(self.scheme, bad.template, bad.transform)

        def made(name: str, request: PreparedRequest, confirm: Probe | None) -> Probe:
            return self.builder.of(
                name,
                evolve(request, credentials=credentials),
                Expect.UNAUTHENTICATED,
                f"{prefix}/{bad.kind}",
                decides=(f"{prefix}/{bad.kind}",),
                statuses=bad.statuses,
                confirm=confirm,
            )

        if self.defect is None:
            return made(probe_id, self.whole, None)
        return made(probe_id, self.hidden, made(f"{probe_id}/whole", self.whole, None))

    def in_another_spelling(self) -> Iterator[Probe]:
        """Yield the right credentials, their scheme in another case."""
        right = Credentials.right(self.builder.operation)
        for spelling in (self.scheme.word.lower(), self.scheme.word.upper()) if self.scheme.word else ():
            template = (right.template or "").replace(self.scheme.word, spelling, 1)
            yield from self._compared(
                f"scheme/{spelling}", Credentials(self.scheme, template), Expect.SAME, "http/auth-scheme-case"
            )

    def unlike(self) -> Iterator[Probe]:
        """Yield the right token without its scheme, and where the contract does not have it: first all at once."""
        op = self.builder.operation.id
        value = "{basic}" if self.scheme.kind == "basic" else "{token}"
        for name, shape in _LOOSE if self.scheme.word else ():
            template = shape.replace("{word}", self.scheme.word).replace("{}", value)
            yield from self._compared(
                f"form/{name}", Credentials(self.scheme, template), Expect.DIFFERENT, f"{op}/auth/form"
            )
        if self.scheme.kind == "bearer":
            coded = evolve(Credentials.right(self.builder.operation), transform="percent-encoded")
            yield from self._compared("form/percent", coded, Expect.DIFFERENT, f"{op}/auth/form")
        places = tuple(self._places())
        apart = tuple(probe for place in places for probe in self._elsewhere(f"{place.location}-{place.name}", place))
        for probe in self._elsewhere("everywhere", *places):
            yield evolve(probe, apart=apart)

    def by_another_way(self) -> Iterator[Probe]:
        """Yield no credentials, where some rule of a proxy or a middleware may not look for any."""
        none, missing = Credentials(self.scheme, None), f"{self.builder.operation.id}/auth/missing"
        path, sep, query = self.hidden.path.partition("?")
        chunked = self.hidden.method != "HEAD"  # nobody could send that again: curl waits for an answer's body
        ways = {
            "from-within": evolve(self.hidden, headers=(*self.hidden.headers, *_FROM_WITHIN), chunked=chunked),
            "slash": evolve(self.hidden, path=f"{path}/{sep}{query}"),
            "capitals": evolve(self.hidden, path=f"{path.upper()}{sep}{query}"),
        }
        for name, request in ways.items() if self.defect is not None else ():
            yield self._request(f"missing/{name}", evolve(request, credentials=none), Expect.DIFFERENT, missing)

    def in_turn(self) -> Iterator[Probe]:
        """Yield bad credentials on a connection of their own, then right after good ones on the same connection.

        None at all come first: whatever a server keeps for one request more is gone after the next.
        """
        if self.defect is None:
            return
        value = "{basic}" if self.scheme.kind == "basic" else "{token}"
        template = f"{self.scheme.word} {value}".lstrip()
        bads = {
            "none": Credentials(self.scheme, None),
            "other-case": Credentials(self.scheme, template, "other-case"),
        }
        for name, credentials in reversed(bads.items()):
            yield self._in_turn(f"{name}/fresh", evolve(self.hidden, credentials=credentials, fresh=True))
        yield self._in_turn("good", self.hidden)
        for name, credentials in bads.items():
            yield evolve(
                self._in_turn(name, evolve(self.hidden, credentials=credentials)),
                expect=Expect.UNAUTHENTICATED,
                decides=(f"{self.builder.operation.id}/auth/state",),
                control=self.defect.name,
            )

    def _in_turn(self, name: str, request: PreparedRequest) -> Probe:
        op = self.builder.operation
        group = f"{op.id}/auth/state"
        broken = (self.defect.requirement(op),) if self.defect is not None else ()
        return self.builder.of(f"{group}/{name}", request, Expect.EITHER, group, if_accepted=broken, alone=True)

    def _places(self) -> Iterator[Place]:
        """Yield where some servers look for tokens, and where this contract has nothing."""
        named = {(declared.location, declared.name.lower()) for declared in self.builder.operation.parameters}
        own = (self.scheme.location, self.scheme.parameter.lower())
        like = Credentials.right(self.builder.operation).template or "{token}"
        offered = (
            *(Place("header", name) for name in _HEADERS),
            *(Place("header", name, like) for name in _LIKE_AUTHORIZATION),
            _SOCKET,
            *(Place("query", name) for name in _PARAMETERS),
            *(Place("cookie", name) for name in _COOKIES),
        )
        yield from (place for place in offered if (place.location, place.name.lower()) not in {*named, own})
        if self.scheme.kind != "basic":
            other = "Basic {basic}" if self.scheme.kind == "bearer" else "Bearer {token}"
            yield Place("header", "Authorization", other)

    def _elsewhere(self, name: str, *places: Place) -> Iterator[Probe]:
        credentials = Credentials(self.scheme, None, elsewhere=places)
        requirement = f"{self.builder.operation.id}/auth/elsewhere"
        yield from self._compared(f"elsewhere/{name}", credentials, Expect.DIFFERENT, requirement)

    def _compared(self, name: str, credentials: Credentials, expect: Expect, requirement: str) -> Iterator[Probe]:
        """Yield a probe that is compared with the same request, with the right credentials and with none."""
        if self.defect is not None:
            yield self._request(name, evolve(self.hidden, credentials=credentials), expect, requirement)

    def _request(self, name: str, request: PreparedRequest, expect: Expect, requirement: str) -> Probe:
        op = self.builder.operation
        broken = (self.defect.requirement(op),) if self.defect is not None else ()
        return self.builder.of(
            f"{op.id}/auth/{name}",
            request,
            expect,
            f"{op.id}/auth",
            decides=(requirement,),
            control=self.defect.name if self.defect is not None else None,
            contrast=anonymous(self.defect) if self.defect is not None else None,
            if_accepted=broken,
        )
