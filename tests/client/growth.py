"""Ways in which a contract grows, each as the YAML that is added, and contracts that are not ours at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.client.recorder import JOB

CONTRACT = Path(__file__).resolve().parents[2] / "openapi.yaml"
HERE = Path(__file__).resolve().parent / "growth"

#: Answers of the grown contract, and of the loans of books.
GROWN_JOB = {**JOB, "cost": 0.5, "owner": {"name": "ada", "tier": 1}, "region": "eu"}
LOAN = {"id": 7, "book": {"isbn": "1", "parts": [{"isbn": "2"}]}, "reader": "ada", "days": 14, "state": "lent"}

#: Fields of the form that creates a job.
FIELDS = """
components:
  schemas:
    CreateVideoRequest:
      required: [model, prompt, scale]
      properties:
        strength: {type: [string, 'null'], description: How much changes.}
        style:
          description: How it looks.
          allOf:
            - {$ref: '#/components/schemas/Style'}
            - {type: object, required: [name], properties: {name: {type: string}}}
        quality:
          description: How good it is.
          oneOf:
            - {type: string, enum: [low, high]}
            - {type: integer, minimum: 1}
        filters: {type: array, items: {type: string, enum: [sepia, noir]}, description: What is done to it.}
        scale: {type: integer, minimum: 5, description: How large it is.}
        camera: {type: string, enum: [pan, tilt], description: How the camera moves.}
        label: {$ref: '#/components/schemas/A%20B', description: What is written on it.}
        crop: {$ref: '#/components/schemas/A~1C', description: What is cut off.}
        tint: {$ref: '#/components/schemas/Style/properties/tint', description: Which colour it has.}
    Style: {type: object, properties: {tint: {type: string, enum: [red, blue]}, weight: {type: number}}}
    A B: {type: object, required: [text], properties: {text: {type: string}}}
    A/C: {type: string, enum: [top, bottom]}
    Video:
      required: [id, object, model, status, progress, created_at, cost, owner]
      properties:
        cost: {type: number, minimum: 0.5, description: What it costs.}
        owner: {$ref: '#/components/schemas/Owner', description: Whose it is.}
        visibility: {type: string, enum: [public, private], description: Who sees it.}
    Owner: {type: object, required: [name, tier], properties: {name: {type: string}, tier: {type: integer}}}
"""

#: The form, and the answer, as what several schemas say together.
WHOLES = """
components:
  schemas:
    CreateVideoRequest:
      allOf:
        - {type: object, properties: {audio: {type: string, format: binary, description: What is heard.}}}
        - {type: object, required: [prompt], properties: {loops: {type: integer, description: How often it repeats.}}}
    Video:
      allOf:
        - {type: object, required: [region], properties: {region: {type: string, description: Where it is made.}}}
