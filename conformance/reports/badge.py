"""A badge: one small SVG that says what a run has shown, and by which contract. Drawn here; it asks for nothing."""

from __future__ import annotations

from collections import Counter
from xml.sax.saxutils import escape, quoteattr

from attrs import frozen

from conformance.reports.layout import printable
from conformance.reports.publishable import standing
from conformance.reports.report import Report

__all__ = ["badge", "text_width"]

_HEIGHT, _PAD, _SIZE = 20, 6, 11  # pixels
_EM = 2048
_WIDTHS = {
    651: " ,.", 690: "/:\\|;", 739: "-", 799: "()[]", 569: "ijl", 721: "f", 803: "t", 842: "r", 1067: "s",
    1126: "c", 1075: "z", 1186: "k", 1212: "vxy", 1255: "a", 1253: "o", 1260: "e", 1298: "hnu", 1300: "bdgpqS",
    1303: "0123456789", 1675: "w", 1995: "m", 1141: "L", 1251: "T", 1499: "U", 1540: "H", 1577: "D", 1612: "O",
    1767: "M",
}  # fmt: skip
"""Advances of DejaVu Sans, which is as wide as Verdana, in its units; what is not listed counts as wide as can be."""
_ADVANCE = {char: width for width, chars in _WIDTHS.items() for char in chars}
_WIDEST = 2025
_FITTED = 'lengthAdjust="spacingAndGlyphs"'
_GREEN, _AMBER, _RED, _GREY = "#1a7f37", "#8a5a00", "#cf222e", "#3d444d"  # each with white text above 4.5 to 1


@frozen
class _Half:
    text: str
    colour: str
    start: int

    @property
    def inner(self) -> int:
        return text_width(self.text)

    @property
    def width(self) -> int:
        return self.inner + 2 * _PAD


def badge(report: Report) -> str:
    """Return a badge as SVG: contract and set on the left, the verdict of the run on the right."""
    made = standing(report)
    named = f"contract {made.contract}" + (f", set {made.requirement_set}" if made.requirement_set is not None else "")
    said, colour = _verdict(report)
    left = _Half(printable(named), _GREY, 0)
    right = _Half(said, colour, left.width)
    width, title = left.width + right.width, f"{left.text}: {right.text}"
    size = f'width="{width}" height="{_HEIGHT}" viewBox="0 0 {width} {_HEIGHT}"'
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label={quoteattr(title)}>',
        f"<title>{escape(title)}</title>",
        f'<clipPath id="round"><rect width="{width}" height="{_HEIGHT}" rx="3"/></clipPath>',
        '<g clip-path="url(#round)">',
        *(f'<rect x="{h.start}" width="{h.width}" height="{_HEIGHT}" fill="{h.colour}"/>' for h in (left, right)),
        "</g>",
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{_SIZE}">',
        *(
            f'<text x="{h.start + _PAD}" y="14" {_FITTED} textLength="{h.inner}">{escape(h.text)}</text>'
            for h in (left, right)
        ),
        "</g>",
        "</svg>",
        "",
    ))  # fmt: skip


def text_width(text: str) -> int:
    """Return how many pixels a text takes in the font of a badge."""
    return -(-sum(_ADVANCE.get(char, _WIDEST) for char in text) * _SIZE // _EM)


def _verdict(report: Report) -> tuple[str, str]:
    """Say in a few words what a run has shown: what is broken, or how much was seen to hold."""
    # What is merely known is broken all the same; what the set does not score is none of its business.
    scored = [line for line in report.verdicts if line.excuse in (None, "known") and not line.not_offered]
    broken = Counter(line.level for line in scored if line.is_broken)
    if broken["MUST"]:
        return f"failing: {broken['MUST']} MUST broken", _RED
    held = f"{sum(line.verdict == 'pass' for line in scored)} of {len(scored)} hold"
    if broken["SHOULD"]:
        return f"passing: {held}, {broken['SHOULD']} SHOULD broken", _AMBER
    return f"passing: {held}", _GREEN
