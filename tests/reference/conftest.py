"""What the tests of the reference server share."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import yaml

from conformance.contract import Contract, default_path, load
from conformance.reference import ReferenceServer
from tests.reference.caller import TOKEN, Caller

Serve = Callable[..., Caller]

# Made once: to load the system's certificates anew takes longer than most of these tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture
def serve(contract: Contract) -> Iterator[Serve]:
    """Starts servers, and holds every one of them to have had no defect."""
    with ExitStack() as stack:
        servers = []

        def start(*behaviours: str, contract: Contract = contract, **options: Any) -> Caller:
            server = ReferenceServer(contract, token=TOKEN, behaviours=behaviours, **options)
            servers.append(stack.enter_context(server))
            http = httpx.Client(
                base_url=server.url,
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=10,
                trust_env=False,
                verify=NO_TLS,
            )
            return Caller(server, stack.enter_context(http))

        yield start
    assert [server.defects for server in servers] == [()] * len(servers)


@pytest.fixture
def caller(serve: Serve) -> Caller:
    """A client of a correct server."""
    return serve()


@pytest.fixture(scope="session")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with a way to look a job up, to fetch its result and to remix it."""
    document = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    create_path, create = next(
        (path, item["post"]) for path, item in document["paths"].items() if item.get("post", {}).get("x-billable")
    )
    success, missing = create["responses"]["200"], create["responses"]["400"]
    parameter = {"name": "job", "in": "path", "required": True, "schema": {"type": "string"}}
    secured = {"parameters": [parameter], "security": create["security"]}
    binary = {"description": "The result.", "content": {"video/mp4": {}}}
    document["paths"][create_path + "/{job}"] = {
        "get": {**secured, "operationId": "lookUp", "responses": {"200": success, "404": missing}}
    }
    document["paths"][create_path + "/{job}/result"] = {
        "get": {**secured, "operationId": "fetch", "responses": {"200": binary, "404": missing, "409": missing}}
    }
    body = {"content": {"application/json": {"schema": {"type": "object", "required": ["text"]}}}, "required": True}
    document["paths"][create_path + "/{job}/again"] = {
        "post": {
            **secured, "operationId": "again", "requestBody": body, "responses": {"200": success, "404": missing},
        }
    }  # fmt: skip
    document["paths"]["/health"] = {
        "get": {
            "operationId": "health",
            "security": [],
            "responses": {
                "200": {
                    "description": "Fine.",
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["up", "notes"],
                                "properties": {"up": {"const": True}, "notes": {"type": "array"}},
                            }
                        }
                    },
                },
                "503": missing,
            },
        }
    }
    path = tmp_path_factory.mktemp("wider") / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)
