"""The words that the contract's extensions may use.

Code knows roles and never the names of fields, so a misspelt role would silently switch off what reads it.
A new role is added here together with the code that gives it a meaning.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DEPARTURES", "EXTENSIONS", "PROVENANCES", "ROLES", "STAGES"]

PROVENANCES = ("documented", "observed", "convention")

STAGES = ("waiting", "running", "succeeded", "failed")

DEPARTURES = (
    *("operation", "field", "type", "required", "value", "deprecated", "default", "limits", "example", "provenance"),
    *("status", "answer-example", "sample", "credential", "media", "server"),
)
"""In what a contract can differ from the page that it was written from."""

EXTENSIONS: Mapping[str, frozenset[str] | None] = {
    "x-provenance": None,
    "x-counts": None,
    "x-should": frozenset({"schema"}),
    "x-departures": frozenset({"document"}),
    "x-cost": frozenset({"schema"}),
    "x-role": frozenset({"schema", "header"}),
    "x-echoes": frozenset({"schema"}),
    "x-lifecycle": frozenset({"schema"}),
    "x-nothing-made": frozenset({"schema"}),
    "x-billable": frozenset({"operation"}),
    "x-optional": frozenset({"operation"}),
}
"""Each extension with the kinds of elements that it may stand on; None is any."""

ROLES: Mapping[str, str] = {
    "id": "identifies the job",
    "legacy-id": "repeats the id under an older name",
    "parent-id": "identifies the job that this one was made from",
    "model": "names what makes the result",
    "status": "says where the job stands",
    "progress": "says how much of the job is done",
    "created-time": "says when the job was created",
    "completed-time": "says when the job ended",
    "expiry-time": "says until when the result can be fetched",
    "failure": "says why the job failed",
    "result-url": "says where the result can be fetched",
    "error": "holds the reason of a refusal, or is it",
    "error-detail": "gives the reason of a refusal as some frameworks do",
    "success-flag": "is false where a body reports a failure",
    "error-code": "gives the reason of a refusal or failure to programs",
    "error-message": "gives the reason of a refusal or failure to people",
    "error-field": "names the request field that is at fault",
    "request-id": "identifies the exchange in the server's logs",
    "retry-after": "says how long to wait before the next attempt",
    "challenge": "says how to authenticate",
}
