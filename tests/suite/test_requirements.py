"""The catalogue is whole: it resolves, it can be decided, and it grows with the contract without a change of code."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.campaign import Options, plan
from conformance.contract import Contract, default_path, load
from conformance.errors import SuiteError
from conformance.probes.builder import Builder
from conformance.probes.covering import rows
from conformance.probes.filling import Filling
from conformance.probes.framings import framing_cases
from conformance.reference import ReferenceServer
from conformance.requirements import Level, Quantifier, catalogue
from conformance.requirements.catalogue import unresolved_roles
from tests.suite.runs import TOKEN, carry_out
from tests.suite.serving import Shared

# What a run against the correct server cannot decide, and why.
_ONLY_WHERE_IT_APPLIES = {
    "job/": "a job in that stage, or with that property, must be seen",
    "time/limit": "the user must set a limit",
    "/echo": "the answer must repeat the value",
    "/response/200/": "optional properties must be answered",
    "/response/error/": "optional properties must be answered",
    "/private": "the user must name the token of another account",
}


def test_ids_are_unique_and_well_formed(contract: Contract) -> None:
    """An id names one requirement for good: words, slashes and nothing that a shell or a URL must quote."""
    ids = [requirement.id for requirement in catalogue(contract)]
    assert len(set(ids)) == len(ids) >= 200
    assert [name for name in ids if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)+", name)] == []


def test_every_role_of_the_registry_resolves(contract: Contract) -> None:
    """An authored requirement about a role that the contract does not have would never be decided."""
    assert unresolved_roles(contract) == ()


def test_every_pointer_resolves(contract: Contract) -> None:
    """A source that points into the contract points at something."""
    for requirement in catalogue(contract):
        if requirement.source.reference.startswith("#/"):
            contract.document.lookup(requirement.source.reference)


def test_levels_follow_the_sources(contract: Contract) -> None:
    """MUST is what the page documents or a standard demands; a convention of ours is SHOULD at most."""
    for requirement in catalogue(contract):
        if requirement.level is Level.MUST:
            assert requirement.source.provenance in ("documented", "standard"), requirement.id


def test_what_can_be_narrowed_needs_one_success(contract: Contract) -> None:
    """Acceptance of a field or a listed value is broken only where nothing of it was ever accepted."""
    op = contract.billable[0].id
    for requirement in catalogue(contract):
        if requirement.id.startswith(f"{op}/request/") and (
            "/value/" in requirement.id or requirement.id.endswith("/accepted")
        ):
            assert requirement.quantifier is Quantifier.SOME, requirement.id


def _planned(contract: Contract) -> set[str]:
    probes = list(plan(contract, Options(10_000)))
    probes += [probe.confirm for probe in probes if probe.confirm is not None]
    return {name for probe in probes for name in (*probe.decides, *probe.guards, *probe.if_accepted)}


def test_what_probes_decide_is_in_the_catalogue(contract: Contract) -> None:
    """A probe that decides a requirement which does not exist decides nothing."""
    assert sorted(_planned(contract) - set(catalogue(contract).by_id)) == []


def test_every_framing_is_in_the_catalogue(contract: Contract) -> None:
    """An entry of framings.yaml is named for the requirement that it decides."""
    assert {framing_case.requirement for framing_case in framing_cases("multipart")} <= set(catalogue(contract).by_id)


def test_every_requirement_can_be_decided(contract: Contract, shared: Shared) -> None:
    """A requirement that no probe is planned for, and no check decided, is an empty sentence; exceptions are listed."""
    decided = {line["id"] for line in shared.report["verdicts"] if line["verdict"] in ("pass", "fail")}
    empty = set(catalogue(contract).by_id) - decided - _planned(contract)
    assert {name for name in empty if not any(pattern in name for pattern in _ONLY_WHERE_IT_APPLIES)} == set()


def test_a_registry_that_is_wrong_is_told(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt or a missing key, or an id given twice, is a defect of ours and says so."""
    entry = {"id": "a/b", "layer": "api", "level": "SHOULD", "source": "contract", "statement": "It is."}
    without = {key: value for key, value in entry.items() if key != "layer"}
    for entries in ([entry, entry], [{**entry, "levle": "MUST"}], [without]):
        monkeypatch.setattr(sys.modules[catalogue.__module__], "_registry", partial(list, entries))
        with pytest.raises(SuiteError):
            catalogue(contract)


