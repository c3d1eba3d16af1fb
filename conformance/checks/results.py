"""Checks of results: bytes that are what their type says, ranges of them (RFC 9110, 14), and the answer to HEAD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from attrs import frozen

from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, open_, passed, run_check
from conformance.contract.lives import downloads
from conformance.engine.exchange import Answer, Exchange, Outcome
from conformance.requirements.lifecycle import content_id

__all__ = ["asks_for_part", "is_about_a_part", "results_in_parts", "true_to_type"]

_PARTIAL, _UNSATISFIABLE = 206, 416
_NO_HEAD = (404, 405, 501)
_ASKED = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_SENT = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.ASCII)
_TEXTUAL = re.compile(r"text/.*|.*[/+](json|xml)|application/(xhtml.*|javascript|x-ndjson)")
_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html[\s>])", re.IGNORECASE)
_LOOKED_AT = 65_536  # bytes: what a server says by mistake is shorter


def asks_for_part(exchange: Exchange) -> bool:
    """Tell whether a request asks for a range."""
    return any(name.lower() == "range" for name, _ in exchange.probe.request.headers)


def is_about_a_part(exchange: Exchange) -> bool:
    """Tell whether an answer is about the range that was asked for: HTTP's own, whatever the contract lists."""
    return asks_for_part(exchange) and exchange.status in (_PARTIAL, _UNSATISFIABLE)


