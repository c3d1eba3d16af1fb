"""Clients that make of answers what they do not say: each is the honest one but for one thing."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from typing import Any

from conformance.contract import Schema, Stage
from tests.clients.broken.honest import HonestClient, Reply, TroubleError
from tests.clients.broken.naming import Clients, naming

__all__ = ["READING"]

READING: Clients = {}
"""By their names."""

broken = naming(READING)


@broken("closed-enum")
class ClosedEnum(HonestClient):
    def read(self, reply: Reply) -> Any:
        value = HonestClient.read(self, reply)
        for name, schema in _members(self.operation.success.schema).items():
            if schema.enum and name in value and value[name] not in schema.enum:
                raise TroubleError("invalid_answer", status=reply.status, message=f"{value[name]} is no {name}")
            if schema.lifecycle and name in value and value[name] not in schema.lifecycle.stages:
                raise TroubleError("invalid_answer", status=reply.status, message=f"{value[name]} is no {name}")
        return value


@broken("closed-objects")
class ClosedObjects(HonestClient):
    def read(self, reply: Reply) -> Any:
        value = HonestClient.read(self, reply)
        if value.keys() - _members(self.operation.success.schema).keys():
            raise TroubleError("invalid_answer", status=reply.status, message="has a member that is not known")
        return value


@broken("waits-for-ever")
class WaitsForEver(HonestClient):
    """Forgets the time at a status that it does not know."""

    def stage(self, value: Any) -> Stage | None:
        found = HonestClient.stage(self, value)
        if found is None and value is not None:
            self.deadline = time.monotonic() + 3600
        return found


@broken("takes-unknown-for-done")
class TakesUnknownForDone(HonestClient):
    def stage(self, value: Any) -> Stage | None:
        stage = HonestClient.stage(self, value)
        is_over = value is None and time.monotonic() >= self.deadline  # the last look was cut short, and shows nothing
        return stage if is_over else stage or "succeeded"


@broken("only-200")
class Only200(HonestClient):
    def is_success(self, reply: Reply) -> bool:
        return reply.status == self.operation.success.status


@broken("status-unseen")
class StatusUnseen(HonestClient):
    """Takes whatever came for a success."""

    def understood(self, reply: Reply) -> Any:
        try:
            return json.loads(reply.body)
        except ValueError:
            return {"text": reply.body.decode("utf-8", "replace")}


@broken("dies-of-html")
class DiesOfHtml(HonestClient):
    def refused(self, reply: Reply) -> TroubleError:
        if "json" not in reply.headers.get("content-type", ""):
            os._exit(3)
        return HonestClient.refused(self, reply)


@broken("loses-the-request-id")
class LosesTheRequestId(HonestClient):
    def request_id(self, reply: Reply) -> str | None:
        return None


@broken("loses-the-status")
class LosesTheStatus(HonestClient):
    def refused(self, reply: Reply) -> TroubleError:
        made = HonestClient.refused(self, reply)
        made.said["status"] = None
        return made


@broken("seconds-only")
class SecondsOnly(HonestClient):
    def read(self, reply: Reply) -> Any:
        value = HonestClient.read(self, reply)
        for name, found in value.items():
            if isinstance(found, int | float) and not isinstance(found, bool) and 1e9 < found < 1e14:
                value[name] = datetime.fromtimestamp(min(found, 2e11), UTC).isoformat()
        return value


@broken("fills-what-is-absent")
class FillsWhatIsAbsent(HonestClient):
    def read(self, reply: Reply) -> Any:
        value = HonestClient.read(self, reply)
        return {**dict.fromkeys(_members(self.operation.success.schema), ""), **value}


@broken("shows-the-token")
class ShowsTheToken(HonestClient):
    def trouble(self, kind: str, **said: Any) -> TroubleError:
        made = HonestClient.trouble(self, kind, **said)
        made.said["message"] = f"{made.said['message']} (Authorization: Bearer {self.call['token']})"
        return made


@broken("loses-the-code")
class LosesTheCode(HonestClient):
    def refused(self, reply: Reply) -> TroubleError:
        made = HonestClient.refused(self, reply)
        made.said["code"] = None
        return made


@broken("trims-answers")
class TrimsAnswers(HonestClient):
    def read(self, reply: Reply) -> Any:
        value = HonestClient.read(self, reply)
        return {name: member.strip() if isinstance(member, str) else member for name, member in value.items()}


@broken("takes-full-progress-for-done")
class TakesFullProgressForDone(HonestClient):
    def stage(self, value: Any) -> Stage | None:
        known = self.operation.success.by_role("progress")
        is_full = known is not None and isinstance(value, dict) and known.read(value)[1] == 100
        return "succeeded" if is_full else HonestClient.stage(self, value)


def _members(schema: Schema | None) -> dict[str, Schema]:
    return {} if schema is None else dict(schema.properties)
