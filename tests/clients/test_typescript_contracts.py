"""TypeScript clients of contracts that are not this project's: they compile as strictly, and pass their own vectors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract, ContractSource, load
from conformance.errors import ContractError
from conformance.vectors import vectors
from scripts.benchmarks.judging_at_once import judged_at_once
from scripts.generator.typescript import packing, write_typescript
from scripts.node import packages
from tests.client import contracts
from tests.clients.judged import QUICK
from tests.clients.made_contracts import MADE, made_contract
from tests.suite.runs import ROOT

pytestmark = pytest.mark.thorough

TOKEN = "judge:8c1f5e2a7b3d"
"""A user and a password as well, where those say who calls."""

OTHERS = {path.stem: path for path in sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))}
UNLISTED = {"fields and operations": {"remixVideo/request/mask/untyped"}}
"""Where a file has no `encoding`, its label comes from its name."""


def written(contract: Contract, folder: Path) -> Path:
    """Write a client, and lend it the compiler."""
    client = folder / "typescript"
    client.mkdir()
    write_typescript(contract, client)
    (client / "node_modules").symlink_to(packing.HOME / "node_modules")
    return client


@pytest.mark.parametrize("name", MADE)
def test_a_client_of_any_contract_compiles(name: str, tmp_path: Path) -> None:
    """Bodies of every kind, parameters in every place, and whatever names a contract gives."""
    client = written(load(ContractSource(made_contract(name, tmp_path))), tmp_path)
    assert packing.compiled(client) == ""


def test_a_name_that_the_package_needs_is_refused(tmp_path: Path) -> None:
    """With the place that is to be mended, and not with what a compiler says of generated code."""
    made = contracts.smallest()
    made["components"] = {"schemas": {"Download": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    path = contracts.save(made, tmp_path / "contract.yaml")
    with pytest.raises(ContractError, match="the client needs the name `Download` for itself") as caught:
        written(load(ContractSource(path)), tmp_path)
    line = path.read_text(encoding="utf-8").partition("Download")[0].count("\n") + 1
    assert f"contract.yaml:{line}" in str(caught.value)


@pytest.mark.parametrize("name", [*OTHERS, *MADE])
def test_a_client_of_another_service_is_right_on_the_wire(name: str, tmp_path: Path) -> None:
    """JSON, a key in a header, a password: the same templates, and the vectors of that contract."""
    contract = load(ContractSource(OTHERS[name] if name in OTHERS else made_contract(name, tmp_path)))
    client = written(contract, tmp_path)
    assert packing.compiled(client) == ""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "aiid-videos").symlink_to(client)
    adapter = tmp_path / "adapter.ts"
    adapter.write_text(_adapted(packing.ADAPTER.read_text(encoding="utf-8"), client), encoding="utf-8")
    (tmp_path / "package.json").write_text('{ "type": "module" }', encoding="utf-8")
    command = [str(packages.NODE), str(adapter)]
    made = judged_at_once(contract, vectors(contract), command, MadeUpToken.of(TOKEN), QUICK, 4)
    assert made.trouble is None
    failed = {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws}
    assert failed.keys() == UNLISTED.get(name, set()), failed


def _adapted(adapter: str, client: Path) -> str:
    """The adapter for a client of another name, which may say otherwise who calls, and may have nothing to wait for."""
    source = (client / "src" / "index.ts").read_text(encoding="utf-8")
    secrets = re.findall(r"readonly (\w+)\?", (client / "src" / "credentials.ts").read_text(encoding="utf-8"))
    found = re.search(r"export \{ (\w+Client) \}", source)
    assert found is not None
    held = {"username": 'token.split(":")[0]', "password": 'token.split(":")[1]'}
    said = ", ".join(f"{name}: {held.get(name, 'token')}" for name in secrets)
    adapted = adapter.replace("VideosClient", found[1]).replace(
        "{ baseUrl, token,", f"{{ baseUrl, {said}{',' if said else ''}"
    )
    if not (client / "src" / "waiting.ts").exists():
        adapted = re.sub(r"timeout: \[.*\n", "timeout: [videos.TimedOutError],\n", adapted)
        adapted = adapted.replace("client.wait(", "(client as any).wait(")
    return adapted if "export { Download }" in source else adapted.replace("videos.Download", "Response")
