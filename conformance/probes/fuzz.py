"""The fuzz corpus: forms drawn by Schemathesis, written by us, judged on their bytes.

Drawing is slow and depends on nothing but the contract, the seed and the Schemathesis version, so a corpus
is drawn once and kept; a run replays it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from conformance.bodies.parts import Part
from conformance.bodies.validity import Validity, judge
from conformance.contract import FORM, Contract, Operation
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls

__all__ = ["Corpus", "corpus", "explored", "fuzz_probes"]

Mode = Literal["positive", "negative"]
_FORMAT = 1
_DRAWS = 60


@frozen
class Corpus:
    """Generated forms, each as parts, in the order in which they were drawn."""

    seed: int
    forms: tuple[tuple[Part, ...], ...]
    name: str = "fuzz"

    def whole(self, builder: Builder) -> Iterator[Probe]:
        """Yield a billable probe for every form that is valid as sent."""
        for index, form in enumerate(self.forms):
            if judge(builder.contract, builder.operation, form).validity is Validity.VALID:
                op = builder.operation.id
                guards = (f"{op}/valid/no-server-error",)
                yield builder.probe(
                    f"{op}/{self.name}/{self.seed}/{index + 1}/whole",
                    form,
                    Expect.ACCEPT,
                    f"{op}/explore",
                    guards=guards,
                )


def corpus(contract: Contract, operation: Operation, seed: int, draws: int = _DRAWS) -> Corpus:
    """Return the corpus of an operation, from the cache where it is there."""
    path = _cache_path(contract, operation, seed, draws)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Corpus(seed, tuple(tuple(_load(part) for part in form) for form in stored))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # not there yet, or not ours: drawn anew
    forms = _generate(contract, operation, seed, draws)
    _store(path, json.dumps([[_dump(part) for part in form] for form in forms]))
    return Corpus(seed, tuple(forms))


def explored(contract: Contract, operation: Operation, seed: int, draws: int) -> Corpus:
    """Draw a fresh corpus, of about as many forms as asked for; it is not kept."""
    return Corpus(seed, tuple(_generate(contract, operation, seed, draws)), "explore")


def _generate(contract: Contract, operation: Operation, seed: int, draws: int) -> list[tuple[Part, ...]]:
    modes: tuple[Mode, ...] = ("negative", "positive")
    return _unique(
        form
        for mode in modes
        for body in _draw(contract, operation, mode, seed, draws)
        if (form := tuple(_parts(operation, body)))
    )


def fuzz_probes(builder: Builder, controls: Controls, found: Corpus) -> Iterator[Probe]:
    """Yield a free probe for every form: as it is where it is invalid, behind a defect where it is not."""
    op = builder.operation.id
    for index, form in enumerate(found.forms):
        validity = judge(builder.contract, builder.operation, form).validity
        invalid = validity is Validity.INVALID
        defect = controls.defect()
        if not invalid and defect is None:
            continue
        probe_id = f"{op}/{found.name}/{found.seed}/{index + 1}"
        guards = (f"{op}/fuzz/no-server-error",)
        if invalid or defect is None:
            yield builder.probe(
                probe_id, form, Expect.REFUSE, f"{op}/fuzz", decides=(f"{op}/fuzz/refused",), guards=guards
            )
        else:
            yield builder.hidden(probe_id, defect, form, Expect.EITHER, f"{op}/fuzz", guards=guards)


def _draw(contract: Contract, operation: Operation, mode: Mode, seed: int, draws: int) -> list[Any]:
    import hypothesis  # noqa: PLC0415 - slow to import, and needed only where the cache is cold
    from schemathesis import GenerationMode  # noqa: PLC0415

    from conformance.checks.schemathesis_adapter import schemathesis_operation  # noqa: PLC0415

    target = schemathesis_operation(contract, operation)
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=draws,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=target.as_strategy(generation_mode=GenerationMode(mode)))
    def collect(case: Any) -> None:
        if case.media_type == FORM and isinstance(case.body, Mapping):
            drawn.append(case.body)

    collect()
    return drawn


def _parts(operation: Operation, body: Mapping[str, Any]) -> Iterator[Part]:
    for name, value in body.items():
        if not name:
            continue  # a part must have a name; the probes of multipart try one without
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        declared = operation.field(name)
        as_json = declared is not None and "application/json" in declared.content_types
        for item in values:
            yield _part(name, item, as_json=as_json)


def _part(name: str, value: Any, *, as_json: bool) -> Part:
    data = getattr(value, "data", value)
    if isinstance(data, bytes):
        return Part(name, data, "sample.bin", "application/octet-stream")
    if isinstance(data, (dict, list)):
        return Part(name, _text(json.dumps(data, ensure_ascii=False)), content_type="application/json")
    if isinstance(data, str) and not as_json:
        return Part(name, _text(data))
    return Part(name, _text(json.dumps(data)), content_type="application/json" if as_json else None)


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _unique(forms: Iterator[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    return list(dict.fromkeys(forms))


def _cache_path(contract: Contract, operation: Operation, seed: int, draws: int) -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "videos-conformance"
    key = (_FORMAT, contract.sha256, operation.id, seed, draws, version("schemathesis"), version("hypothesis"))
    return root / f"corpus-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}.json"


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
