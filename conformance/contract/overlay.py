"""Overlays (OpenAPI Overlay 1.0): documents of changes, which adapt a contract without forking it.

What arrays and objects are merged into is what Redocly's `bundle --overlay` makes of them. The specification says
nothing of a target that is not there; here it is an error, since a change that changes nothing is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from attrs import field, frozen

from conformance.contract.document import Applied, Document, Tokens, composed, read
from conformance.contract.yaml_text import copied, data_of

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

__all__ = ["Overlay", "OverlayAction", "overlaid", "read_overlay"]

_VERSION = "1.0"
_KEYS: Mapping[str, frozenset[str]] = {
    "the document": frozenset({"overlay", "info", "extends", "actions"}),
    "info": frozenset({"title", "version"}),
    "an action": frozenset({"target", "description", "update", "remove"}),
}
_MOST_NAMED = 5
_Location = tuple[str | int, ...]


@frozen(eq=False)
class OverlayAction:
    """One change: what it is for, where it stands in its overlay, and what is merged into each target or removed."""

    place: Tokens
    target: str
    query: JSONPathQuery = field(repr=False)
    removes: bool
    update: yaml.Node | None = field(repr=False)


@frozen(eq=False)
class Overlay:
    """A document of changes, in their order.

    Attributes:
        extends: the document that it says it is for, as it says it.
    """

    document: Document
    title: str
    version: str
    extends: str | None
    actions: tuple[OverlayAction, ...]

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self.document.path


def read_overlay(path: Path) -> Overlay:
    """Read an overlay.

    Raises:
        ContractError: the file is missing, no YAML, or no overlay of version 1.0; it says what to do.
    """
    document = read(path, kind="Overlay")
    data = document.data
    version = data.get("overlay")
    if version is None and "openapi" in data:
        raise document.error("#/openapi", "this is an OpenAPI document and no overlay of one; name it with --contract")
    if not isinstance(version, str) or version.split(".")[:2] != _VERSION.split("."):
        said = "is missing" if version is None else f"is {version!r}, and {_VERSION} is what is read here"
        raise document.error("#/overlay", f"the version of the Overlay specification {said}; write `overlay: 1.0.0`")
    _check_keys(document, (), data, "the document")
    info = data.get("info")
    if not isinstance(info, Mapping):
        raise document.error("#/info", "an overlay has an `info` with `title` and `version`; add it")
    _check_keys(document, ("info",), info, "info")
    for name in ("title", "version"):
        if not isinstance(info.get(name), str):
            raise document.error(
                ("info", name), f"the `{name}` of an overlay is a text; write it, in quotes if need be"
            )
    extends = data.get("extends")
    if not isinstance(extends, str | None):
        raise document.error("#/extends", "is the address of an OpenAPI document, as a text")
    actions = data.get("actions")
    if not isinstance(actions, list) or not actions:
        raise document.error("#/actions", "an overlay has a list of `actions`, with one at least; add it")
    nodes = composed(path, document.raw)
    read_actions = tuple(_action(document, nodes, index, action) for index, action in enumerate(actions))
    return Overlay(document, info["title"], info["version"], extends, read_actions)


def overlaid(document: Document, overlays: Sequence[Overlay]) -> Document:
    """Return a document as overlays change it, one after the other; it still knows where each place is written.

    Raises:
        ContractError: an action matches nothing, or does not fit what it matches.
    """
    if not overlays:
        return document
    root = copied(composed(document.path, document.raw))
    data = data_of(root)
    for overlay in overlays:
        for action in overlay.actions:
            data = _carried_out(root, data, overlay, action, document)
    applied = tuple(Applied(overlay.path.stem, overlay.path, overlay.document.sha256) for overlay in overlays)
    return Document(document.path, document.raw, data, applied, root)


def _check_keys(document: Document, place: Tokens, found: Mapping[str, Any], kind: str) -> None:
    for key in found:
        name = str(key)
        if name in _KEYS[kind] or name.startswith("x-"):
            continue
        near = get_close_matches(name, _KEYS[kind], n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there is {', '.join(sorted(_KEYS[kind]))}, or x-… for notes"
        raise document.error((*place, name), f"{kind} of an overlay has no `{name}`; {hint}")


def _action(document: Document, nodes: yaml.Node, index: int, action: Any) -> OverlayAction:
    place = ("actions", str(index))
    if not isinstance(action, Mapping):
        raise document.error(place, "an action is an object with a `target`, and with `update` or `remove`")
    _check_keys(document, place, action, "an action")
    target, removes = action.get("target"), action.get("remove", False)
    if not isinstance(target, str):
        raise document.error((*place, "target"), "an action has a `target`, a JSONPath such as `$.info`; write it")
    if not isinstance(removes, bool):
        raise document.error((*place, "remove"), f"is true or false, and not {removes!r}")
    if not removes and "update" not in action:
        raise document.error(place, "this action changes nothing; give it `update`, or `remove: true`")
    update = None if removes else _node_at(nodes, (*place, "update"))
    return OverlayAction(place, target, _query(document, place, target), removes, update)


def _query(document: Document, place: Tokens, target: str) -> JSONPathQuery:
    import jsonpath_rfc9535  # noqa: PLC0415 - a run without overlays does not wait for it

    try:
        return jsonpath_rfc9535.compile(target)
    except jsonpath_rfc9535.JSONPathError as error:
        hint = "a name with other signs than letters, digits and _ is written `['…']`"
        raise document.error((*place, "target"), f"`{target}` is no JSONPath (RFC 9535): {error}; {hint}") from None


def _carried_out(root: yaml.Node, data: Any, overlay: Overlay, action: OverlayAction, document: Document) -> Any:
    """Change nodes and data by one action; return the data."""
    locations = list(dict.fromkeys(_locations(action.query, data)))
    where = (*action.place, "target")
    if not locations:
        said = f"`{action.target}` matches nothing in {document.path}; {_hint(action.query, data)}"
        raise overlay.document.error(where, said)
    if action.update is None:
        if () in locations:
            raise overlay.document.error(where, "the whole document cannot be removed; name a part of it")
        # The last first, so that what stands before it keeps its place.
        for location in sorted(locations, key=_in_order, reverse=True):
            _remove(root, data, location)
        return data
    for location in locations:
        parent, node = (None, root) if not location else _pair(root, location)
        merged = _merged(node, action.update, overlay, (*action.place, "update"))
        if parent is not None:
            _put(parent, location[-1], merged)
        made = data_of(merged)
        if not location:
            return made
        holder = data
        for step in location[:-1]:
            holder = holder[step]
        holder[location[-1]] = made
    return data


def _locations(query: JSONPathQuery, data: Any) -> Iterator[_Location]:
    return (node.location for node in query.find(data))


def _in_order(location: _Location) -> tuple[tuple[bool, str | int], ...]:
    return tuple((isinstance(step, str), step) for step in location)


def _hint(query: JSONPathQuery, data: Any) -> str:
    """Say how far a path leads, and what is there instead of what it names next."""
    from jsonpath_rfc9535 import JSONPathQuery  # noqa: PLC0415 - a run without overlays does not wait for it

    for count in range(len(query.segments) - 1, -1, -1):
        begun = JSONPathQuery(env=query.env, segments=query.segments[:count])
        found = begun.find(data)
        if not found:
            continue
        missed = [str(getattr(selector, "name", "")) for selector in query.segments[count].selectors]
        there = [str(key) for node in found if isinstance(node.value, Mapping) for key in node.value]
        near = get_close_matches(missed[0], there, n=1, cutoff=0.6) if missed else []
        if near:
            return f"`{begun}` has no `{missed[0]}`: did you mean `{near[0]}`?"
        shown = ", ".join(f"`{key}`" for key in dict.fromkeys(there[:_MOST_NAMED]))
        listed = f", where there is {shown}{' …' if len(there) > _MOST_NAMED else ''}" if shown else ""
        return f"it leads as far as `{begun}`{listed}: mend the path, or leave the action out"
    return "mend the path, or leave the action out"


def _merged(node: yaml.Node, update: yaml.Node, overlay: Overlay, place: Tokens) -> yaml.Node:
    """Merge an update into a node, which changes, unless it is a single value; return what stands there then.

    Raises:
        ContractError: one is an object, an array or a single value, and the other something else.
    """
    if isinstance(node, yaml.MappingNode) and isinstance(update, yaml.MappingNode):
        for key, value in update.value:
            index = next((i for i in range(len(node.value) - 1, -1, -1) if node.value[i][0].value == key.value), None)
            if index is None:
                node.value.append((copied(key), copied(value)))
                continue
            old = node.value[index]
            merged = _merged(old[1], value, overlay, (*place, str(key.value)))
            # What was a single value is the overlay's now, and so is its line.
            node.value[index] = (old[0], merged) if merged is old[1] else (copied(key), merged)
        return node
    if isinstance(node, yaml.SequenceNode):
        several = isinstance(update, yaml.SequenceNode)
        if several or len(place) == len(("actions", "0", "update")):  # an action's own target takes a single entry too
            node.value.extend(map(copied, update.value if several else [update]))
            return node
    if isinstance(node, yaml.ScalarNode) and (isinstance(update, yaml.ScalarNode) or _is_null(node)):
        return copied(update)
    said = f"{_kind(update)} does not fit {_kind(node)} that is there"
    raise overlay.document.error(place, f"{said}; to put it in its place, remove that by an action before this one")


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "an object"
    return "an array" if isinstance(node, yaml.SequenceNode) else "a single value"


def _is_null(node: yaml.Node) -> bool:
    return str(node.tag) == "tag:yaml.org,2002:null"


def _node_at(root: yaml.Node, place: Sequence[str | int]) -> yaml.Node:
    return root if not place else _pair(root, place)[1]


def _pair(root: yaml.Node, place: Sequence[str | int]) -> tuple[yaml.Node, yaml.Node]:
    """Return what holds a place, and what stands there."""
    parent, node = root, root
    for step in place:
        parent = node
        node = parent.value[int(step)] if isinstance(parent, yaml.SequenceNode) else parent.value[_index(node, step)][1]
    return parent, node


def _index(node: yaml.Node, name: str | int) -> int:
    """Return where a key stands among those of an object; of keys that stand twice the last one counts."""
    return max(index for index, (key, _) in enumerate(node.value) if key.value == str(name))


def _put(parent: yaml.Node, step: str | int, node: yaml.Node) -> None:
    if isinstance(parent, yaml.SequenceNode):
        parent.value[int(step)] = node
    else:
        index = _index(parent, step)
        parent.value[index] = (parent.value[index][0], node)


def _remove(root: yaml.Node, data: Any, location: _Location) -> None:
    parent, _ = _pair(root, location)
    step = location[-1]
    del parent.value[int(step) if isinstance(parent, yaml.SequenceNode) else _index(parent, step)]
    for key in location[:-1]:
        data = data[key]
    del data[step]
