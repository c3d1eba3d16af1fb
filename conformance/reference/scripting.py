"""Outcomes on request, for people who build an app against this server (RFC 7240, `Prefer`)."""

from __future__ import annotations

import asyncio
import re
from typing import get_args

from attrs import evolve

from conformance.contract import Stage
from conformance.reference.calls import Call, Refusal, Script
from conformance.reference.refusals import phrase

__all__ = ["LONGEST_WAIT", "prefer"]

LONGEST_WAIT = 600.0
_PREFERENCE = re.compile(r'\s*([\w-]+)\s*=\s*"?([\w.-]+)"?\s*', re.ASCII)


async def prefer(call: Call) -> Call:
    """Follow `code=STATUS`, `job=STAGE` and `wait=SECONDS`; ignore every other preference, as the RFC demands."""
    preferences = call.request.headers.getlist("prefer")
    if not preferences:
        return call
    script = Script()
    for header in preferences:
        for preference in header.split(","):
            match = _PREFERENCE.fullmatch(preference.partition(";")[0])
            if match:
                script = _with(script, call, match[1].lower(), match[2])
    if script.wait:
        await asyncio.sleep(script.wait)
    call = call.but(script=script)
    if script.code is not None and script.code >= 400:
        raise Refusal(script.code, f"{phrase(script.code)}, as the Prefer header asks")
    return call


def _with(script: Script, call: Call, name: str, value: str) -> Script:
    applied = (*script.applied, f"{name}={value}")
    if name == "code" and re.fullmatch("[0-9]{3}", value) and call.routed.response(int(value)):
        return evolve(script, code=int(value), applied=applied)
    if name == "job" and value in get_args(Stage):
        stage: Stage = value  # type: ignore[assignment]  # the line above says that it is one
        return evolve(script, stage=stage, applied=applied)
    if name == "wait" and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value, re.ASCII):
        return evolve(script, wait=min(float(value), LONGEST_WAIT), applied=applied)
    return script
