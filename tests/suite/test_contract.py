"""The contract in normal form: however a document is written, it is read as what it means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Operation, load
from conformance.errors import ContractError, ExitCode
from tests.suite.contracts import Json, answers, document_of, loaded, only, refused, schema_of, written
from tests.suite.runs import command

_TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Plain", "#/components/schemas/Plain"),
        ("a/b", "#/components/schemas/a~1b"),
        ("a~b", "#/components/schemas/a~0b"),
        ("a~1b", "#/components/schemas/a~01b"),
        ("two words", "#/components/schemas/two%20words"),
        ("Caf\u00e9", "#/components/schemas/Caf%C3%A9"),
        ("100%", "#/components/schemas/100%25"),
        ("a/b {c}", "#/components/schemas/a~1b%20%7Bc%7D"),
    ],
)
def test_a_reference_leads_to_what_it_names(name: str, reference: str) -> None:
    """References are JSON pointers in URI fragments: `~1`, `~0` and percent-encoding stand for what they encode."""
    found = schema_of({"$ref": reference}, **{name: {"type": "integer", "minimum": 3}})
    assert found.types == {"integer"}
    assert [found.is_valid(value) for value in (2, 3, "3")] == [False, True, False]
    assert found.bounds[0].pointer == f"{reference}/minimum"


def test_a_reference_may_lead_anywhere_in_the_document(tmp_path: Path) -> None:
    """A schema of one operation can be named from another, through paths that hold slashes and braces."""
    deep = "#/paths/~1a~1%7Bb%7D/get/responses/200/content/application~1json/schema"
    got = {"operationId": "getA", "parameters": [{"name": "b", "in": "path", "required": True, "schema": _TEXT}]}
    made = loaded(
        tmp_path,
        {
            "/a/{b}": {"get": {**got, "responses": answers({"type": "object", "properties": {"c": {"enum": [7]}}})}},
            "/d": {"get": {"operationId": "getD", "responses": answers({"$ref": deep})}},
        },
    )
    assert [found.schema.enum for found in made.operation("getD").success.properties] == [(7,)]


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("#/components/schemas/Gone", "names no schema of this document"),
        ("other.yaml#/Thing", "leaves the document"),
        ("#/components/schemas/Subject", "leads round in a circle"),
        ("#/components/schemas/Ring", "leads round in a circle"),
    ],
)
def test_a_reference_that_leads_nowhere_is_an_error(reference: str, what: str, tmp_path: Path) -> None:
    """A reference to nothing, out of the document or round in a circle ends in a sentence with its place."""
    schemas = {"Subject": {"$ref": reference}, "Ring": {"$ref": "#/components/schemas/Subject"}}
    paths = {"/it": {"get": {"operationId": "getIt", "responses": answers({"$ref": "#/components/schemas/Subject"})}}}
    path = written(tmp_path, document_of(paths, components={"schemas": schemas}))
    said = command("requirements", "--contract", path)
    assert said.code == ExitCode.USAGE
    line = 1 + path.read_text(encoding="utf-8").splitlines().index("    Subject:") + 1
    (told,) = (text for text in said.stderr.splitlines() if f"{path}:{line}: #/components/schemas/Subject/$ref" in text)
    assert what in told


@pytest.mark.parametrize("kind", ["parameters", "responses", "headers", "requestBodies"])
def test_a_circle_of_components_is_an_error(kind: str, tmp_path: Path) -> None:
    """Components that refer to each other are told, and nothing waits for ever."""
    first, second = ({"$ref": f"#/components/{kind}/{name}"} for name in ("First", "Second"))
    operations: dict[str, Json] = {
        "parameters": {"parameters": [first]},
        "responses": {"responses": {"200": first}},
        "headers": {"responses": {"200": {"description": "Fine.", "headers": {"X-First": first}}}},
        "requestBodies": {"requestBody": first},
    }
    with pytest.raises(ContractError, match=r":\d+: #/\S+: refers to itself"):
        only(tmp_path, operations[kind], components={kind: {"First": second, "Second": first}})


@pytest.mark.parametrize("keyword", ["allOf", "$ref"])
def test_a_schema_is_no_part_of_itself(keyword: str) -> None:
    """A schema that is all of itself says nothing; asking for it is an error, and ends."""
    itself: Json = {"$ref": "#/components/schemas/Subject"}
    with pytest.raises(ContractError, match="#/components/schemas/Subject: refers to itself"):
        schema_of({"allOf": [{"type": "object"}, itself]} if keyword == "allOf" else itself).keywords  # noqa: B018 - asks


def test_a_schema_may_contain_itself() -> None:
    """A tree is no circle: its branches are trees again, as deep as one asks."""
    node = {
        "type": "object",
        "properties": {"below": {"type": "array", "items": {"$ref": "#/components/schemas/Subject"}}},
    }
    below = schema_of(node).properties["below"]
    assert below.items is not None
    assert below.items.properties["below"].types == {"array"}
    assert below.is_valid([{"below": [{"below": []}]}])
    assert not below.is_valid([{"below": [{"below": 1}]}])


_BASE = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "number", "minimum": 1, "maximum": 9}, "b": _TEXT},
}


def test_all_of_is_one_schema() -> None:
    """Members, demands and bounds of all parts count together, whether they stand in `allOf`, a reference or beside."""
    found = schema_of(
        {
            "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["c"], "properties": {"c": _TEXT}}],
            "required": ["b"],
            "properties": {"a": {"type": "integer", "minimum": 4, "maximum": 20}},
        },
        Base=_BASE,
    )
    assert found.types == {"object"}
    assert set(found.required) == {"a", "b", "c"}
    assert set(found.properties) == {"a", "b", "c"}
    narrowed = found.properties["a"]
    assert narrowed.types == {"integer"}
    assert {bound.keyword: bound.value for bound in narrowed.bounds} == {"minimum": 4, "maximum": 9}
    for value, valid in [(3, False), (4, True), (9, True), (10, False), (5.5, False)]:
        assert narrowed.is_valid(value) is valid
        assert found.is_valid({"a": value, "b": "", "c": ""}) is valid


def test_all_of_keeps_what_all_enums_list() -> None:
    """A value has to be in every enum that stands for it."""
    found = schema_of({"allOf": [{"enum": ["a", "b", "c"]}, {"type": "string", "enum": ["c", "b", "d"]}]})
    assert found.enum == ("b", "c")
    assert [found.is_valid(value) for value in "abcd"] == [False, True, True, False]


def test_all_of_within_all_of_is_flattened() -> None:
    """Depth makes no difference, and neither does the same part twice."""
    part = {"$ref": "#/components/schemas/Base"}
    found = schema_of({"allOf": [{"allOf": [part, {"allOf": [part]}]}, part]}, Base=_BASE)
    assert (found.required, tuple(found.properties)) == (("a",), ("a", "b"))


@pytest.mark.parametrize(
    ("schema", "types", "nullable"),
    [
        ({"type": "string"}, {"string"}, False),
        ({"type": ["string", "null"]}, {"string"}, True),
        ({"type": ["integer", "string"]}, {"integer", "string"}, False),
        ({"type": "null"}, set(), True),
        ({"enum": ["a", None]}, {"string"}, True),
        ({"enum": [1, "a"]}, {"integer", "string"}, False),
        ({"type": ["string", "null"], "enum": ["a", None]}, {"string"}, True),
        ({"type": ["string", "null"], "enum": ["a"]}, {"string"}, False),
        ({"type": "string", "enum": ["a", None]}, {"string"}, False),
        ({"const": True}, {"boolean"}, False),
        ({"const": None}, set(), True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"string"}, True),
        ({"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, {"integer", "boolean"}, False),
        ({"anyOf": [{"$ref": "#/components/schemas/Maybe"}, {"type": "integer"}]}, {"integer", "string"}, True),
        ({"allOf": [{"type": ["string", "null"]}, {"type": "string"}]}, {"string"}, False),
        ({"allOf": [{"$ref": "#/components/schemas/Maybe"}]}, {"string"}, True),
        ({"$ref": "#/components/schemas/Maybe"}, {"string"}, True),
        ({"properties": {"a": {}}}, {"object"}, False),
        ({}, set(), False),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_types_and_null(schema: Json, types: set[str], *, nullable: bool) -> None:
    """Types are a set without null, and null is told apart, however the two are written; validation agrees."""
    found = schema_of(schema, Maybe={"type": ["string", "null"]})
    assert found.types == types
    assert found.nullable is nullable
    if types and "properties" not in schema:  # members tell that an object is meant, and demand none
        assert found.is_valid(None) is nullable


def test_branches_are_the_alternatives() -> None:
    """Each alternative is valid by itself and together with what stands beside it; null is none of them."""
    found = schema_of({"maxLength": 3, "maximum": 5, "anyOf": [_TEXT, {"type": "integer"}, {"type": "null"}]})
    text, number = found.branches
    assert [*text.types, *number.types] == ["string", "integer"]
    assert [text.is_valid(value) for value in ("abc", "abcd", 3)] == [True, False, False]
    assert [number.is_valid(value) for value in (5, 6, "a")] == [True, False, False]
    assert [branch.types for branch in schema_of({"type": ["integer", "string"]}).branches] == [{"integer"}, {"string"}]


def test_parameters_of_the_path_belong_to_its_operations(tmp_path: Path) -> None:
    """An operation has the parameters of its path, but for those that it declares anew: by name and place."""

    def parameter(name: str, place: str, **more: Any) -> Json:
        return {"name": name, "in": place, "schema": _TEXT, **more}

    item = {
        "parameters": [
            parameter("page", "query"),
            parameter("page", "header"),
            parameter("X-Tenant", "header"),
            {"$ref": "#/components/parameters/Sort"},
        ],
        "get": {
            "operationId": "getIt",
            "parameters": [
                parameter("page", "query", required=True, schema={"type": "integer"}),
                parameter("x-tenant", "header", required=True),
                parameter("mine", "cookie"),
            ],
            "responses": answers(),
        },
        "post": {"operationId": "postIt", "responses": answers()},
    }
    made = loaded(tmp_path, {"/it": item}, components={"parameters": {"Sort": parameter("sort", "query")}})

    def declared(operation: Operation) -> dict[tuple[str, str], tuple[bool, set[str]]]:
        return {(p.location, p.name.lower()): (p.required, set(p.schema.types)) for p in operation.parameters}

    common = {("header", "page"): (False, {"string"}), ("query", "sort"): (False, {"string"})}
    assert declared(made.operation("getIt")) == common | {
        ("query", "page"): (True, {"integer"}),
        ("header", "x-tenant"): (True, {"string"}),
        ("cookie", "mine"): (False, {"string"}),
    }
    assert declared(made.operation("postIt")) == common | {
        ("query", "page"): (False, {"string"}),
        ("header", "x-tenant"): (False, {"string"}),
    }


@pytest.mark.parametrize("order", [("_4XX", "_404", "_409"), ("_404", "_409", "_4XX")])
def test_a_status_of_its_own_goes_before_a_range(order: tuple[str, ...], tmp_path: Path) -> None:
    """Wherever the range stands, an answer is judged by its own status where that is documented."""
    op = only(tmp_path, {"responses": answers(**{name: refused() for name in order}, _5xx=refused())})
    patterns = {status: response.pattern for status in (200, 400, 404, 409, 499, 503, 302, 600)
                if (response := op.response(status)) is not None}  # fmt: skip
    assert patterns == {200: "200", 400: "4XX", 404: "404", 409: "409", 499: "4XX", 503: "5XX"}


def test_a_success_may_be_a_range(tmp_path: Path) -> None:
    """`2XX` documents a success as any status of it does."""
    op = only(tmp_path, {"responses": {"2XX": refused()}})
    assert op.success.covers(202)
    assert not op.success.covers(301)


_SCHEMES = {
    "token": {"type": "http", "scheme": "Bearer"},
    "pair": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "key"},
    "crumb": {"type": "apiKey", "in": "cookie", "name": "session"},
    "flow": {"type": "oauth2", "flows": {}},
    "login": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    "digest": {"type": "http", "scheme": "digest"},
}


@pytest.mark.parametrize(
    ("security", "kind", "place"),
    [
        ([{"token": []}], "bearer", ("header", "Authorization")),
        ([{"pair": []}], "basic", ("header", "Authorization")),
        ([{"key": []}], "apiKey", ("header", "X-Key")),
        ([{"query": []}], "apiKey", ("query", "key")),
        ([{"crumb": []}], "apiKey", ("cookie", "session")),
        ([{"flow": ["all"]}], "bearer", ("header", "Authorization")),
        ([{"login": []}], "bearer", ("header", "Authorization")),
        ([{"digest": []}], "unknown", ("header", "Authorization")),
        ([{"key": []}, {"token": []}], "apiKey", ("header", "X-Key")),
        ([{"key": []}, {}], None, None),
        ([], None, None),
    ],
    ids=str,
)
def test_credentials_are_read_from_the_contract(
    security: list[Json], kind: str | None, place: tuple[str, str] | None, tmp_path: Path
) -> None:
    """The first alternative says which credentials are sent; where none need be, none are."""
    op = only(tmp_path, {"security": security}, components={"securitySchemes": _SCHEMES}, security=[{"token": []}])
    found = op.scheme
    assert (found.kind if found else None) == kind
    assert ((found.location, found.parameter) if found else None) == place


def test_security_of_the_root_holds_where_none_is_stated(tmp_path: Path) -> None:
    """An operation without a word about security is secured as the whole contract is."""
    op = only(tmp_path, {}, components={"securitySchemes": _SCHEMES}, security=[{"crumb": []}])
    assert op.scheme is not None
    assert op.scheme.name == "crumb"


def test_alternatives_are_all_kept(tmp_path: Path) -> None:
    """Several credentials at once, and one or the other, are told apart."""
    security: list[Json] = [{"key": [], "token": []}, {"pair": []}]
    op = only(tmp_path, {"security": security}, components={"securitySchemes": _SCHEMES})
    assert [[scheme.name for scheme in way] for way in op.security] == [["key", "token"], ["pair"]]


def test_webhooks_are_listed(tmp_path: Path) -> None:
    """A webhook is known by name, and is no operation that a server is asked for."""
    hook = {"post": {"operationId": "told", "responses": answers()}}
    paths = {"/it": {"get": {"operationId": "getIt", "responses": answers()}}}
    made = loaded(tmp_path, paths, webhooks={"done": hook, "failed": hook})
    assert made.webhooks == ("done", "failed")
    assert [operation.id for operation in made.operations] == ["getIt"]


def test_inputs_stand_where_they_are_given(tmp_path: Path) -> None:
    """A body's members and a request's parameters are inputs alike, each with its place, schema and duty."""
    schema = {"allOf": [{"required": ["a"]}, {"type": "object", "properties": {"a": _TEXT, "b": {"type": "integer"}}}]}
    content = {"application/json": {"schema": schema}, "application/x-www-form-urlencoded": {"schema": schema}}
    made = loaded(
        tmp_path,
        {
            "/of/{one}": {
                "put": {
                    "operationId": "putIt",
                    "parameters": [
                        {"name": "one", "in": "path", "required": True, "schema": _TEXT},
                        {"name": "two", "in": "query", "schema": _TEXT},
                    ],
                    "requestBody": {"required": True, "content": content},
                    "responses": answers(),
                }
            }
        },
    )
    op = made.operation("putIt")
    assert [(found.name, found.location, found.required) for found in op.inputs] == [
        ("one", "path", True),
        ("two", "query", False),
        ("a", "body", True),
        ("b", "body", False),
    ]
    assert op.body is not None
    assert [(media.kind, [found.name for found in media.inputs]) for media in op.body.media] == [
        ("json", ["a", "b"]),
        ("urlencoded", ["a", "b"]),
    ]


_REPEATED = """\
openapi: 3.1.0
info: {title: A service, version: 1.0.0}
paths:
  /it:
    get:
      operationId: getIt
      parameters:
        - name: colour
          in: query
          schema:
            type: string
            enum:
              - red
              - green
              - red
      responses:
        '200': {description: Fine.}
