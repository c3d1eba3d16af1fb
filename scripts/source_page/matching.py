"""Finds what a source has that the contract lacks, the reverse, and what both say differently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from scripts.source_page.disagreements import Claim, Disagreement
from scripts.source_page.facts import (
    DOCUMENTED,
    NewField,
    OperationFacts,
    Shown,
    StatedAnswer,
    StatedSource,
    StatedValue,
)
from scripts.source_page.samples_sent import decoded, wrong_samples

__all__ = ["compared"]


@frozen
class _Pair:
    """One operation on both sides; `sees_all` is whether the source lists what stands below every object."""

    source: OperationFacts
    contract: OperationFacts
    sees_all: bool

    def differ(
        self,
        kind: str,
        element: str,
        source: Claim | None,
        contract: Claim | None,
        *,
        at: tuple[str, ...] = (),
        subject: Any = None,
    ) -> Disagreement:
        """Return a difference; it may be explained where the contract's side stands, or at the operation."""
        places = at or ((self.contract.pointer,) if contract is None else (contract.spot.pointer,))
        return Disagreement(kind, self.contract.title, element, source, contract, places, subject=subject)


def compared(sources: Sequence[StatedSource], contract: StatedSource) -> Iterator[Disagreement]:
    """Yield the differences, in the order of the sources, and then what none of them has."""
    seen: set[str] = set()
    for source in sources:
        yield from _servers(source, contract)
        for stated in source.operations:
            own = next((each for each in contract.operations if _address(each) == _address(stated)), None)
            if own is None:
                yield Disagreement(
                    "operation", stated.title, "the operation", Claim(stated.title, stated.spot), None, ("#/paths",)
                )
                continue
            seen.add(own.title)
            yield from _operation(_Pair(stated, own, sees_all=not source.is_page))
    for own in contract.operations:
        if own.title not in seen and own.provenance == DOCUMENTED:
            yield Disagreement(
                "operation", own.title, "the operation", None, Claim(own.title, own.spot), (own.pointer,)
            )


def _address(operation: OperationFacts) -> tuple[str, str]:
    """Return what tells operations apart: the names of parameters in a path do not."""
    return operation.method, re.sub(r"{[^{}]*}", "{}", operation.path.rstrip("/"))


def _servers(source: StatedSource, contract: StatedSource) -> Iterator[Disagreement]:
    known = {str(shown.value).rstrip("/") for shown in contract.servers}
    told: set[str] = set()
    for shown in source.servers:
        url = str(shown.value).rstrip("/")
        if url not in known and url not in told and re.match(r"https?://", url):
            yield Disagreement("server", "", "the server", Claim(url, shown.spot), None, ("#/servers",))
        told.add(url)
    if source.is_page or not source.servers:
        return
    for shown in contract.servers:
        if str(shown.value).rstrip("/") not in told:
            yield Disagreement("server", "", "the server", None, Claim(shown.value, shown.spot), ("#/servers",))


def _operation(pair: _Pair) -> Iterator[Disagreement]:
    source, own = pair.source, pair.contract
    if _newly_documented(source.provenance, own.provenance):
        yield pair.differ(
            "provenance", "the operation", Claim(DOCUMENTED, source.spot), Claim(own.provenance, own.spot)
        )
    yield from _credentials(pair)
    yield from _media(pair)
    yield from _values(pair, "the request", source, own)
    yield from wrong_samples(source, own)
    yield from _answers(pair)


def _credentials(pair: _Pair) -> Iterator[Disagreement]:
    stated, own = pair.source.credentials, pair.contract.credentials
    for credential, spot in stated:
        same = [
            each
            for each, _ in own
            if (each.location, each.name.lower()) == (credential.location, credential.name.lower())
            and credential.word in (None, each.word)
        ]
        if not same:
            against = Claim(str(own[0][0]), own[0][1]) if own else None
            yield pair.differ("credential", "the credential", Claim(str(credential), spot), against)
    if own and not stated:
        yield pair.differ("credential", "the credential", None, Claim(str(own[0][0]), own[0][1]))


