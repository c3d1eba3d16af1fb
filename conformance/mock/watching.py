"""Makes of a call what the log tells of it, without its secrets."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from conformance.contract import Input
from conformance.mock.log import RequestLog
from conformance.mock.notes import notes_of
from conformance.mock.record import RequestRecord
from conformance.reference.application import Watch
from conformance.reference.calls import Call
from conformance.reference.security import presented

__all__ = ["watcher"]

_HIDDEN = "***"
_SHORTEST = 4  # what is shorter could be part of any word, and is no secret
_LONGEST = 500
_SCHEMES = ("bearer", "basic", "digest", "token", "apikey")
_IN_QUERY = re.compile(r"([?&][^=&]*(?:key|token|secret|auth|passw|sig)[^=&]*=)[^&]+", re.IGNORECASE)


def watcher(log: RequestLog) -> Watch:
    """Return what writes each call into a log."""

    def watch(call: Call, seconds: float) -> None:
        log.add(_record(call, seconds))

    return watch


def _record(call: Call, seconds: float) -> RequestRecord:
    notes, thing, refusal = notes_of(call), call.thing, call.refusal
    deed, script = notes.deed, call.script
    made = thing is not None and call.service is not None and call.service.makes
    secrets = sorted(set(_secrets(call)), key=len, reverse=True)
    lives = thing is not None and call.service is not None and call.service.lives
    answered = call.prepared is not None and notes.sent != 0
    return RequestRecord(
        began=time.time() - seconds,
        request=call.ordinal,
        method=_without(secrets, call.request.scope["method"])[:_LONGEST],
        path=_without(secrets, _target(call))[:_LONGEST],
        operation=call.routed.id if call.service is not None else None,
        status=call.prepared.status if call.prepared is not None and answered else None,
        seconds=seconds,
        job=_without(secrets, str(thing.id)) if thing is not None else None,
        made=made,
        model=_without(secrets, _model(call) or "") or None,
        stage=thing.stage if thing is not None and lives else None,
        progress=thing.progress if thing is not None and lives else None,
        refused=_without(secrets, refusal.message) if refusal is not None else None,
        field=refusal.field if refusal is not None else None,
        followed=tuple(_without(secrets, f"{name}={value}") for name, value in script.applied),
        ignored=tuple((_without(secrets, name), _without(secrets, why)) for name, why in script.ignored),
        script=notes.rule,
        nasty=deed.name if deed is not None else None,
        nasty_says=(*((deed.says,) if deed is not None else ()), *notes.traits),
        hidden=made and deed is not None and deed.hides,
    )


def _target(call: Call) -> str:
    scope = call.request.scope
    raw: Any = scope.get("raw_path")
    path = raw.decode("latin-1") if isinstance(raw, bytes) else str(scope["path"])
    query = scope["query_string"].decode("latin-1")
    return path + _IN_QUERY.sub(lambda match: match[1] + _HIDDEN, f"?{query}") if query else path


def _model(call: Call) -> str | None:
    declared: Input | None = None
    if call.service is not None:
        declared = next((found for found in call.routed.inputs if found.schema.role == "model"), None)
    value = call.values.get(declared.name) if declared is not None else None
    return None if value is None else str(value)[:_LONGEST]


def _secrets(call: Call) -> Iterator[str]:
    """Yield what must not be told, in each spelling: the server's own token, and whatever callers offer as theirs."""
    offered = [word for value in presented(call) for word in value.split() if word.lower() not in _SCHEMES]
    for secret in (call.world.token, *offered, *call.request.cookies.values()):
        for written in (secret, quote(secret, safe=""), unquote(secret)):
            if len(written) >= _SHORTEST:
                yield written


def _without(secrets: list[str], text: str) -> str:
    for secret in secrets:
        text = re.sub(re.escape(secret), _HIDDEN, text, flags=re.IGNORECASE)
    return text
