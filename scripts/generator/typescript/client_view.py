"""What the templates of the TypeScript client need to know of a contract."""

from __future__ import annotations

import http
import mimetypes
import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Operation
from conformance.contract.document import tokens
from conformance.contract.resources import identity as identified
from scripts.generator.credentials import ClientCredential, ClientCredentials
from scripts.generator.shapes import identity, settled
from scripts.generator.typescript.answer_shapes import AnswerShapes, names_with_role, nothing_made, texts
from scripts.generator.typescript.client_call import ClientCall
from scripts.generator.typescript.naming import TypeNames, camel, pascal, without_nouns
from scripts.generator.typescript.tables import place, table

__all__ = ["ClientView"]

# What every client has besides.
_TAKEN = frozenset({"call", "constructor", "wait"})


@frozen(slots=False)
class ClientView:
    """The whole contract, seen from the templates.

    Attributes:
        names: the types that were generated.
        package: the name of the npm package.
        compiler: the version of TypeScript, and the digest of its package.
    """

    contract: Contract = field(repr=False)
    names: TypeNames = field(repr=False)
    package: str
    compiler: tuple[str, str] = ("", "")

    @property
    def summary(self) -> str:
        """What the contract is about, in one sentence."""
        info = self.contract.document.data["info"]
        return " ".join(str(info.get("summary") or info.get("title")).split()).rstrip(".") + "."

    @property
    def version(self) -> str:
        """The contract's version, with three numbers, as npm wants it."""
        found = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?", self.contract.version)
        return "0.0.0" if found is None else f"{found[1]}.{found[2] or 0}.{found[3] or 0}{found[4] or ''}"

    @property
    def license(self) -> str | None:
        """The identifier of the license, if the contract names one."""
        found: str | None = self.contract.document.data["info"].get("license", {}).get("identifier")
        return found

    @cached_property
    def tag(self) -> str:
        """What the contract is about: the first tag, or else its title."""
        tags = self.contract.document.data.get("tags") or [{"name": self.contract.title}]
        return str(tags[0]["name"])

    @property
    def prefix(self) -> str:
        """The tag as the beginning of class names."""
        return pascal(self.tag)

    @property
    def variable(self) -> str:
        """What the variables of the environment begin with."""
        return camel(self.package, "_").upper()

    @property
    def server(self) -> str | None:
        """The first server of the contract, where its URL is usable as it stands."""
        url = next(iter(self.contract.servers), "")
        return url.rstrip("/") if url.startswith("http") and "{" not in url else None

    @property
    def has_optional(self) -> bool:
        """Whether servers may do without any operation."""
        return any(operation.optional for operation in self.contract.operations)

    @cached_property
    def calls(self) -> list[ClientCall]:
        """Every operation as a method, in the contract's order."""
        operations = self.contract.operations
        short = {operation.id: without_nouns(operation.id, self.tag) for operation in operations}
        counted = Counter(short.values())
        found = []
        for operation in operations:
            name = short[operation.id]
            if counted[name] > 1 or name in _TAKEN:
                name = camel(operation.id)
            name = f"{name}_" if name in _TAKEN else name
            found.append(ClientCall(self.contract, operation, name, self.names))
        return found

    @cached_property
    def poll(self) -> ClientCall | None:
        """The operation that reads a job which another one returns, and so makes waiting possible."""
        return next((each for each in self.calls if self._polls(each.operation)), None)

    @property
    def creates(self) -> list[ClientCall]:
        """The operations that return the job which can be waited for."""
        poll = self.poll
        if poll is None:
            return []
        job = _kind(poll.operation)
        return [each for each in self.calls if each.operation.method != "GET" and _kind(each.operation) == job]

    def _polls(self, operation: Operation) -> bool:
        if operation.method != "GET" or _kind(operation) is None or not operation.successes:
            return False
        status = operation.success.by_role("status")
        needed = [each for each in operation.parameters if each.required]
        return (
            [each.location for each in needed] == ["path"]
            and identified(operation.success) is not None
            and status is not None
            and status.lifecycle is not None
            and any(other.method != "GET" and _kind(other) == _kind(operation) for other in self.contract.operations)
        )

    @property
    def job_type(self) -> str:
        """The type of a job."""
        assert self.poll is not None  # noqa: S101 - asked for only where there is one
        return self.poll.job_type

    @property
    def main(self) -> ClientCall:
        """The operation that samples show: the first with a form or an object for a body."""
        return next((each for each in self.calls if each.takes_members), self.calls[0])

    @property
    def file_sample(self) -> str:
        """Arguments for a sample with a file; empty where nothing can be one."""
        return self.main.with_file

    @property
    def suffix(self) -> str:
        """How the name of a file with what a job has made ends."""
        media = () if self.download_of_job is None else self.download_of_job.operation.success.media_types
        # A table of its own: that of the module is the machine's.
        found = (mimetypes.MimeTypes().guess_extension(name.partition(";")[0]) for name in media)
        return next((suffix for suffix in found if suffix), ".bin")

    @property
    def header(self) -> str | None:
        """The header in which callers say who they are."""
        return next((each.scheme.parameter for each in self.credentials if each.scheme.location == "header"), None)

    @property
    def stages(self) -> Mapping[str, str]:
        """The stages that the values of a job's status stand for."""
        status = None if self.poll is None else self.poll.operation.success.by_role("status")
        return {} if status is None or status.lifecycle is None else dict(status.lifecycle.stages)

    def job_member(self, role: str) -> str | None:
        """Return the name of the member of a job that has a role, if any."""
        found = None if self.poll is None else self.poll.operation.success.by_role(role)
        return None if found is None else found.name

    @property
    def failure(self) -> str | None:
        """The member of a job that says why it failed."""
        return self.job_member("failure")

    @property
    def result_url(self) -> tuple[str, ...]:
        """The names that lead from a job to the address of its result; none where nothing has it."""
        properties = () if self.poll is None else self.poll.operation.success.properties
        return next((each.path for each in properties if each.role == "result-url"), ())

    @property
    def times(self) -> list[str]:
        """The members of a job that are points in time."""
        properties = () if self.poll is None else self.poll.operation.success.properties
        return [each.name for each in properties if (each.role or "").endswith("-time") and len(each.path) == 1]

    @cached_property
    def download_of_job(self) -> ClientCall | None:
        """The operation that fetches what a job has made, if one asks for nothing but the job's id."""
        poll = self.poll
        beneath = (each for each in self.calls if poll and each.operation.path.startswith(f"{poll.operation.path}/"))
        return next((each for each in beneath if each.is_download and not each.needs_more), None)

    @cached_property
    def _shapes(self) -> tuple[AnswerShapes, dict[str, Any]]:
        shapes = AnswerShapes()
        made = {each.key: table(self.contract, each.operation, shapes) for each in self.calls}
        return shapes, made

    @property
    def models(self) -> Mapping[str, Any]:
        """The objects that answers hold."""
        return self._shapes[0].models

    @property
    def tables(self) -> Mapping[str, Any]:
        """The operations, as the transport knows them."""
        return self._shapes[1]

    @cached_property
    def credentials(self) -> list[ClientCredential]:
        """How callers say who they are, with the names of options of the client."""
        known = ClientCredentials(self.contract).all
        return [ClientCredential(each.scheme, tuple(map(camel, each.arguments))) for each in known]

    @property
    def are_needed(self) -> bool:
        """Whether no operation can be called without credentials."""
        return ClientCredentials(self.contract).are_needed

    @property
    def secrets(self) -> list[str]:
        """The options of the client that are secret."""
        return [name for each in self.credentials for name in each.arguments]

    def environment(self, option: str) -> str:
        """Return the variable that an option is read from."""
        return f"{self.variable}_{camel(option, '_').upper()}"

    @property
    def ways(self) -> Mapping[str, str]:
        """What to pass, or to set, for each of the contract's security schemes."""
        return {
            each.scheme.name: f"pass {' and '.join(each.arguments)}, or set"
            f" {' and '.join(map(self.environment, each.arguments))}"
            for each in self.credentials
        }

    @property
    def request_id(self) -> str | None:
        """The header in which a server says what it calls an exchange."""
        responses = [each for operation in self.contract.operations for each in operation.responses]
        return next((name for each in responses if (name := each.header_by_role("request-id")) is not None), None)

    @property
    def error_names(self) -> Mapping[str, list[str]]:
        """Where refusals hold their reason, and what identifies them."""
        return {
            "messages": names_with_role(self.contract, "error-message"),
            "codes": names_with_role(self.contract, "error-code"),
            "texts": texts(self.contract),
            "nothing_made": nothing_made(self.contract),
        }

    @cached_property
    def statuses(self) -> dict[int, str]:
        """Every documented refusal, with a name for its class."""
        found: dict[int, str] = {}
        for operation in self.contract.operations:
            for response in operation.refusals:
                if response.pattern.isdigit():
                    reference = place(self.contract, operation).raw("responses", response.pattern).get("$ref")
                    name = tokens(reference)[-1] if reference else http.HTTPStatus(response.status).name.lower()
                    plain = pascal(name).removesuffix("Error")
                    is_free = self.names.find(f"{plain}Error") is None
                    found.setdefault(response.status, f"{plain}Error" if is_free else f"{plain}StatusError")
        return dict(sorted(found.items()))

    def reason(self, status: int) -> str:
        """Return what the contract says about a refusal."""
        found = next(
            response
            for operation in self.contract.operations
            for response in operation.refusals
            if response.pattern == str(status)
        )
        described = self.contract.document.lookup(found.pointer).get("description")
        return " ".join(str(described or "").split()).rstrip(".") or http.HTTPStatus(status).phrase


def _kind(operation: Operation) -> tuple[str, ...] | None:
    """What tells the objects that an operation answers with from others."""
    schema = operation.success.schema if operation.successes else None
    return None if schema is None else identity(settled(schema))
