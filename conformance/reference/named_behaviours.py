"""The named faults and variants: read from their data files, checked, and applied to the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml
from attrs import field, frozen

from conformance.contract import Contract
from conformance.errors import SuiteError, UsageError
from conformance.reference import behaviours as _registered  # noqa: F401 - importing it registers the behaviours
from conformance.reference.binding import bind
from conformance.reference.calls import Call
from conformance.reference.nearest import nearest
from conformance.reference.pipeline import Pipeline
from conformance.reference.registry import BEHAVIOURS, CONDITIONS

__all__ = ["BehaviourStep", "Entry", "NamedBehaviours", "named_behaviours", "parse", "pipeline_for"]

BehaviourKind = Literal["fault", "variant"]
BehaviourTier = Literal["free", "billable"]
_KEYS: Mapping[BehaviourKind, frozenset[str]] = {
    "fault": frozenset({"name", "says", "does", "when", "tier", "fails", "may"}),
    "variant": frozenset({"name", "says", "does", "when", "breaks"}),
}


@frozen
class BehaviourStep:
    """A behaviour, or a condition, with its parameters as the data file writes them."""

    function: str
    params: Mapping[str, Any] = field(factory=dict)
    when: tuple[BehaviourStep, ...] = ()


@frozen
class Entry:
    """One named fault or variant.

    `fails` are the requirements that a fault must make fail; `may` are patterns of those that can show
    the same wrong, depending on what a run happens to send. `breaks` are the SHOULDs that a variant breaks.
    `tier` is `free` where refusals are enough to see a fault, `billable` where it takes an accepted create.
    """

    name: str
    kind: BehaviourKind
    says: str
    does: tuple[BehaviourStep, ...]
    when: tuple[BehaviourStep, ...] = ()
    tier: BehaviourTier = "free"
    fails: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()

    def apply(self, pipeline: Pipeline, contract: Contract) -> Pipeline:
        """Return the pipeline with this behaviour.

        Raises:
            UsageError: a parameter does not fit the contract, or a condition not the behaviour.
        """
        place = f"behaviour {self.name}"
        # What goes into a stage is changed, in the order of the file, before anything looks at what comes out.
        late = [step for step in self.does if BEHAVIOURS[step.function].mode != "before"]
        early = [step for step in self.does if BEHAVIOURS[step.function].mode == "before"]
        for step in (*late, *reversed(early)):
            behaviour = BEHAVIOURS[step.function]
            conditions = [_bound_condition(condition, contract, place) for condition in (*self.when, *step.when)]
            if behaviour.mode == "hearing" and conditions:
                raise UsageError(f"{place}: {step.function} works before there is a call, and has no conditions")
            params = bind(behaviour.function, step.params, contract, place)
            pipeline = behaviour.apply(pipeline, params, partial(_all_hold, conditions))
        return pipeline


@frozen
class NamedBehaviours:
    """All faults and variants, by name."""

    entries: Mapping[str, Entry]

    @property
    def faults(self) -> tuple[Entry, ...]:
        """The wrong behaviours."""
        return tuple(entry for entry in self.entries.values() if entry.kind == "fault")

    @property
    def variants(self) -> tuple[Entry, ...]:
        """The correct but unusual ones."""
        return tuple(entry for entry in self.entries.values() if entry.kind == "variant")

    def __getitem__(self, name: str) -> Entry:
        """Return an entry by its name.

        Raises:
            UsageError: there is none; the message names the nearest.
        """
        if name not in self.entries:
            raise UsageError(f"there is no behaviour {name!r}{nearest(name, self.entries)}; `serve --list` names all")
        return self.entries[name]


def pipeline_for(contract: Contract, behaviours: Sequence[str | Entry]) -> Pipeline:
    """Return the correct pipeline with some behaviours, in that order.

    Raises:
        UsageError: a name is unknown, or its parameters do not fit the contract.
    """
    pipeline = Pipeline()
    for behaviour in behaviours:
        entry = behaviour if isinstance(behaviour, Entry) else named_behaviours()[behaviour]
        pipeline = entry.apply(pipeline, contract)
    return pipeline


@cache
def named_behaviours() -> NamedBehaviours:
    """Return the faults and variants that come with the package.

    Raises:
        SuiteError: a data file is wrong.
    """
    entries: dict[str, Entry] = {}
    kinds: tuple[BehaviourKind, ...] = ("variant", "fault")
    for kind in kinds:
        for file in _data_files(kind):
            for entry in parse(file.read_text(encoding="utf-8"), kind, file.name):
                if entry.name in entries:
                    raise SuiteError(f"{file.name}: {entry.name} is there twice")
                entries[entry.name] = entry
    return NamedBehaviours(entries)


def _data_files(kind: BehaviourKind) -> list[Traversable]:
    """Return the data files of a kind, in the order of their names."""
    folder = resources.files("conformance.reference") / f"{kind}s"
    return sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)


def parse(text: str, kind: BehaviourKind, place: str) -> list[Entry]:
    """Read a data file of faults or variants.

    Raises:
        SuiteError: something in it is wrong; the message says what, and in which entry.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SuiteError(f"{place}: is not YAML: {error}") from error
    if not isinstance(data, list):
        raise SuiteError(f"{place}: expected a list of {kind}s")
    return [_entry(item, kind, place) for item in data]