def _media(pair: _Pair) -> Iterator[Disagreement]:
    stated = {name.lower(): spot for name, spot in pair.source.media}
    own = {name.lower(): spot for name, spot in pair.contract.media}
    for name, spot in stated.items():
        if name not in own:
            yield pair.differ("media", "the request's media type", Claim(name, spot), None)
    for name, spot in own.items():
        if stated and name not in stated:
            yield pair.differ("media", "the request's media type", None, Claim(name, spot))


def _values(
    pair: _Pair, owner: str, stated: OperationFacts | StatedAnswer, own: OperationFacts | StatedAnswer
) -> Iterator[Disagreement]:
    listed = {value.key: value for value in stated.values}
    known = {value.key: value for value in own.values}
    before: dict[tuple[str, tuple[str, ...]], str] = {}
    for key, value in listed.items():
        element, above = _named(owner, value), (key[0], key[1][:-1])
        if key in known:
            yield from _value(pair, element, value, known[key], is_shown=_shows(stated, value))
            before[above] = key[1][-1]
        elif above not in listed.keys() - known.keys():
            # What stands below something new comes with it.
            below = tuple(each for each in stated.values if _is_below(each, value))
            shown = tuple(_shown_in(stated, value))[:1]
            holder = known.get(above)
            subject = NewField(value, below, shown, own, holder, before.get(above))
            places = (pair.contract.pointer, *(_places(holder) if holder is not None else ()))
            yield pair.differ("field", element, Claim(value.kind, value.spot), None, at=places, subject=subject)
    for key, value in known.items():
        if key not in listed and value.provenance == DOCUMENTED and _is_in_sight(pair, value, listed):
            yield pair.differ("field", _named(owner, value), None, Claim(value.kind, value.spot), at=_places(value))


def _is_below(value: StatedValue, above: StatedValue) -> bool:
    return (
        value.location == above.location
        and len(value.path) > len(above.path)
        and (value.path[: len(above.path)] == above.path)
    )


def _is_in_sight(pair: _Pair, value: StatedValue, listed: dict[tuple[str, tuple[str, ...]], StatedValue]) -> bool:
    """Tell whether the source would show a value: pages fold up what stands below an object."""
    if len(value.path) == 1:
        return True
    above = (value.location, value.path[:-1])
    return above in listed and (pair.sees_all or any(_is_below(each, listed[above]) for each in listed.values()))


def _named(owner: str, value: StatedValue) -> str:
    return f"{owner}'s `{value.name}`" if value.location in ("body", "answer") else f"{value.location} `{value.name}`"


def _places(value: StatedValue) -> tuple[str, ...]:
    """Return every pointer that a value of the contract is written at."""
    parts = value.schema.parts if value.schema is not None else ()
    return (value.spot.pointer, *(part.written_at for part in parts))


def _shows(by: OperationFacts | StatedAnswer, value: StatedValue) -> bool:
    """Tell whether a source shows a value anywhere: at the field, in the sample, or in the answer."""
    return any(True for _ in _shown_in(by, value))


def _shown_in(by: OperationFacts | StatedAnswer, value: StatedValue) -> Iterator[Any]:
    yield from value.examples
    if isinstance(by, StatedAnswer):
        for shown in by.examples:
            yield from _at(shown.value, value.path)
    else:
        for sample in by.samples:
            if sample.name == value.path[0] and not sample.is_placeholder:
                yield from _at({sample.name: decoded(sample.value, value)}, value.path)


