"""Checks that an answer shows nothing that only the operator should see."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.checks.findings import Context, Finding, check, failed, passed
from conformance.engine.exchange import Exchange
from conformance.engine.fingerprint import texts

__all__ = ["secrecy"]

_TRACE = re.compile(
    r"Traceback \(most recent call last\)"
    r"|^[ \t]*File \"[^\"\n]+\", line \d+"
    r"|^[ \t]*at [\w.$<>/]+ ?\([^()\n]*:\d+(?::\d+)?\)"
    r"|\bat [\w$]+(?:\.[\w$<>]+)+\([\w$]+\.(?:java|kt|scala):\d+\)"
    r"|goroutine \d+ \[|\bpanic: |runtime error: |\.go:\d+ \+0x"
    r"|\bat [\w.<>`]+\(.{0,300}\) in [^\n]{1,300}:line \d+"
    r"|\.rb:\d+:in [`']|thread '[^']+' panicked at|stack backtrace:"
    r"|PHP (?:Fatal|Warning|Parse)|Stack trace:\s*\n?#0 |#\d+ [^\n]{0,300}\.php\(\d+\)"
    r"|Exception in thread|\bORA-\d{5}|SQLSTATE\[",
    re.MULTILINE,
)
_PATH = re.compile(
    r"(?<![\w/.:])/(?:app|home|root|usr|var|opt|etc|srv|tmp|mnt|data|go|src|workspace|Users|proc|lib|build)/(?:[\w.@~+-]+/)*[\w@~+-]*\.?[\w-]+"
    r"|\b[A-Za-z]:\\\\?(?:[\w .-]+\\\\?)+"
    r"|(?:site-packages|node_modules|/vendor)/[\w./-]+"
    r"|(?<![\w./-])[\w./-]+\.(?:py|go|java|rb|php|ts|rs|cs):\d+\b"
)


@check("secrecy/*")
def secrecy(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """No trace, no path, no credential, in the body or in a header."""
    answer = exchange.answer
    if answer is None:
        return
    shown = [answer.body.decode("utf-8", "replace"), *texts(answer.json), *(value for _, value in answer.headers)]
    text = "\n".join(shown)
    sent = exchange.probe.request.body.decode("utf-8", "replace") + exchange.probe.request.path
    yield _judge("secrecy/stack-trace", _TRACE, text, sent, exchange)
    yield _judge("secrecy/file-path", _PATH, text, sent, exchange)
    if exchange.leaks:
        yield failed("secrecy/credential", f"the token stands in the {exchange.leaks[0]}", exchange)
    else:
        yield passed("secrecy/credential", exchange)


def _judge(requirement: str, pattern: re.Pattern[str], text: str, sent: str, exchange: Exchange) -> Finding:
    """What the request itself said is no secret."""
    shown = next((match[0] for match in pattern.finditer(text) if match[0].strip() not in sent), None)
    return (
        passed(requirement, exchange)
        if shown is None
        else failed(requirement, f"the answer shows {shown.strip()!r}", exchange)
    )
