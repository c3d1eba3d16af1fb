"""A report says in words what was sent; the words come from the bytes of a probe."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.bodies.part import Part
from conformance.campaign import Options, plan
from conformance.contract import Contract, load
from conformance.engine.probe import Credentials, Expect
from conformance.probes.builder import Builder
from conformance.probes.unusual import unusual
from conformance.probes.words import said
from tests.suite.runs import ROOT, carry_out
from tests.suite.serving import Serve

_CONTRACTS = [None, *sorted((ROOT / "tests/growth/contracts").glob("*.yaml"))]


@pytest.fixture(scope="module")
def builder(contract: Contract) -> Builder:
    return Builder(contract, contract.billable[0])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([Part("x", b"abc")], "`x=abc`"),
        ([Part("x", b"a\r\n\x1b[31m")], r"`x=a\r\n\x1b[31m`"),
        ([Part("x", b"\xff")], r"`x=\xff`"),
        ([Part("x", b"a`b")], "`x=a'b`"),
        ([Part("x", b"")], "an empty `x`"),
        ([Part("x", b"{", content_type="application/json")], "`x={` as JSON"),
        ([Part("x", b"\0", "a.png", "image/png")], "`x` as a `image/png` file of 1 byte"),
        ([Part("x", b"1"), Part("x", b"2")], "a repeated `x` (2 parts)"),
        ([Part("x", b"a" * 500)], f"`x={'a' * 46}…` (500 characters)"),
        ([Part("y", b"1")], "a form without `x`"),
    ],
)
def test_a_part_in_words(builder: Builder, parts: list[Part], words: str) -> None:
    """What stands in the field under test is said, in one short printable line."""
    assert said(builder.probe("p", parts, Expect.REFUSE, "g", subject="x")) == words


def test_a_requirement_picks_its_field(builder: Builder) -> None:
    """One form breaks rules of several fields; each requirement is told its own."""
    first, second = builder.operation.fields[:2]
    probe = builder.probe("p", [Part(first.name, b"1"), Part(second.name, b"2")], Expect.EITHER, "g")
    op = builder.operation.id
    assert said(probe, f"{op}/request/{first.name}/robust") == f"`{first.name}=1`"
    assert said(probe, f"{op}/request/{second.name}/robust") == f"`{second.name}=2`"


def test_credentials_in_words(builder: Builder) -> None:
    """Bad credentials are said as they are written, and the token by its name alone."""
    scheme = builder.operation.scheme
    assert scheme is not None

    def words(credentials: Credentials) -> str:
        request = builder.request(builder.required(), credentials=credentials)
        return said(builder.of("p", request, Expect.UNAUTHENTICATED, "g"))

    assert words(Credentials(scheme)) == "a request without credentials"
    assert words(Credentials(scheme, "Other {token}")) == f"`{scheme.parameter}: Other TOKEN`"
    assert words(Credentials(scheme, "Bearer {token}", "cut")) == "the token without its last character"


@pytest.mark.parametrize("path", _CONTRACTS, ids=lambda path: "own" if path is None else path.stem)
def test_every_probe_has_words(path: Path | None) -> None:
    """Whatever is planned for any contract is said in one printable line of a sane length, and by no internal id."""
    for probe in plan(load(path), Options(40)):
        for requirement in (*probe.decides, *probe.guards, *probe.if_accepted):
            words = said(probe, requirement)
            assert words.isprintable(), probe.id
            assert 0 < len(words) < 200, probe.id
            assert probe.id not in words
            readable = not words.startswith("such a ")  # whose bytes cannot be taken apart again
            if probe.subject is not None and requirement in probe.decides and readable:
                assert f"`{probe.subject}" in words, (probe.id, words)


@pytest.mark.parametrize(
    ("behaviours", "told"),
    [
        (
            (
                "names-all-jobs-alike",
                "gives-one-request-id",
                "changes-its-clock",
                "explains-with-the-forms-before",
                "reads-the-first-segment-only",
            ),
            {
                "job/id-unique": "was given to another request too: `",
                "http/request-id": "names another request too: ",
                "job/time-unit": "` of this answer is in another unit",
                "state/no-leak": "which another request had sent as its `",
                "wire/segments": "a request in many small pieces ",
            },
        ),
        (
            ("makes-one-job-of-equal-requests",),
            {"job/repeated-create": "was given to the same request when it was sent again: "},
        ),
    ],
    ids=["over-a-run", "again"],
)
def test_what_a_run_shows_is_said_in_words(
    serve: Serve, small: Contract, behaviours: tuple[str, ...], told: dict[str, str]
) -> None:
    """What takes two requests to see names the other one by what it sent; no reason holds the id of a probe."""
    made = carry_out(small, serve(*behaviours, contract=small).url, 12)
    reasons = {line.id: line.reason for line in made.report.verdicts}
    assert {name: reasons[name] for name in told if told[name] not in reasons[name]} == {}
    ids = {exchange.probe.id for exchange in made.exchanges} | {skip.probe.id for skip in made.skips}
    assert [(name, reason) for name, reason in reasons.items() if any(known in reason for known in ids)] == []


def test_what_is_to_blame_is_said_as_it_was_sent(builder: Builder) -> None:
    """A culprit is told by its bytes, and by what is unusual about them only where they do not show it."""
    text = next(declared for declared in builder.operation.fields if declared.schema.is_text)
    known = {filling.name: filling.words for filling in unusual(builder, text)}
    assert known["length-300"].endswith("characters) (length 300)")
    assert "`" in known["mixed"]
    assert [words for words in known.values() if not words.isprintable() or len(words) > 120] == []
