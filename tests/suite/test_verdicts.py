"""How findings add up: what outweighs what, what is still told, and what follows from what."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from attrs import evolve

from conformance.checks.blocking import BrokenRequirement, blockers
from conformance.checks.findings import Finding, failed, passed
from conformance.checks.verdicts import Decision, Verdict, verdicts
from conformance.contract import Contract
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Expect
from conformance.probes.builder import Builder
from conformance.requirements import Catalogue, Level, Quantifier, Requirement, Source, catalogue
from conformance.requirements.selection import Selection
from tests.suite.runs import carry_out
from tests.suite.serving import Serve


def _requirement(
    name: str, level: Level = Level.SHOULD, place: str = "#", quantifier: Quantifier = Quantifier.EVERY
) -> Requirement:
    return Requirement(name, level, "A sentence.", Source(place, "convention"), quantifier)


def _exchange(contract: Contract, name: str, value: str = "") -> Exchange:
    builder = Builder(contract, contract.billable[0])
    probe = evolve(builder.probe(name, builder.required(), Expect.EITHER, "g", subject="field"), sent={"field": value})
    return Exchange(probe, Answer(400, (), b"{}"), None, "", 0, 0)


def _verdict(requirement: Requirement, found: Iterable[Finding]) -> Verdict:
    (made,) = verdicts(Catalogue((requirement,)), found, ())
    return made


@pytest.mark.parametrize(
    ("level", "quantifier", "decision"),
    [
        (Level.SHOULD, Quantifier.EVERY, Decision.FAIL),
        (Level.MUST, Quantifier.EVERY, Decision.PASS),
        (Level.MUST, Quantifier.SOME, Decision.PASS),
    ],
)
def test_an_objection_to_one_value_is_told_though_another_passed(
    contract: Contract, level: Level, quantifier: Quantifier, decision: Decision
) -> None:
    """What a refusal objected to is not hidden by the pass of another sample; a MUST fails on more than a hint."""
    hint = failed("a/b", "`field` was objected to", _exchange(contract, "hinting", "4"), indirect=True)
    found = [passed("a/b", _exchange(contract, "passing", "8")), hint]
    made = _verdict(_requirement("a/b", level, quantifier=quantifier), found)
    assert made.decision is decision
    assert "`field` was objected to" in made.reason


def test_an_objection_is_refuted_by_the_same_value(contract: Contract) -> None:
    """Where the very value was accepted, the refusal before it was about something else."""
    hint = failed("a/b", "`field` was objected to", _exchange(contract, "hinting", "4"), indirect=True)
    made = _verdict(_requirement("a/b"), [hint, passed("a/b", _exchange(contract, "passing", "4"))])
    assert (made.decision, made.reason) == (Decision.PASS, "")


def _broken(name: str, exchanges: set[int], level: Level = Level.SHOULD, place: str = "#") -> BrokenRequirement:
    return BrokenRequirement(_requirement(name, level, place), frozenset(exchanges))


def _blocked(*broken: BrokenRequirement) -> dict[str, str]:
    return dict(blockers({each.requirement.id: each for each in broken}))


def test_what_the_same_exchanges_show_is_told_once() -> None:
    """A value of a wrong type is in no enum either, and no job with it makes sense."""
    assert _blocked(
        _broken("op/response/200/state/type", {1, 2}, place="#/state"),
        _broken("op/response/200/state/enum", {1}),
        _broken("job/state", {2}, place="#/state"),
    ) == {"op/response/200/state/enum": "op/response/200/state/type", "job/state": "op/response/200/state/type"}


def test_a_defect_of_its_own_is_never_blocked() -> None:
    """One further exchange that speaks against it is enough; another operation or another element is another matter."""
    cause = _broken("op/response/200/state/type", {1, 2}, place="#/state")
    assert _blocked(cause, _broken("op/response/200/state/enum", {1, 3})) == {}
    assert _blocked(cause, _broken("other/response/200/state/enum", {1})) == {}
    assert _blocked(cause, _broken("op/response/200/kind/enum", {1})) == {}
    assert _blocked(cause, _broken("job/kind", {1}, place="#/kind")) == {}


def test_several_causes_explain_one_failure() -> None:
    """A form that was accepted for each of two broken rules shows nothing beyond them; one for no known rule does."""
    causes = [_broken(f"op/request/{name}/type", {number}) for number, name in enumerate("ab")]
    assert _blocked(*causes, _broken("op/fuzz/refused", {0, 1})) == {"op/fuzz/refused": "op/request/a/type"}
    assert _blocked(*causes, _broken("op/fuzz/refused", {0, 1, 2})) == {}


@pytest.mark.parametrize(
    ("fault", "blocked"), [("has-a-default-model", True), ("sees-nothing-beside-what-it-does-not-know", False)]
)
def test_a_generated_form_shows_a_broken_rule_once(
    serve: Serve, contract: Contract, fault: str, *, blocked: bool
) -> None:
    """That a generated form was accepted follows from the one rule that it breaks, if forms made for it were too."""
    chosen = Selection(only=("*/fuzz/refused", "*/required"))
    made = carry_out(contract, serve(fault).url, 6, tier="free", selection=chosen)
    (line,) = (line for line in made.report.verdicts if line.id.endswith("/fuzz/refused"))
    others = made.failed("MUST") - {line.id}
    assert len(others) == blocked
    assert (line.verdict, line.blocked_by) == (("inconclusive", *others) if blocked else ("fail", None))


def test_a_must_is_not_blocked_by_a_should() -> None:
    """What decides the exit status is never hidden behind what does not."""
    cause, effect = "meaning/not-assigned", "op/response/200/state/enum"
    assert _blocked(_broken(cause, {1}), _broken(effect, {1}, Level.MUST)) == {}
    assert _blocked(_broken(cause, {1}), _broken(effect, {1})) == {effect: cause}


def test_the_cause_that_is_named_is_blocked_by_nothing() -> None:
    """A chain of causes ends at the first one."""
    blocked = _blocked(
        _broken("op/response/200/body", {1}),
        _broken("op/response/200/state/required", {1}),
        _broken("op/response/200/state/type", {1}),
        _broken("json/syntax", {1}),
    )
    assert set(blocked.values()) == {"json/syntax"}
    assert "json/syntax" not in blocked


def test_a_blocked_requirement_is_undecided_and_names_its_cause(contract: Contract) -> None:
    """The verdict keeps its evidence, and does not count as a failure."""
    known = catalogue(contract)
    prefix = f"{contract.billable[0].id}/response/200"
    status = contract.billable[0].success.by_role("status")
    assert status is not None
    exchange = _exchange(contract, "one")
    cause, effect = f"{prefix}/{status.name}/type", f"{prefix}/{status.name}/enum"
    made = verdicts(known, [failed(cause, "is a number", exchange), failed(effect, "is not listed", exchange)], ())
    by_id = {verdict.requirement.id: verdict for verdict in made}
    assert (by_id[cause].decision, by_id[cause].blocked_by) == (Decision.FAIL, None)
    assert (by_id[effect].decision, by_id[effect].blocked_by) == (Decision.INCONCLUSIVE, cause)
    assert cause in by_id[effect].reason
    assert by_id[effect].finding is not None