@check("*/content/true-to-type")
def true_to_type(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What is sent as a video is no error in JSON and no page."""
    operation, answer = exchange.probe.operation, exchange.answer
    if answer is None or not answer.body or exchange.outcome is not Outcome.ACCEPTED or not is_of_operation(exchange):
        return
    requirement = content_id(operation, "true-to-type")
    if requirement not in context.catalogue or is_about_a_part(exchange) or not downloads(context.contract, operation):
        return
    what = None if _TEXTUAL.fullmatch(answer.media_type) else _text_in(answer)
    if what is None:
        yield passed(requirement, exchange)
    else:
        yield failed(requirement, f"{what} came as {answer.media_type or 'no media type'}", exchange)


def _text_in(answer: Answer) -> str | None:
    """Return what a body is in truth, where it is a page or JSON."""
    if _PAGE.match(answer.body[:_LOOKED_AT]):
        return "a page of HTML"
    if answer.cut or len(answer.body) > _LOOKED_AT or answer.body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return "JSON"


@frozen
class _Whole:
    """A result as it was sent whole."""

    answer: Answer
    is_coded: bool

    @property
    def size(self) -> int | None:
        """How long it is, where that is known."""
        if not self.answer.cut:
            return len(self.answer.body)
        said = self.answer.header("content-length") or ""
        return int(said) if said.isascii() and said.isdigit() else None

    def piece(self, first: int, last: int) -> bytes | None:
        """Return the bytes from one position to another, both included; None where they are not known."""
        is_kept = not self.answer.cut or last < len(self.answer.body)
        return self.answer.body[first : last + 1] if is_kept else None


@run_check(*(f"*/content/{rule}" for rule in ("part", "part-beyond", "head", "head-length")))
def results_in_parts(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """A part is what it says to be, and the head of a result is that of the whole."""
    asked = [one for one in exchanges if downloads(context.contract, one.probe.operation)]
    whole: dict[str, _Whole] = {}
    for one in sorted(asked, key=lambda one: one.started):
        answer = one.answer
        if answer is None or one.outcome is not Outcome.ACCEPTED or asks_for_part(one) or not is_of_operation(one):
            continue
        if answer.status == one.probe.operation.success.status and answer.body:
            coding = answer.header("content-encoding")
            whole[one.probe.request.path] = _Whole(answer, coding is not None and coding.lower() != "identity")
    for one in asked:
        known = whole.get(one.probe.request.path)
        is_own = one.probe.request.credentials.is_right(one.probe.operation)
        if known is None or one.answer is None or not is_own or known.is_coded:
            continue
        found = _of_head(one, one.answer, known) if one.probe.request.method == "HEAD" else _of_part(one, known)
        yield from (finding for finding in found if finding.requirement in context.catalogue)


def _of_part(exchange: Exchange, whole: _Whole) -> Iterator[Finding]:
    """Judge the answer to a request for one range of bytes."""
    answer, size = exchange.answer, whole.size
    said = next((value for name, value in exchange.probe.request.headers if name.lower() == "range"), "")
    asked = _ASKED.fullmatch(said.strip())
    if answer is None or asked is None or not is_of_operation(exchange) or size is None:
        return
    bounds = _bounds(asked[1], asked[2], size)
    requirement = content_id(exchange.probe.operation, "part-beyond" if bounds is None else "part")
    trouble = None
    if answer.status == _PARTIAL:
        trouble = "206 to a range beyond the end" if bounds is None else _trouble(answer, whole, *bounds)
    elif exchange.outcome is Outcome.ACCEPTED and bounds is not None:
        is_cut_short = not answer.cut and answer.body == whole.piece(*bounds) and len(answer.body) < size
        trouble = f"a part came as if it were the whole, with {answer.status}" if is_cut_short else None
    elif exchange.is_lasting_breakdown:
        trouble = f"`Range: {said}` was answered with {answer.status}, and again when it was repeated"
    elif exchange.outcome not in (Outcome.ACCEPTED, Outcome.REFUSED):
        yield open_(requirement, f"`Range: {said}` was answered with {answer.status}", exchange)
        return
    yield passed(requirement, exchange) if trouble is None else failed(requirement, trouble, exchange)


def _bounds(first: str, last: str, size: int) -> tuple[int, int] | None:
    """Return the first and the last position that a range names in a result of some size; None beyond its end."""
    if not first:
        count = min(int(last or 0), size)
        return (size - count, size - 1) if count else None
    return (int(first), min(int(last), size - 1) if last else size - 1) if int(first) < size else None


def _trouble(answer: Answer, whole: _Whole, first: int, last: int) -> str | None:
    """Return what is wrong with a 206."""
    named = answer.header("content-range")
    sent = _SENT.fullmatch((named or "").strip())
    if sent is None:
        return "206 without a `Content-Range`" if named is None else f"206 with `Content-Range: {named}`"
    start, end, told = int(sent[1]), int(sent[2]), sent[3]
    if start != first or not start <= end <= last:
        return f"bytes {first} to {last} were asked for, and `Content-Range` names {start} to {end}"
    if told != "*" and int(told) != whole.size:
        return f"`Content-Range` names {told} bytes in all, and there are {whole.size}"
    piece = whole.piece(start, end)
    if not answer.cut and len(answer.body) != end - start + 1:
        return f"`Content-Range` names {end - start + 1} bytes, and {len(answer.body)} came"
    return None if piece is None or answer.cut or answer.body == piece else "the bytes are others than those named"


def _of_head(exchange: Exchange, answer: Answer, whole: _Whole) -> Iterator[Finding]:
    """Judge the answer to HEAD."""
    operation = exchange.probe.operation
    requirement = content_id(operation, "head")
    if answer.status in _NO_HEAD:
        yield passed(requirement, exchange)
        return
    if exchange.outcome is not Outcome.ACCEPTED:
        is_wrong = exchange.outcome is Outcome.REFUSED or exchange.is_lasting_breakdown
        told = f"HEAD was answered with {answer.status}, and GET with {whole.answer.status}"
        yield failed(requirement, told, exchange) if is_wrong else open_(requirement, told, exchange)
        return
    if answer.status != whole.answer.status or answer.media_type != whole.answer.media_type:
        of_get = f"{whole.answer.status} and {whole.answer.media_type!r}"
        told = f"HEAD was answered with {answer.status} and {answer.media_type!r}, GET with {of_get}"
        yield failed(requirement, told, exchange)
    else:
        yield passed(requirement, exchange)
    length = answer.header("content-length")
    if length is not None and whole.size is not None:
        holds = length.strip() == str(whole.size)
        told = f"HEAD says that there are {length} bytes, and GET sends {whole.size}"
        length_id = content_id(operation, "head-length")
        yield passed(length_id, exchange) if holds else failed(length_id, told, exchange)
