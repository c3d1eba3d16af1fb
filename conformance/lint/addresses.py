"""Rules about addresses: paths that a router can tell apart, and servers that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline

__all__ = ["RULES"]

_Split = tuple[Element, list[str]]
"""A path, and its parts."""

_VARIABLE = re.compile(r"{([^{}]*)}")
_PLACEHOLDER = re.compile(
    r"//(?:[^/@]*@)?(?:[\w-]+\.)*(?:example\.(?:com|org|net)|localhost)(?=[:/?#]|$)", re.IGNORECASE
)


@rule("identical-path", "no two paths are the same but for the names of their variables")
def identical_path(outline: Outline) -> Iterator[Found]:
    """A request for one is a request for the other."""
    first: dict[str, Element] = {}
    for item in _items(outline):
        earlier = first.setdefault(_VARIABLE.sub("{}", item.name), item)
        if earlier is not item:
            line = outline.document.line(earlier.tokens)
            yield item.tokens, f"this is `{earlier.name}` of line {line} again; make one of the two"


@rule("ambiguous-path", "no request fits two paths equally well")
def ambiguous_path(outline: Outline) -> Iterator[Found]:
    """Each router would choose by an order of its own."""
    alike: dict[tuple[int, int], list[_Split]] = {}
    for item in _items(outline):
        parts = item.name.split("/")
        alike.setdefault((len(parts), sum(map(_is_variable, parts))), []).append((item, parts))
    for group in alike.values():
        places = {item.tokens: place for place, (item, _) in enumerate(group)}
        for pair in {frozenset((one.tokens, other.tokens)) for one, other in _overlapping(group, 0)}:
            (one, _), (other, _) = (group[place] for place in sorted(places[tokens] for tokens in pair))
            if _VARIABLE.sub("{}", one.name) != _VARIABLE.sub("{}", other.name):
                line = outline.document.line(one.tokens)
                yield (
                    other.tokens,
                    f"a request can fit this and `{one.name}` of line {line}; give one a part of its own",
                )


@rule("path-form", "a path has no `/` at its end, no empty part, no query and no fragment")
def path_form(outline: Outline) -> Iterator[Found]:
    """Servers take `/a/` and `/a` for two addresses, and clients write either."""
    for item in _items(outline):
        if item.name != "/" and item.name.endswith("/"):
            yield item.tokens, "the path ends with `/`; leave it out, or servers and clients will differ over it"
        elif "//" in item.name or "{}" in item.name:
            yield item.tokens, "a part of the path is empty; name it, or leave it out"
        elif found := re.search("[?#]", _VARIABLE.sub("", item.name)):
            yield item.tokens, f"a path ends before `{found[0]}`; declare what is behind it as parameters `in: query`"


@rule("server", "the document names servers, without `/` at their end, and none that stands for nothing")
def server(outline: Outline) -> Iterator[Found]:
    """Without one, clients call the host that they found the document on."""
    root = outline.elements[0]
    if not root.node.get("servers") and root.node.get("paths"):
        yield (("servers",) if "servers" in root.node else ()), "the document names no server; list one under `servers`"
    for element in outline.of_kind("server"):
        url = str(element.node.get("url", ""))
        place = (*element.tokens, "url")
        if _PLACEHOLDER.search(url):
            yield place, f"`{url}` stands for nothing that people can call; name a server that is there"
        elif url != "/" and url.endswith("/"):
            yield place, f"`{url}` ends with `/`, and each path begins with one; leave it out"


@rule("server-variable", "every variable of a server's address is defined, with a default that it may have")
def server_variable(outline: Outline) -> Iterator[Found]:
    """An address with a hole in it is none."""
    for element in outline.of_kind("server"):
        defined = element.node.get("variables") or {}
        for name in dict.fromkeys(_VARIABLE.findall(str(element.node.get("url", "")))):
            if name not in defined:
                yield (*element.tokens, "url"), f"`{{{name}}}` is no variable of this server; define it in `variables`"
        for name, variable in defined.items():
            place = (*element.tokens, "variables", str(name))
            if "enum" in variable and not variable["enum"]:
                yield (*place, "enum"), f"`{name}` may have no value at all; list some, or leave `enum` out"
            elif "enum" in variable and variable.get("default") not in variable["enum"]:
                yield (*place, "default"), f"the default of `{name}` is none of its values; choose one of them"


def _items(outline: Outline) -> Iterator[Element]:
    return (item for item in outline.of_kind("path item") if item.parent is not None and item.parent.kind == "paths")


def _overlapping(split: list[_Split], depth: int) -> Iterator[tuple[Element, Element]]:
    """Yield the pairs of paths of one length that a request can fit, found part by part; some come more than once."""
    if len(split) < 2:
        return
    if depth == len(split[0][1]):
        yield from combinations((item for item, _ in split), 2)
        return
    fixed: dict[str, list[_Split]] = {}
    for one in split:
        if not _is_variable(one[1][depth]):
            fixed.setdefault(one[1][depth], []).append(one)
    open_ = [one for one in split if _is_variable(one[1][depth])]
    yield from _overlapping(open_, depth + 1)
    for same in fixed.values():
        yield from _overlapping([*same, *open_], depth + 1)


def _is_variable(part: str) -> bool:
    return _VARIABLE.fullmatch(part) is not None


RULES = (identical_path, ambiguous_path, path_form, server, server_variable)
