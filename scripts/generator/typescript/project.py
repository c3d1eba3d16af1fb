"""Writes ``generated/typescript``: types by openapi-ts, the rest from templates."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import click
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ruamel.yaml import YAML

from conformance.contract import Contract
from conformance.errors import SuiteError, UsageError
from scripts.generator.base_paths import shared_path
from scripts.generator.typescript.client_view import ClientView
from scripts.generator.typescript.literals import comment, key, literal
from scripts.generator.typescript.naming import TypeNames
from scripts.generator.typescript.plain_names import plainly_named
from scripts.node import packages

__all__ = ["HOME", "write_typescript"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HOME = ROOT / "scripts" / "typescript"
TEMPLATES = HERE.parent / "templates" / "typescript"
CONFIG = ROOT / "generator-config.yml"
_PATIENCE = 300.0
_SUFFIX = ".jinja"
# What the package exports beside the types of the contract.
_IN_USE = frozenset(
    {"AnswerError", "AnswerFacts", "AnswerInfo", "CallOptions", "CancelledError", "Circumstances", "ClientError"}
    | {"ConfigurationError", "Download", "JobError", "JobFacts", "JobFailedError", "NotOfferedError", "Operations"}
    | {"RefusedError", "SentRequest", "ServerError", "Stage", "StatusError", "TimedOutError", "TransportError"}
    | {"UndecodableAnswerError", "WaitCancelledError", "WaitError", "WaitOptions", "WaitRefusedError"}
    | {"GivenHeaders", "WaitTimedOutError"}
)


def write_typescript(contract: Contract, folder: Path) -> None:
    """Write the TypeScript client of a contract into an empty folder.

    Raises:
        ContractError: the client cannot send what the contract describes.
        UsageError: the npm packages that it takes cannot be installed.
        SuiteError: the generator of the types failed.
    """
    source = folder / "src"
    source.mkdir()
    _write_types(contract, source)
    name = str(YAML(typ="safe").load(CONFIG.read_bytes())["project_name_override"])
    types = (source / "types.gen.ts").read_text(encoding="utf-8")
    view = ClientView(contract, TypeNames.of(types), name, _compiler())
    _check_names(contract, view.names)
    environment = _environment(view)
    for path in sorted(TEMPLATES.rglob("*")):
        relative = path.relative_to(TEMPLATES)
        if path.is_file() and (view.poll is not None or relative.name != f"waiting.ts{_SUFFIX}"):
            text = path.read_text(encoding="utf-8")
            if path.suffix == _SUFFIX:
                text = environment.get_template(str(relative)).render()
            (folder / str(relative).removesuffix(_SUFFIX)).write_text(text, encoding="utf-8")


def _check_names(contract: Contract, names: TypeNames) -> None:
    for name in contract.document.data.get("components", {}).get("schemas") or ():
        if (taken := names.find(name)) in _IN_USE:
            message = f"the client needs the name `{taken}` for itself; call the schema otherwise"
            raise contract.document.error(("components", "schemas", name), message)


def _write_types(contract: Contract, folder: Path) -> None:
    """Let openapi-ts write the types; operations have the names that the client's table gives them."""
    try:
        packages.install(HOME)
    except click.ClickException as error:
        raise UsageError(error.message) from None
    with tempfile.TemporaryDirectory(prefix="typescript-") as scratch:
        document = Path(scratch, "contract.json")
        document.write_text(json.dumps(plainly_named(contract.document.data), ensure_ascii=False), encoding="utf-8")
        command = (packages.NODE, HOME / "types.mjs", document, folder)
        try:
            ended = subprocess.run(
                command, cwd=scratch, env=packages.environment(), check=False, capture_output=True, text=True,
                encoding="utf-8", timeout=_PATIENCE,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise SuiteError(f"openapi-ts did not end within {_PATIENCE:.0f} seconds") from None
    if ended.returncode or not (folder / "types.gen.ts").is_file():
        said = (ended.stderr or ended.stdout).strip().splitlines() or ["nothing"]
        raise SuiteError(f"openapi-ts ended with {ended.returncode}: {said[0]}")


def _compiler() -> tuple[str, str]:
    """Return the version of the compiler, and the digest of its package, as they are locked."""
    lock = json.loads((HOME / "package-lock.json").read_text(encoding="utf-8"))
    found = lock["packages"]["node_modules/typescript"]
    return found["version"], found["integrity"]


def _environment(view: ClientView) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - no page is made: what comes from the contract passes `ts` or `comment`
    )
    made.globals["view"] = view
    made.filters |= {"shared_path": shared_path, "comment": comment, "json": json.dumps, "key": key, "ts": literal}
    return made
