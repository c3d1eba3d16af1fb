"""Checks that what is announced as JSON is JSON (RFC 8259)."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

from conformance.checks.findings import Context, Finding, check, failed, passed
from conformance.engine.exchange import Exchange

__all__ = ["json_text"]

_NUMBERS, _NAMES, _UTF8, _SYNTAX = "json/numbers", "json/unique-names", "json/utf-8", "json/syntax"


@check("json/*")
def json_text(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """The body is one strict JSON text in UTF-8."""
    answer = exchange.answer
    if answer is None or answer.cut or not answer.body or not answer.media_type.endswith("json"):
        return
    if answer.body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        yield failed(_UTF8, "the body starts with a byte order mark", exchange)
        return
    try:
        text = answer.body.decode("utf-8")
    except UnicodeDecodeError as error:
        yield failed(_UTF8, f"the body is not UTF-8: {error.reason} at byte {error.start}", exchange)
        return
    if "\0" in text:
        yield failed(_UTF8, "the body has NUL bytes, as UTF-16 has", exchange)
        return
    yield passed(_UTF8, exchange)
    repeated: list[str] = []
    constants: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, value in found:
            if name in made:
                repeated.append(name)
            made[name] = value
        return made

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=constants.append)
    except (ValueError, RecursionError) as error:
        yield failed(_SYNTAX, f"the body is not JSON: {error}", exchange)
        return
    yield passed(_SYNTAX, exchange)
    yield failed(_NUMBERS, f"the body holds {constants[0]}", exchange) if constants else passed(_NUMBERS, exchange)
    yield failed(_NAMES, f"the name {repeated[0]!r} occurs twice", exchange) if repeated else passed(_NAMES, exchange)
