"""The fuzz corpus: bodies drawn by Schemathesis, written by us, judged on their bytes.

Drawing is slow and depends on nothing but the contract, the seed and the Schemathesis version, so a corpus
is drawn once and kept; a run replays it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from conformance.bodies.cost import is_dear
from conformance.bodies.part import Part
from conformance.bodies.validity import Validity, judge
from conformance.contract import BodyKind, Contract, Operation
from conformance.engine.probe import Expect, Probe
from conformance.probes.breaches import breaches
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls

__all__ = ["Corpora", "Corpus", "Draw", "Mode", "fuzz_probes"]

Mode = Literal["positive", "negative"]
Draw = Callable[[Contract, Operation, Mode, int, int], list[Mapping[str, Any]]]
"""Draws about so many bodies of an operation, from a seed: contract, operation, mode, seed, count."""

_KEPT = "fuzz"
_FORMAT = 3
_DRAWS = 12
_MOST = 4  # invalid forms, and as many others, of all that are drawn


@frozen
class Corpus:
    """Generated bodies, each as parts, in the order in which they were drawn."""

    seed: int
    forms: tuple[tuple[Part, ...], ...] = field(repr=False)
    name: str = _KEPT

    def whole(self, builder: Builder) -> Iterator[Probe]:
        """Yield a billable probe for every body that is valid as sent."""
        for index, form in enumerate(self.forms):
            parts = (*_parameters(builder), *form)
            if judge(builder.operation, parts).validity is Validity.VALID and not is_dear(builder.operation, parts):
                op = builder.operation.id
                guards = (f"{op}/valid/no-server-error",)
                yield builder.probe(
                    f"{op}/{self.name}/{self.seed}/{index + 1}/whole",
                    parts,
                    Expect.ACCEPT,
                    f"{op}/explore",
                    guards=guards,
                )


@frozen
class Corpora:
    """Makes the corpora of a contract's operations, by a function that draws."""

    contract: Contract = field(repr=False)
    draw: Draw = field(repr=False)
    seed: int

    def kept(self, operation: Operation, draws: int = _DRAWS) -> Corpus:
        """Return the corpus of an operation, from the cache where it is there."""
        path = self._cache_path(operation, draws)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return Corpus(self.seed, tuple(tuple(_load(part) for part in form) for form in stored))
        except (OSError, ValueError, KeyError, TypeError):
            pass  # not there yet, or not ours: drawn anew
        forms = self._generate(operation, draws)
        _store(path, json.dumps([[_dump(part) for part in form] for form in forms]))
        return Corpus(self.seed, forms)

    def fresh(self, operation: Operation, draws: int) -> Corpus:
        """Draw a new corpus, of about as many bodies as asked for; it is not kept."""
        return Corpus(self.seed, self._generate(operation, draws), "explore")

    def _generate(self, operation: Operation, draws: int) -> tuple[tuple[Part, ...], ...]:
        media = operation.media
        if media is None or any(declared.is_whole for declared in operation.fields):
            return ()
        modes: tuple[Mode, ...] = ("negative", "positive")
        made = (
            tuple(_parts(operation, media.kind, body))
            for mode in modes
            for body in self.draw(self.contract, operation, mode, self.seed, draws)
        )
        return tuple(dict.fromkeys(form for form in made if form))

    def _cache_path(self, operation: Operation, draws: int) -> Path:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "videos-conformance"
        made_from = (self.contract.sha256, operation.id, self.seed, draws)
        key = (_FORMAT, *made_from, *_drawn_by())
        return root / f"corpus-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.json"


@cache
def _drawn_by() -> tuple[str, ...]:
    return version("schemathesis"), version("hypothesis")


def fuzz_probes(builder: Builder, controls: Controls, found: Corpus) -> Iterator[Probe]:
    """Yield free probes of bodies: as they are where they are invalid, behind a defect where they are not.

    Of the corpus that is kept, a few of both kinds are enough; what was drawn anew is sent whole.
    """
    op = builder.operation.id
    defect = controls.defect()
    taken = Counter[bool]()
    for index, form in enumerate(found.forms):
        parts = (*_parameters(builder), *form)
        invalid = bool(breaches(builder.operation, parts)) and not is_dear(builder.operation, parts)
        taken[invalid] += 1
        if found.name == _KEPT and taken[invalid] > _MOST:
            continue
        probe_id = f"{op}/{found.name}/{found.seed}/{index + 1}"
        guards = (f"{op}/fuzz/no-server-error",)
        if invalid:
            yield builder.probe(
                probe_id, parts, Expect.REFUSE, f"{op}/fuzz", decides=(f"{op}/fuzz/refused",), guards=guards
            )
        elif defect is not None:
            yield builder.hidden(probe_id, defect, parts, Expect.EITHER, f"{op}/fuzz", guards=guards)


def _parameters(builder: Builder) -> tuple[Part, ...]:
    """Return the required inputs outside of the body."""
    return tuple(part for part in builder.required() if part.location != "body")


def _parts(operation: Operation, kind: BodyKind, body: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in body.items():
        if not name:
            continue  # a part must have a name; the probes of multipart try one without
        if kind == "json":
            yield Part(name, _text(json.dumps(value, ensure_ascii=False, default=str)))
            continue
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        declared = operation.field(name)
        as_json = declared is not None and "application/json" in declared.content_types
        for item in values:
            yield _part(name, item, as_json=as_json, typed=kind == "multipart")


def _part(name: str, value: Any, *, as_json: bool, typed: bool) -> Part:
    data = getattr(value, "data", value)
    json_type = "application/json" if typed else None
    if isinstance(data, bytes):
        return Part(name, data, "sample.bin", "application/octet-stream") if typed else Part(name, data)
    if isinstance(data, (dict, list)):
        return Part(name, _text(json.dumps(data, ensure_ascii=False)), content_type=json_type)
    if isinstance(data, str) and not as_json:
        return Part(name, _text(data))
    return Part(name, _text(json.dumps(data)), content_type=json_type if as_json else None)


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _store(path: Path, text: str) -> None:
    """Write the cache whole or not at all; a run does not depend on it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return


def _dump(part: Part) -> list[Any]:
    return [part.name, base64.b64encode(part.value).decode(), part.filename, part.content_type]


def _load(stored: list[Any]) -> Part:
    name, value, filename, content_type = stored
    return Part(name, base64.b64decode(value), filename, content_type)
