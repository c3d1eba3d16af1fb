"""How the parameters of an operation are written, each in the style that the contract names."""

from __future__ import annotations

import re

from openapi_python_client.parser.properties import ListProperty, ModelProperty

from conformance.contract import Document, Input
from scripts.generator.fields import ClientField

__all__ = ["cookie", "header", "listed", "path", "query"]

_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_USUAL = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def path(document: Document, template: str, parameters: list[ClientField]) -> str:
    """A path as a Python string, with each parameter in its place."""
    names = {each.wire: each for each in parameters}
    parts = re.split(r"\{([^{}]+)\}", template)
    for at in range(1, len(parts), 2):
        each = names.get(parts[at])
        if each is None:
            raise document.error(("paths", template), f"no parameter says what `{{{parts[at]}}}` in the path is")
        _style(document, each, "simple")
        parts[at] = f"{{_parameters.segment({_source(each)})}}"
    return ("f" if len(parts) > 1 else "") + repr("".join(parts))


def query(document: Document, each: ClientField) -> str:
    """The expression of the parts of a query that one parameter makes."""
    if isinstance(each.prop, ModelProperty) and not _is_json(each):
        style = _style(document, each, "form", "deepObject")
        if style == "deepObject":
            return f"_parameters.deep({each.wire!r}, {each.python})"
        if _explode(each):
            return f"_parameters.members({each.python})"
        return f"_parameters.joined({each.wire!r}, _parameters.flat({each.python}), ',')"
    style = _style(document, each, *_DELIMITERS)
    return listed(each, _source(each), explode=_explode(each), delimiter=_DELIMITERS[style])


def listed(each: ClientField, source: str, *, explode: bool, delimiter: str = ",") -> str:
    """The expression of a value whose items, where it has any, are repeated or joined."""
    if not isinstance(each.prop, ListProperty) or _is_json(each):
        return f"_parameters.pair({each.wire!r}, {source})"
    if explode:
        return f"_parameters.repeated({each.wire!r}, {source})"
    return f"_parameters.joined({each.wire!r}, {source}, {delimiter!r})"


def header(document: Document, each: ClientField) -> str:
    """The expression of the header, if any, that one parameter makes."""
    _style(document, each, "simple")
    return f"**_parameters.header({each.wire!r}, {_source(each)})"


def cookie(document: Document, each: ClientField) -> str:
    """The expression of the cookie, if any, that one parameter makes."""
    _style(document, each, "form")
    return f"**_parameters.cookie({each.wire!r}, {_source(each)})"


def _style(document: Document, each: ClientField, *known: str) -> str:
    """The style of a parameter, which must be one that the client can write."""
    declared = _declared(each)
    style = str(document.lookup(declared.pointer).get("style", _USUAL[declared.location]))
    is_object = isinstance(each.prop, ModelProperty) and not _is_json(each)
    if style not in known or (is_object and declared.location != "query"):
        kind = "an object" if is_object else "a value"
        message = f"the client cannot write {kind} in a {declared.location} as `{style}`; use one of {', '.join(known)}"
        if is_object and declared.location != "query":
            message = f"the client cannot write an object in a {declared.location}; describe it by `content`, as JSON"
        raise document.error(declared.pointer, message)
    return style


def _source(each: ClientField) -> str:
    return f"_parameters.json({each.python})" if _is_json(each) else each.python


def _explode(each: ClientField) -> bool:
    return _declared(each).explode


def _is_json(each: ClientField) -> bool:
    """Whether a parameter is a whole document of a media type (`content`)."""
    return bool(each.declared is not None and each.declared.content_types)


def _declared(each: ClientField) -> Input:
    assert each.declared is not None  # noqa: S101 - only parameters come here, and each has one
    return each.declared
