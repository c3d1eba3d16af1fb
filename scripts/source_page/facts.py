"""What a source states of an API, in one form for pages, OpenAPI documents and the contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from conformance.contract import MediaType, Provenance, Response, Schema

__all__ = [
    "DOCUMENTED",
    "Credential",
    "NewField",
    "OperationFacts",
    "Sample",
    "Shown",
    "Spot",
    "StatedAnswer",
    "StatedSource",
    "StatedValue",
]

DOCUMENTED: Provenance = "documented"


@frozen
class Spot:
    """Where something stands: a line of a file, and in an OpenAPI document its pointer too."""

    file: str
    line: int
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.pointer}".rstrip()


@frozen
class Shown:
    """A value that a source shows, and where."""

    value: Any
    spot: Spot


@frozen(eq=False)
class StatedValue:
    """One value that is sent or answered.

    Attributes:
        location: where in the request; `answer` for what comes back.
        kinds: its types in the words of such pages: `string`, `enum<string>`, `file`, `object[]`, `null`.
        values: the listed ones, where it is an enumeration.
        schema: what else is known of it, where it comes from a document.
    """

    location: str
    path: tuple[str, ...]
    kinds: frozenset[str]
    required: bool
    spot: Spot
    values: tuple[Shown, ...] = ()
    examples: tuple[Any, ...] = ()
    default: tuple[Any, ...] = ()
    limits: Mapping[str, Any] = field(factory=dict)
    deprecated: bool = False
    provenance: Provenance = DOCUMENTED
    schema: Schema | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The path as people write it: `error.code`."""
        return ".".join(self.path)

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What it is found by in another source; header fields have no case."""
        return self.location, tuple(map(str.lower, self.path)) if self.location == "header" else self.path

    @property
    def kind(self) -> str:
        """Its types as one word."""
        return " | ".join(sorted(self.kinds)) or "any"

    @property
    def is_enumeration(self) -> bool:
        """Whether its values are listed."""
        return any(kind.startswith("enum<") for kind in self.kinds)


@frozen(eq=False)
class Sample:
    """A value that the sample request sends; a placeholder such as `<string>` shows none."""

    name: str
    value: Any
    is_placeholder: bool
    spot: Spot
    is_text: bool = True


@frozen(eq=False)
class StatedAnswer:
    """One answer; `status` is empty where the source names none, which is then the success."""

    status: str
    spot: Spot
    values: tuple[StatedValue, ...] = ()
    examples: tuple[Shown, ...] = ()
    media: tuple[str, ...] = ()
    provenance: Provenance = DOCUMENTED
    response: Response | None = field(default=None, repr=False)


@frozen
class Credential:
    """How a caller says who it is; `word` stands in front of the secret, None where the source does not say."""

    location: str
    name: str
    word: str | None

    def __str__(self) -> str:
        return f"{self.location} `{self.name}`" + (f" with `{self.word}`" if self.word else "")


@frozen(eq=False)
class OperationFacts:
    """One operation as a source states it."""

    method: str
    path: str
    spot: Spot
    values: tuple[StatedValue, ...] = ()
    answers: tuple[StatedAnswer, ...] = ()
    samples: tuple[Sample, ...] = ()
    credentials: tuple[tuple[Credential, Spot], ...] = ()
    media: tuple[tuple[str, Spot], ...] = ()
    provenance: Provenance = DOCUMENTED
    body: MediaType | None = field(default=None, repr=False)
    pointer: str = ""

    @property
    def title(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"

    def value(self, key: tuple[str, tuple[str, ...]]) -> StatedValue | None:
        """Return the value that is sent under a key."""
        return next((value for value in self.values if value.key == key), None)


@frozen(eq=False)
class NewField:
    """A field that only the source has.

    Attributes:
        below: the fields that stand below it.
        example: what the source shows in it, as a list of one or none.
        owner: the operation or the answer of the contract that it is to join.
        above: the object of the contract that it is to join, where that is not the whole body.
        before: the name of the field in front of it, as far as the contract has it.
    """

    value: StatedValue
    below: tuple[StatedValue, ...]
    example: tuple[Any, ...]
    owner: OperationFacts | StatedAnswer
    above: StatedValue | None
    before: str | None


@frozen(eq=False)
class StatedSource:
    """Everything that one file states; a page states what is in sight, a document all that there is."""

    file: str
    operations: tuple[OperationFacts, ...]
    servers: tuple[Shown, ...] = ()
    is_page: bool = True
