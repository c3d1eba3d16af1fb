"""Probes of credentials: none, wrong ones, nearly right ones, and right ones in another spelling or place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

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


_Way = TypeVar("_Way")
_SHARES = 12  # in which what is nearly right is dealt out, at least
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
# Each tells of its kind that nobody looks at all: whoever takes anything takes these.
_SURE = frozenset({"missing/none", "invalid/unknown", "malformed/other-scheme", "malformed/prefixed", "form/bare"})
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
    asking = _Asking(builder, scheme, controls.defect(), _share_of(builder, scheme))
    for bad in asking.tried:
        yield asking.refused(bad)
    yield from asking.in_another_spelling()
    yield from asking.unlike()
    yield from asking.by_another_way()
    yield from asking.in_turn()


@frozen
class _Share:
    """Where an operation stands among those that share what compares tokens.

    The first one is tried in every way. Each of the others is tried in the way that shows that nobody looks at all,
    and has a share of the rest.
    """

    number: int
    shares: int

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.number == 0

    def of(self, kind: str, ways: Mapping[str, _Way]) -> dict[str, _Way]:
        """Return what an operation is tried with, of what there is of a kind."""
        if self.is_whole:
            return dict(ways)
        rest = [name for name in ways if f"{kind}/{name}" not in _SURE]
        taken = {*ways} - {*rest} | {*rest[self.number - 1 :: self.shares]}
        return {name: way for name, way in ways.items() if name in taken}


def _share_of(builder: Builder, scheme: SecurityScheme) -> _Share:
    alike = [
        other
        for other in builder.contract.operations
        if other.scheme is not None and other.scheme.pointer == scheme.pointer
    ]
    return _Share(alike.index(builder.operation), max(len(alike) - 1, _SHARES))


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
    share: _Share
    whole: PreparedRequest = field(init=False)
    hidden: PreparedRequest = field(init=False)

    @whole.default
    def _whole(self) -> PreparedRequest:
        return self.builder.request(self.builder.required())

    @hidden.default
    def _hidden(self) -> PreparedRequest:
        parts = self.builder.required()
        return self.builder.request(self.defect.apply(parts) if self.defect is not None else parts)

    @property
    def tried(self) -> Iterator[_Bad]:
        """What is no right credential, kind by kind."""
        found = list(_bad(self.scheme))
        for kind in dict.fromkeys(bad.kind for bad in found):
            yield from self.share.of(kind, {bad.name: bad for bad in found if bad.kind == kind}).values()

    def refused(self, bad: _Bad) -> Probe:
        """Return a probe that must be refused."""
        prefix = f"{self.builder.operation.id}/auth"
        probe_id = f"{prefix}/{bad.kind}/{bad.name}"
        credentials = Credentials(self.scheme, bad.template, bad.transform)

        fresh = bad.kind == "missing" and not self.share.is_whole  # stands for what `in_turn` sends so elsewhere

        def made(name: str, request: PreparedRequest, confirm: Probe | None) -> Probe:
            return self.builder.of(
                name,
                evolve(request, credentials=credentials, fresh=fresh),
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
        word = self.scheme.word
        templates = {way: (right.template or "").replace(word, way, 1) for way in (word.lower(), word.upper()) if way}
        for spelling, template in self.share.of("scheme", templates).items():
            yield from self._compared(
                f"scheme/{spelling}", Credentials(self.scheme, template), Expect.SAME, "http/auth-scheme-case"
            )

    def unlike(self) -> Iterator[Probe]:
        """Yield the right token without its scheme, and where the contract does not have it: first all at once."""
        op = self.builder.operation.id
        value = "{basic}" if self.scheme.kind == "basic" else "{token}"
        forms = {
            name: Credentials(self.scheme, shape.replace("{word}", self.scheme.word).replace("{}", value))
            for name, shape in (_LOOSE if self.scheme.word else ())
        }
        if self.scheme.kind == "bearer":
            forms["percent"] = evolve(Credentials.right(self.builder.operation), transform="percent-encoded")
        for name, credentials in self.share.of("form", forms).items():
            yield from self._compared(f"form/{name}", credentials, Expect.DIFFERENT, f"{op}/auth/form")
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
        for name, request in self.share.of("way", ways).items() if self.defect is not None else ():
            yield self._request(f"missing/{name}", evolve(request, credentials=none), Expect.DIFFERENT, missing)

    def in_turn(self) -> Iterator[Probe]:
        """Yield bad credentials on a connection of their own, then right after good ones on the same connection.

        None at all come first: whatever a server keeps for one request more is gone after the next.
        """
        if self.defect is None:
            return
        value = "{basic}" if self.scheme.kind == "basic" else "{token}"
        template = f"{self.scheme.word} {value}".lstrip()
        bads = {"none": Credentials(self.scheme, None)}
        if self.share.is_whole:
            bads["other-case"] = Credentials(self.scheme, template, "other-case")
        for name, credentials in reversed(bads.items()) if self.share.is_whole else ():
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