def _at(shown: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at a path of a value that is shown, looking into the first item of each list on the way."""
    for step in path:
        shown = shown[0] if isinstance(shown, list) and shown else shown
        if not isinstance(shown, dict) or step not in shown:
            return
        shown = shown[step]
    yield shown


def _newly_documented(stated: str, own: str) -> bool:
    return stated == DOCUMENTED != own


def _value(
    pair: _Pair, element: str, stated: StatedValue, own: StatedValue, *, is_shown: bool
) -> Iterator[Disagreement]:
    at, subject = _places(own), (stated, own)
    plain: tuple[tuple[str, Any, Any], ...] = (
        ("type", stated.kind, own.kind),
        ("required", stated.required, own.required),
        ("deprecated", stated.deprecated, own.deprecated),
        ("default", list(stated.default) or None, list(own.default) or None),
        ("limits", dict(stated.limits) or None, dict(own.limits) or None),
    )
    if _newly_documented(stated.provenance, own.provenance):
        plain = (("provenance", DOCUMENTED, own.provenance), *plain)
    for kind, said, known in plain:
        if said != known:
            yield pair.differ(kind, element, Claim(said, stated.spot), Claim(known, own.spot), at=at, subject=subject)
    if stated.is_enumeration and own.is_enumeration:
        yield from _listed(pair, element, stated, own)
    against = Claim(list(own.examples), own.spot)
    known_examples = [*own.examples, *_answered(pair, own)]
    for example in stated.examples:
        if example not in known_examples:
            yield pair.differ("example", element, Claim(example, stated.spot), against, at=at, subject=subject)
    if own.examples and not is_shown:
        yield pair.differ("example", element, None, against, at=at)


def _answered(pair: _Pair, own: StatedValue) -> Iterator[Any]:
    """Yield what the contract's example answers hold at a place."""
    if own.location == "answer":
        for answer in pair.contract.answers:
            for shown in answer.examples:
                yield from _at(shown.value, own.path)


def _listed(pair: _Pair, element: str, stated: StatedValue, own: StatedValue) -> Iterator[Disagreement]:
    said, known = [shown.value for shown in stated.values], [shown.value for shown in own.values]
    for index, shown in enumerate(stated.values):
        if shown.value not in known:
            before = [each for each in said[:index] if each in known]
            subject = (own, before[-1] if before else None)
            yield pair.differ("value", element, Claim(shown.value, shown.spot), None, at=_places(own), subject=subject)
    for shown in own.values:
        if shown.value not in said:
            yield pair.differ("value", element, None, Claim(shown.value, shown.spot), at=_places(own))


def _answers(pair: _Pair) -> Iterator[Disagreement]:
    own = {answer.status: answer for answer in pair.contract.answers}
    success = next((status for status in own if status.startswith("2")), "")
    stated = {answer.status or success: answer for answer in pair.source.answers}
    for status, answer in stated.items():
        if status not in own:
            yield pair.differ("status", f"the answer {status}", Claim(status, answer.spot), None)
        elif own[status].provenance != DOCUMENTED == answer.provenance:
            yield pair.differ(
                "provenance", f"the answer {status}", Claim(DOCUMENTED, answer.spot),
                Claim(own[status].provenance, own[status].spot),
            )  # fmt: skip
        else:
            yield from _answer(pair, answer, own[status])
    for status, answer in own.items():
        if status not in stated and answer.provenance == DOCUMENTED:
            yield pair.differ("status", f"the answer {status}", None, Claim(status, answer.spot))


def _answer(pair: _Pair, stated: StatedAnswer, own: StatedAnswer) -> Iterator[Disagreement]:
    owner = "the answer" if own.status.startswith("2") else f"the answer {own.status}"
    if stated.values:
        yield from _values(pair, owner, stated, own)
    known = [shown.value for shown in own.examples]
    if not (pair.sees_all or stated.values or stated.examples):
        return  # its status is listed, and what it looks like is folded up
    for shown in stated.examples:
        if shown.value not in known:
            yield _changed_example(pair, owner, shown, own)
    if own.examples and not stated.examples:
        first = own.examples[0]
        yield pair.differ("answer-example", f"{owner}'s example", None, Claim(first.value, first.spot))


def _changed_example(pair: _Pair, owner: str, shown: Shown, own: StatedAnswer) -> Disagreement:
    """Hold a new example against the one that it has most in common with."""
    members = shown.value.items() if isinstance(shown.value, dict) else ()
    nearest = max(
        own.examples,
        key=lambda each: sum(1 for item in members if isinstance(each.value, dict) and item in each.value.items()),
        default=None,
    )
    against = None if nearest is None else Claim(nearest.value, nearest.spot)
    return pair.differ("answer-example", f"{owner}'s example", Claim(shown.value, shown.spot), against, subject=own)