"""

#: What else can be asked of the server.
OPERATIONS = """
paths:
  /v1/videos:
    get:
      operationId: listVideos
      tags: [videos]
      summary: List jobs
      security: [{bearerAuth: []}]
      parameters:
        - {name: after, in: query, required: true, schema: {type: string, examples: [video_1]}}
        - {name: status, in: query, schema: {type: array, items: {$ref: '#/components/schemas/VideoStatus'}}}
        - {name: fields, in: query, explode: false, schema: {type: array, items: {type: string}}}
        - {name: tags, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}
        - {name: where, in: query, style: deepObject, schema: {$ref: '#/components/schemas/Where'}}
        - {name: sort, in: query, schema: {$ref: '#/components/schemas/Where'}}
        - {name: deleted, in: query, schema: {type: boolean}}
        - {name: shape, in: query, content: {application/json: {schema: {type: object}}}}
      responses:
        '200':
          description: The jobs.
          content:
            application/json:
              schema:
                type: object
                required: [data]
                properties: {data: {type: array, items: {$ref: '#/components/schemas/Video'}}, next: {type: string}}
  /v1/videos/{video-id}:
    parameters:
      - {name: video-id, in: path, required: true, description: Identifies the job., schema: {type: string}}
      - {name: X-Region, in: header, schema: {type: string}}
    get:
      operationId: getVideo
      tags: [videos]
      security: [{bearerAuth: []}]
      parameters:
        - {name: X-Region, in: header, required: true, schema: {type: string, enum: [eu, us]}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: X-Parts, in: header, schema: {type: array, items: {type: integer}}}
      responses:
        '200':
          description: The job.
          content: {application/json: {schema: {$ref: '#/components/schemas/Video'}}}
        '404':
          description: There is no such job.
          content: {application/json: {schema: {$ref: '#/components/schemas/ErrorAnswer'}}}
        4XX:
          description: Refused.
          content: {application/json: {schema: {$ref: '#/components/schemas/ErrorAnswer'}}}
    delete:
      operationId: deleteVideo
      tags: [videos]
      security: [{bearerAuth: []}]
      responses: {'204': {description: It is gone.}}
  /v1/videos/{video-id}/content:
    get:
      operationId: downloadVideo
      tags: [videos]
      security: [{bearerAuth: []}]
      parameters:
        - {name: video-id, in: path, required: true, schema: {type: string}}
      responses: {'200': {description: The video., content: {video/mp4: {}}}}
  /v1/videos/{video-id}/remix:
    post:
      operationId: remixVideo
      tags: [videos]
      x-billable: true
      security: [{bearerAuth: []}]
      parameters:
        - {name: video-id, in: path, required: true, schema: {type: string}}
        - {name: prompt, in: query, schema: {type: boolean}}
      requestBody:
        required: true
        content:
          multipart/form-data:
            schema:
              type: object
              required: [prompt]
              properties:
                prompt: {type: string}
                mask: {type: string, format: binary}
                hints: {type: array, items: {type: string}}
      responses:
        '200':
          description: The new job.
          content: {application/json: {schema: {$ref: '#/components/schemas/Video'}}}
  /v1/estimates:
    post:
      operationId: estimateCost
      tags: [videos]
      security: [{bearerAuth: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [model]
              properties:
                model: {$ref: '#/components/schemas/VideoModel'}
                budget: {type: [number, 'null']}
                choice: {enum: [fast, 2, null]}
      responses:
        '200':
          description: The cost.
          content: {application/json: {schema: {type: object, required: [cost], properties: {cost: {type: number}}}}}
components:
  schemas:
    Where:
      type: object
      properties: {model: {type: string}, limit: {type: integer}}
webhooks:
  videoEnded:
    post:
      summary: A job has ended
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Video'}}}}
      responses: {'204': {description: Understood.}}
"""

#: Each of the ways in which callers can say who they are.
SECURITY = """
components:
  securitySchemes:
    headerKey: {type: apiKey, in: header, name: X-Api-Key}
    queryKey: {type: apiKey, in: query, name: api_key}
    cookieKey: {type: apiKey, in: cookie, name: key}
    login: {type: http, scheme: basic}
paths:
  /header: {get: {operationId: byHeader, security: [{headerKey: []}], responses: {'204': {description: Done.}}}}
  /query:
    get:
      operationId: byQuery
      security: [{queryKey: []}]
      parameters: [{name: q, in: query, explode: false, schema: {type: array, items: {type: string}}}]
      responses: {'204': {description: Done.}}
  /cookie:
    get:
      operationId: byCookie
      security: [{cookieKey: []}]
      parameters: [{name: session, in: cookie, schema: {type: string}}]
      responses: {'204': {description: Done.}}
  /basic: {get: {operationId: byLogin, security: [{login: []}], responses: {'204': {description: Done.}}}}
  /open: {get: {operationId: byNothing, security: [], responses: {'204': {description: Done.}}}}
  /either:
    get:
      operationId: byEither
      security: [{login: []}, {queryKey: []}]
      responses: {'204': {description: Done.}}
  /both:
    get:
      operationId: byBoth
      security: [{headerKey: [], bearerAuth: []}]
      responses: {'204': {description: Done.}}
  /maybe: {get: {operationId: byChoice, security: [{}, {headerKey: []}], responses: {'204': {description: Done.}}}}
"""


def grown(*edits: str) -> dict[str, Any]:
    """The project's contract with some additions, which take the place of what it calls the same."""
    contract: dict[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    for edit in map(yaml.safe_load, edits):
        added = {operation["operationId"] for _, _, operation in _operations(edit)}
        for path, method, operation in _operations(contract):
            if operation["operationId"] in added:
                del contract["paths"][path][method]
        _forget_encodings(contract, edit)
        _add(contract, edit)
    return contract


def _forget_encodings(node: Any, edit: dict[str, Any]) -> None:
    """Take out how the contract writes fields that an edit is going to define."""
    schemas = edit.get("components", {}).get("schemas", {}).values()
    defined = {name for schema in schemas for name in schema.get("properties", ())}
    pending = [node]
    while pending:
        node = pending.pop()
        pending += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if isinstance(node, dict) and isinstance(node.get("encoding"), dict):
            node["encoding"] = {name: how for name, how in node["encoding"].items() if name not in defined}


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    ]


def other(name: str) -> dict[str, Any]:
    """A contract that is not this project's."""
    found: dict[str, Any] = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def _add(target: dict[str, Any], more: dict[str, Any]) -> None:
    for key, value in more.items():
        if key == "properties":
            target[key] = {**target.get(key, {}), **value}
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            _add(target[key], value)
        else:
            target[key] = value
