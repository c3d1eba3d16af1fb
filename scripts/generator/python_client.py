"""Writes ``generated/python``: openapi-python-client with our templates."""

from __future__ import annotations

import contextlib
import io
import os
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

from openapi_python_client import MetaType, Project
from openapi_python_client.config import Config, ConfigFile
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from ruamel.yaml import YAML

from conformance.contract import Contract
from conformance.errors import ContractError
from scripts.generator.filters import FILTERS
from scripts.generator.normal_form import NormalForm, normal_form
from scripts.generator.views import Views

__all__ = ["project_of", "write_python"]

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parents[1] / "generator-config.yml"
TEMPLATES = HERE / "templates" / "python"

# Modules that the stock generator does not know, and the view without which they would be dead code.
EXTRA_MODULES = {
    "__main__": None,
    "_answers": None,
    "_async_client": None,
    "_cli": None,
    "_credentials": "has_credentials",
    "_form": None,
    "_lanes": None,
    "_libraries": None,
    "_multipart": "has_forms",
    "_options": None,
    "_parameters": "has_parameters",
    "_progress": "polls",
    "_raw": None,
    "_reading": None,
    "_resuming": "downloads",
    "_saving": "downloads",
    "_sending": None,
    "_sinks": "downloads",
    "_waiting": "polls",
}


class PythonProject(Project):
    """The stock project, with our view of the contract and our further modules."""

    def __init__(self, contract: Contract, normal: NormalForm, data: GeneratorData, config: Config) -> None:
        super().__init__(openapi=data, config=config, custom_template_path=TEMPLATES)
        self.views = Views(contract, normal, data)
        self.env.globals["views"] = self.views
        self.env.filters.update(FILTERS)

    def _build_metadata(self) -> None:
        for name in ("README.md", "pyproject.toml"):
            self._write(self.project_dir / name, f"{name}.jinja")

    def _build_api(self) -> None:
        super()._build_api()
        for module, needs in EXTRA_MODULES.items():
            if needs is None or getattr(self.views, needs):
                self._write(self.package_dir / f"{module}.py", f"{module}.py.jinja")

    def _write(self, path: Path, template: str) -> None:
        path.write_text(self.env.get_template(template).render(), encoding="utf-8")


def write_python(contract: Contract, target: Path) -> None:
    """Write the Python client of a contract into an empty folder.

    Raises:
        ContractError: The generator refuses the contract, or warns.
    """
    project = project_of(contract, target)
    with contextlib.redirect_stdout(io.StringIO()), _own_tools_first():
        problems = project.build()
    if problems:
        raise _refusal(contract, project.views.normal, problems)


def project_of(contract: Contract, target: Path) -> PythonProject:
    """Return the Python client of a contract before it is written.

    Raises:
        ContractError: The generator refuses the contract.
    """
    config = Config.from_sources(
        _config_file(), MetaType.UV, contract.path, "utf-8", overwrite=True, output_path=target
    )
    normal = normal_form(contract)
    data = GeneratorData.from_dict(dict(normal.document), config=config)
    if isinstance(data, GeneratorError):
        raise _refusal(contract, normal, [data])
    return PythonProject(contract, normal, data, config)


def _config_file() -> ConfigFile:
    settings = YAML(typ="safe").load(CONFIG.read_bytes())
    # The generator ignores a key that it does not know, and with it the wish behind it.
    if unknown := sorted(set(settings) - set(ConfigFile.model_fields)):
        raise ContractError(f"unknown setting `{unknown[0]}`", path=CONFIG)
    return ConfigFile(**settings)


@contextlib.contextmanager
def _own_tools_first() -> Iterator[None]:
    """Let the post hooks find the pinned ruff, whatever else is on the PATH."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _refusal(contract: Contract, normal: NormalForm, problems: Sequence[GeneratorError]) -> ContractError:
    """The first problem as one sentence, at the line of the element that it names."""
    text = " ".join(f"{problems[0].header} {problems[0].detail or ''}".split())
    named = {f"/{each.id} ": each.pointer for each in normal.operations.values()}
    named |= {name: schema.pointer for name, schema in normal.classes.items()}
    place = next((pointer for name, pointer in named.items() if name in f"{text} "), "#")
    return contract.document.error(place, text)
