"""Outcomes on request, for people who build an app against this server (RFC 7240, `Prefer`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from urllib.request import parse_http_list

from attrs import evolve

from conformance.reference.calls import Call, Refusal, Script
from conformance.reference.outcomes import UnfollowedError, changes
from conformance.reference.refusals import phrase

__all__ = ["obey", "obeyed", "pause", "prefer", "told"]

_PREFERENCE = re.compile(r'([\w!#$%&*+.^`|~-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";]*)))?', re.ASCII)
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_LONGEST = 200


async def prefer(call: Call) -> Call:
    """Read what the caller prefers; what cannot be followed is ignored, as the RFC demands, and told."""
    preferences = call.request.headers.getlist("prefer")
    if not preferences:
        return call
    script = Script()
    seen: set[str] = set()
    for name, value, whole in _read(preferences):
        if not name:
            script = _ignored(script, whole, "it is no preference")
        elif name in seen:  # RFC 7240, section 2: the first one counts
            script = _ignored(script, whole, "it was said before")
        else:
            script = _with(script, call, name, value, whole)
        seen.add(name)
    return call.but(script=script)


async def obey(call: Call) -> Call:
    """Wait as long as was asked for, and refuse where that was."""
    return await obeyed(call, "as the Prefer header asks") if call.script.applied else call


async def obeyed(call: Call, why: str) -> Call:
    """Follow what a script says of the answer to this very call.

    Raises:
        Refusal: it is to be refused.
    """
    script = call.script
    if script.wait:
        await asyncio.sleep(script.wait)
    if script.code is not None and script.code >= 400:
        raise Refusal(script.code, f"{phrase(script.code)}, {why}", headers=pause(call, script.pause))
    return call


def pause(call: Call, seconds: int | None) -> dict[str, str]:
    """Return the header that asks to wait before the next try, by the name that the contract gives it."""
    if seconds is None:
        return {}
    named = (response.header_by_role("retry-after") for response in call.routed.responses)
    return {next((name for name in named if name), "Retry-After"): str(seconds)}


def told(script: Script) -> str:
    """Write what came of the preferences of a call: those that are followed, and under `ignored` the others.

    RFC 7240 lets a server say more than it applied: `ignored` is a word of ours, and nobody's preference.
    """
    words = [f"{name}={_word(value)}" if value else name for name, value in script.applied]
    if script.ignored:
        words.append(f"ignored={_word(', '.join(name for name, _ in script.ignored), quoted=True)}")
    return ", ".join(words)


def _read(headers: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each preference: its name, its value, and as it was written; the name of what is none is empty."""
    for header in headers:
        for whole in parse_http_list(header):
            if not whole:
                continue
            match = _PREFERENCE.match(whole)
            rest = "" if match is None else whole[match.end() :].strip()
            if match is None or (rest and not rest.startswith(";")):  # parameters follow a semicolon
                yield "", "", whole
                continue
            quoted, plain = match[2], match[3]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain or ""
            yield match[1].lower(), value, match[0].strip()


def _with(script: Script, call: Call, name: str, value: str, whole: str) -> Script:
    try:
        changed = changes(name, value, call.served)
    except UnfollowedError as error:
        return _ignored(script, whole, str(error))
    return evolve(script, applied=(*script.applied, (name, value)), **changed)


def _ignored(script: Script, whole: str, why: str) -> Script:
    return evolve(script, ignored=(*script.ignored, (whole[:_LONGEST], why)))


def _word(value: str, *, quoted: bool = False) -> str:
    """Write a value as a token or, where it is none, as a quoted string without what no header can carry."""
    if not quoted and _TOKEN.fullmatch(value):
        return value
    kept = "".join(character if " " <= character <= "~" else "?" for character in value)
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'