def _grown(folder: Path) -> Path:
    """The contract with a further listed value, a further field and an operation that reads a job."""
    document: dict[str, Any] = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    create_path = load().billable[0].path
    schemas = document["components"]["schemas"]
    schemas["VideoModel"]["enum"].append("one-more-model")
    schemas["CreateVideoRequest"]["properties"]["motion"] = {
        "type": "integer", "description": "How much moves.", "examples": [3], "x-provenance": "documented",
    }  # fmt: skip
    create = document["paths"][create_path]["post"]
    document["paths"][create_path + "/{job}/summary"] = {
        "get": {
            "operationId": "readVideo",
            "summary": "Read a job",
            "parameters": [{"name": "job", "in": "path", "required": True, "schema": {"type": "string"}}],
            "security": create["security"],
            "responses": {
                "200": {"description": "The job.", "content": create["responses"]["200"]["content"]},
                "401": {"$ref": "#/components/responses/Unauthorized"},
                "404": {"$ref": "#/components/responses/BadRequest"},
            },
        }
    }
    path = folder / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def test_the_contract_can_grow(contract: Contract, tmp_path: Path) -> None:
    """More models, fields and endpoints give more requirements; the old ones keep their ids, and a run decides all."""
    grown = load(_grown(tmp_path))
    old, new = catalogue(contract).by_id, catalogue(grown).by_id
    assert set(old) <= set(new)
    assert {name: old[name].statement for name in old} == {name: new[name].statement for name in old}
    op = contract.billable[0].id
    added = set(new) - set(old)
    assert {
        f"{op}/request/motion/accepted",
        f"{op}/request/motion/type",
        "readVideo/parameter/job/known",
        "readVideo/auth/missing",
    } <= added
    assert [name.rpartition("/")[2] for name in added if "/value/" in name] == ["one-more-model"]
    with ReferenceServer(grown, token=TOKEN) as server:
        made = carry_out(grown, server.url, 40)
    assert server.defects == ()
    assert made.failed("MUST") == made.failed("SHOULD") == set()
    undecided = {line.id for line in made.report.verdicts if line.id in added and line.verdict != "pass"}
    assert {name for name in undecided if not any(pattern in name for pattern in _ONLY_WHERE_IT_APPLIES)} == set()
    assert made.result.spend.creates <= 40


def test_the_array_covers_every_pair(contract: Contract) -> None:
    """All pairs of ways to fill two fields occur in some row, and each is left out while every other one is there."""
    table = rows(Builder(contract, contract.billable[0]))
    assert len(table) <= 40
    listed = {(f.name, str(value)) for f in contract.billable[0].fields if f.schema.enum for value in f.schema.enum}
    assert listed <= {(filling.field, filling.name) for row in table for filling in row.fillings}

    def way(filling: Filling) -> tuple[str, str]:
        return filling.field, filling.way.kind if filling.way is not None else filling.name

    levels = {way(filling) for row in table for filling in row.fillings}
    enums = {f.name for f in contract.billable[0].fields if f.schema.enum}
    seen = {
        frozenset((way(a), way(b)))
        for row in table for a in row.fillings for b in row.fillings
        if a.field < b.field and not {a.field, b.field} & enums
    }  # fmt: skip
    free = sorted(level for level in levels if level[0] not in enums)
    sent = [level for level in free if level[1] != "absent"]
    pairs = [(a, b) for i, a in enumerate(sent) for b in sent[i + 1 :] if a[0] != b[0]]
    assert [pair for pair in pairs if frozenset(pair) not in seen] == []
    beside = {(a.field, b.field) for row in table[1:] for a in row.fillings for b in row.fillings
              if a.is_absent and not b.is_absent}  # fmt: skip
    optional = {filling.field for filling in table[0].fillings if filling.is_absent}
    assert {(one, other) for one in optional for other in optional if one != other} <= beside
