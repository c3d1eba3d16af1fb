"""Writes the pages of the client that hold calls: how one comes from another SDK, and the cookbook.

What of them is a fact of the contract (names of methods, fields, stages and statuses) comes from it; what is one of
the other SDK stands here. Tests run each block of both pages.
"""

from __future__ import annotations

import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

import jinja2
from attrs import field, frozen
from openapi_python_client.strings import pascal_case
from ruamel.yaml import YAML

from conformance.contract import Contract
from conformance.contract.source import overlay_path
from scripts.generator.fields import ClientField
from scripts.generator.filters import FILTERS
from scripts.generator.methods import ClientMethod
from scripts.generator.models import ClientModel
from scripts.generator.python_client import project_of
from scripts.generator.views import Views

__all__ = ["GuideWords", "write_guides"]

TEMPLATES = Path(__file__).resolve().parent / "templates" / "guides"

#: Each page, and how wide its code may be: two columns are narrow.
PAGES = {"from-openai.md": 52, "cookbook.md": 100}

#: The dialect of the other SDK: what its form holds is what its `videos.create` takes.
_OPENAI = "openai"

#: What openai-python raises for a status, for others below 500, and from there on: then by the name of 500.
_OPENAI_ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
_OPENAI_OTHER = "APIStatusError"
_OPENAI_SERVER = pascal_case(HTTPStatus(500).name.lower())


@frozen(slots=False)
class GuideWords:
    """What the pages say of a contract, as Python source."""

    views: Views = field(repr=False)

    @property
    def is_enough(self) -> bool:
        """Whether the contract has all that the pages tell of: a token, jobs, and what they make."""
        views = self.views
        return bool(views.token and views.jobs.makers and views.download_of_job and self._texts and self.shared)

    @property
    def create(self) -> ClientMethod:
        """The operation that makes a job."""
        return self.views.jobs.makers[0].operation

    @property
    def job(self) -> ClientModel:
        """What it makes."""
        found = self.create.result_model
        assert found is not None  # noqa: S101 - what makes a job answers with it
        return found

    def named(self, role: str) -> str:
        """The name of a job's field that has a role."""
        found = self.job.with_role(role)
        assert found is not None  # noqa: S101 - what can be waited for has an id and a status
        return found.python

    @property
    def create_and_wait(self) -> str:
        """The method that also waits for it."""
        return self.views.jobs.makers[0].method_name

    @cached_property
    def _texts(self) -> list[ClientField]:
        """The fields in which a caller says what the job is about: texts of no other meaning."""
        required = [each for each in self.create.fields if each.required and not each.role]
        return [each for each in required if each.option == "type=str"]

    @cached_property
    def _theirs(self) -> frozenset[str]:
        """The names of the fields that the other client knows."""
        form = self.create.body_model
        overlay = YAML(typ="safe").load(overlay_path(_OPENAI).read_bytes())
        forms = [action.get("update", {}).get(form.name, {}) for action in overlay["actions"]] if form else []
        return frozenset(name for each in forms for name in each.get("properties", ()))

    @property
    def shared(self) -> list[ClientField]:
        """The fields that both clients know and that hold no file, the required ones first."""
        return [each for each in self.create.fields if each.wire in self._theirs and not each.has_file]

    @property
    def file(self) -> ClientField | None:
        """A field for a file that both clients know."""
        found = (each for each in self.create.fields if each.wire in self._theirs and each.has_file)
        return next(found, None)

    @property
    def unknown(self) -> ClientField | None:
        """A field that the other client does not know, and that holds an object."""
        shown = [each for each in self.create.fields if each.kind == "object" and each.is_shown]
        return next((each for each in shown if each.wire not in self._theirs), None)

    def ours(self, *more: str, whole: bool = True, text: str = "") -> str:
        """The arguments of a create: the required ones, or all that both clients know."""
        return ", ".join([*self._arguments({}, whole=whole, text=text), *more])

    def theirs(self, *more: str, whole: bool = True, beyond: ClientField | None = None) -> str:
        """The same for the other client; what it does not know goes in as `extra_body`."""
        known = list(self._arguments({each.python: each.wire for each in self.shared}, whole=whole, text=""))
        lacking = [each for each in self.create.fields if each.required and each.wire not in self._theirs]
        extra = ", ".join(f"{each.wire!r}: {each.sample}" for each in [*lacking, *([beyond] if beyond else [])])
        return ", ".join([*known, *([f"extra_body={{{extra}}}"] if extra else []), *more])

    def _arguments(self, names: Mapping[str, str], *, whole: bool, text: str) -> Iterator[str]:
        for each in self.create.fields:
            if not each.required and not (whole and each in self.shared):
                continue
            if not names or each.python in names:
                is_varied = bool(text) and each in self._texts[:1]
                yield f"{names.get(each.python, each.python)}={text if is_varied else each.sample}"

    @property
    def text(self) -> str:
        """A name for what the caller says."""
        return self._texts[0].python

    @property
    def sample(self) -> str:
        """What the caller could say."""
        return self._texts[0].sample

    @property
    def errors(self) -> list[tuple[int, str, str]]:
        """Each documented refusal, what the other client raises, and what ours raises."""
        return [
            (status, _OPENAI_ERRORS.get(status, _OPENAI_OTHER if status < 500 else _OPENAI_SERVER), ours)
            for status, ours in self.views.statuses.items()
        ]


def write_guides(contract: Contract, folder: Path) -> None:
    """Write the pages into a folder; none where the contract lacks what they tell of."""
    project = project_of(contract, folder)
    words = GuideWords(project.views)
    if not words.is_enough:
        return
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown of our own, with code in it
    )
    environment.filters.update(FILTERS)
    views = words.views
    told = {
        "words": words,
        "views": views,
        "client": f"{views.prefix}Client",
        "root": f"{views.prefix}Error",
        "create": words.create,
        "poll": views.polls[0],
        "download": views.download_of_job,
        "job": words.job,
        "id": words.named("id"),
        "status": words.named("status"),
        "thing": words.create.local(words.job.name.lower()),
        "suffix": views.suffix(views.download_of_job) if views.download_of_job else "",
        "variable": project.package_name.upper(),
        "package": project.package_name,
        "project": project.project_name,
    }
    for page, width in PAGES.items():
        path = folder / page
        path.write_text(environment.get_template(f"{page}.jinja").render(told), encoding="utf-8")
        ruff = Path(sysconfig.get_path("scripts")) / "ruff"
        options = ("format", "--quiet", "--isolated", "--no-cache", f"--line-length={width}")
        subprocess.run((ruff, *options, path), check=True)