"""


@pytest.mark.parametrize("arguments", [("lint",), ("requirements", "--contract"), ("run", "--dry-run", "--contract")])
def test_a_value_that_is_listed_twice(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """From every command one line tells file, line and pointer of the second of the two."""
    path = written(tmp_path, _REPEATED)
    said = command(*arguments, path)
    place = f"{path}:15: #/paths/~1it/get/parameters/0/schema/enum/2"
    assert place in said.stdout + said.stderr
    assert said.code == (1 if arguments == ("lint",) else ExitCode.USAGE)


@pytest.mark.parametrize("arguments", [("lint",), ("requirements", "--contract"), ("run", "--dry-run", "--contract")])
def test_a_key_that_stands_twice(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """From every command one line tells file, line and pointer of a key that YAML readers would silently replace."""
    path = written(
        tmp_path,
        _REPEATED.replace(
            "              - red\n      responses", "              - blue\n          in: header\n      responses"
        ),
    )
    said = command(*arguments, path)
    assert f"{path}:16: #/paths/~1it/get/parameters/0/in" in said.stdout + said.stderr
    assert "`in` stands here twice" in said.stdout + said.stderr
    assert said.code == (1 if arguments == ("lint",) else ExitCode.USAGE)


def test_the_error_of_a_key_that_stands_twice_is_raised_on_reading(tmp_path: Path) -> None:
    """Who reads a contract from Python is told as well."""
    path = written(tmp_path, _REPEATED.replace("info:", "openapi: 3.1.1\ninfo:"))
    with pytest.raises(ContractError, match=rf"{re.escape(str(path))}:2: #/openapi: `openapi` stands here twice"):
        load(path)
