"""Writes ``generated/python``: openapi-python-client with our templates."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sysconfig
from collections.abc import Iterator, Sequence
from pathlib import Path

from openapi_python_client import MetaType, Project
from openapi_python_client.config import Config, ConfigFile
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.schema import OpenAPI
from pydantic import ValidationError
from ruamel.yaml import YAML

from scripts.generator.contract import Contract, ContractError, pointer
from scripts.generator.filters import FILTERS
from scripts.generator.views import Views

__all__ = ["write_python"]

HERE = Path(__file__).resolve().parent
CONFIG = HERE.parents[1] / "generator-config.yml"
TEMPLATES = HERE / "templates" / "python"

# What generated modules import or define beside the models.
NAMES_IN_USE = frozenset(
    {"Any", "Awaitable", "Call", "Callable", "FileInput", "Literal", "Mapping", "Response", "Self", "Sequence", "Stage"}
    | {"UNSET", "Unset"}
)

# Modules that the stock generator does not know, and the view without which they would be dead code.
EXTRA_MODULES = {
    "__main__": None,
    "_answers": None,
    "_async_client": None,
    "_cli": None,
    "_form": None,
    "_reading": None,
    "_sending": None,
    "_waiting": "polls",
}


class PythonProject(Project):
    """The stock project, with our view of the contract and our further modules."""

    def __init__(self, contract: Contract, data: GeneratorData, config: Config) -> None:
        super().__init__(openapi=data, config=config, custom_template_path=TEMPLATES)
        self.views = Views(contract, data)
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
    """Write the Python client of a contract into a folder that does not exist yet.

    Raises:
        ContractError: The generator refuses the contract, or warns.
    """
    config = Config.from_sources(
        _config_file(), MetaType.UV, contract.path, "utf-8", overwrite=False, output_path=target
    )
    # The generator reads YAML 1.2 with ruamel; so must we, lest `on` or `1_000` mean two things.
    document = YAML(typ="safe").load(contract.path.read_bytes())
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise contract.error(list(map(str, first["loc"])), str(first["msg"])) from error
    data = GeneratorData.from_dict(document, config=config)
    if isinstance(data, GeneratorError):
        raise _refusal(contract, [data])
    for model in (*data.models, *data.enums):
        if str(model.class_info.name) in NAMES_IN_USE:
            where = ("components", "schemas", str(model.class_info.name))
            raise contract.error(
                where, f"the client needs the name `{where[-1]}` for itself; call the schema otherwise"
            )
    with contextlib.redirect_stdout(io.StringIO()), _own_tools_first():
        problems = PythonProject(contract, data, config).build()
    if problems:
        raise _refusal(contract, problems)


def _config_file() -> ConfigFile:
    settings = YAML(typ="safe").load(CONFIG.read_bytes())
    # The generator ignores a key that it does not know, and with it the wish behind it.
    if unknown := sorted(set(settings) - set(ConfigFile.model_fields)):
        raise ContractError(f"{CONFIG.name}: unknown setting `{unknown[0]}`")
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


def _refusal(contract: Contract, problems: Sequence[GeneratorError]) -> ContractError:
    """The first problem as one sentence, at the line of the element that it names."""
    text = " ".join(f"{problems[0].header} {problems[0].detail or ''}".split())
    where = re.search(r"#?(/(?:components|paths)/[\w./~{}-]*\w)", text)
    return contract.error(pointer(where[1]) if where else (), text)
