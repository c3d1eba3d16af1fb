"""Derived faults of jobs' lives and of their results."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract, Operation, Property
from conformance.contract.lives import Life, downloads, life_of
from conformance.reference.generic_entry import fault, step
from conformance.reference.named_behaviours import BehaviourStep, Entry
from conformance.requirements.lifecycle import content_id, life_id

__all__ = ["content_faults", "life_faults"]

_LATER = step("looked_at", at_least=2)
_STAYING = (step("stands_at", stages=("succeeded",)), step("looked_at", at_least=5))


def life_faults(contract: Contract, operation: Operation) -> Iterator[Entry]:
    """Yield faults about what looks at a job show together."""
    life = life_of(contract, operation)
    if life is None or operation is not life.reader:
        return
    back = step("tells_stage", stage="waiting")
    running = (step("stands_at", stages=("running",)), _LATER)
    yield fault(life_id(operation, "never-back"), operation, back, when=running, free=False)
    again = step("tells_stage", stage="running")
    yield fault(life_id(operation, "ending-stays"), operation, again, when=_STAYING, free=False)
    for rule, role, behaviour in (
        ("progress-grows", "progress", "falls"),
        ("ending-time-stays", "completed-time", "drifts"),
        ("created-stays", "created-time", "drifts"),
        ("same-job", "id", "shows_another"),
    ):
        for shown in _of_role(operation, role):
            yield fault(life_id(operation, rule), operation, step(behaviour, what=shown), free=False)
    for shown in _repeated(life):
        yield fault(life_id(operation, "echo-stays"), operation, step("omits", what=shown), free=False)
    hidden = [step("omits", _calls(operation), what=shown) for shown in _of_role(operation, "result-url")]
    hidden += [step("finds_nothing", _calls(fetcher)) for fetcher in life.fetchers]
    yield _of_several(life_id(operation, "has-result"), *hidden)
    yield fault(life_id(operation, "private"), operation, step("knows_no_accounts"), free=False)


def content_faults(contract: Contract, operation: Operation) -> Iterator[Entry]:
    """Yield faults about a result as it is sent."""
    if not downloads(contract, operation):
        return
    page, as_head = step("answers_bytes", text="<html></html>"), (step("method_is", methods=("HEAD",)),)
    for rule, wrong, when in (
        ("not-before-success", step("sends_unfinished"), ()),
        ("true-to-type", page, ()),
        ("part", step("sends_whole_as_part"), (step("asks_for_a_part"),)),
        ("part-beyond", step("refuses_with", status=500), (step("refused_with", statuses=(416,)),)),
        ("head", step("sets_header", name="Content-Type", value="text/html"), as_head),
        ("head-length", step("sets_header", name="Content-Length", value="0"), as_head),
        ("private-result", step("knows_no_accounts"), ()),
    ):
        yield fault(content_id(operation, rule), operation, wrong, when=when, free=False)


def _of_role(operation: Operation, role: str) -> list[Property]:
    return [found for found in operation.success.properties if found.role == role][:1]


def _repeated(life: Life) -> list[Property]:
    """Return what looks repeat of the answer that makes a job, what is always there first."""
    said = {found.path for maker in life.makers for found in maker.success.properties if found.echoes}
    shown = [found for found in life.reader.success.properties if found.path in said]
    return sorted(shown, key=lambda found: not found.required)[:1]


def _calls(operation: Operation) -> BehaviourStep:
    return step("calls", operation=operation)


def _of_several(requirement: str, *does: BehaviourStep) -> Entry:
    says = f"Does not keep {requirement}."
    return Entry(f"breaks {requirement}", "fault", says, does, tier="billable", fails=(requirement,), may=("*",))