def _entry(item: Any, kind: BehaviourKind, place: str) -> Entry:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise SuiteError(f"{place}: every {kind} is a mapping with a name, this is not: {item!r}")
    place = f"{place}: {item['name']}"
    for key in item:
        if key not in _KEYS[kind]:
            raise SuiteError(f"{place}: there is no key {key!r}{nearest(str(key), _KEYS[kind])}")
    needed = {"says", "does"} | ({"fails", "tier"} if kind == "fault" else set())
    if missing := sorted(needed - set(item)):
        raise SuiteError(f"{place}: {missing[0]!r} is missing")
    if item.get("tier", "free") not in ("free", "billable"):
        raise SuiteError(f"{place}: the tier is free or billable, not {item['tier']!r}")
    return Entry(
        name=item["name"],
        kind=kind,
        says=item["says"],
        does=_steps(item["does"], BEHAVIOURS, "behaviour", place),
        when=_steps(item.get("when", []), CONDITIONS, "condition", place),
        tier=item.get("tier", "free"),
        **{key: tuple(item.get(key, ())) for key in ("fails", "may", "breaks")},
    )


def _steps(items: Any, known: Mapping[str, Any], what: str, place: str) -> tuple[BehaviourStep, ...]:
    """Read steps: each a name, or a mapping of one name to parameters, and perhaps `when` to conditions."""
    return tuple(_step(item, known, what, place) for item in (items if isinstance(items, list) else [items]))


def _step(item: Any, known: Mapping[str, Any], what: str, place: str) -> BehaviourStep:
    members = dict(item) if isinstance(item, dict) else {item: {}}
    when = _steps(members.pop("when", []), CONDITIONS, "condition", place)
    name, params = next(iter(members.items())) if len(members) == 1 else (None, None)
    if not isinstance(name, str) or not isinstance(params, dict):
        raise SuiteError(f"{place}: expected the name of a {what}, with parameters or without, got {item!r}")
    if name not in known:
        raise SuiteError(f"{place}: there is no {what} {name!r}{nearest(name, known)}")
    return BehaviourStep(name, params, when)


def _bound_condition(step: BehaviourStep, contract: Contract, place: str) -> Callable[[Call], bool]:
    function = CONDITIONS[step.function]
    return partial(function, **bind(function, step.params, contract, place))


def _all_hold(conditions: Sequence[Callable[[Call], bool]], call: Call) -> bool:
    return all(holds(call) for holds in conditions)
