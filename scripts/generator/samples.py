"""The samples of the README beside the client: calls that the contract allows."""

from __future__ import annotations

import json
import shlex

from openapi_python_client.strings import kebab_case

from scripts.generator.fields import ClientField
from scripts.generator.methods import ClientMethod

__all__ = ["arguments", "shell"]


def arguments(method: ClientMethod, *kinds: str) -> str:
    """Arguments for a call: the required ones, and the first of some kinds."""
    wanted = _required(method)
    for kind in kinds:
        wanted += [each for each in method.fields if each not in wanted and _suits(each, kind)][:1]
    return ", ".join(f"{each.python}={each.sample}" for each in wanted)


def shell(method: ClientMethod) -> str:
    """The required arguments, as one writes them in a shell."""
    return " ".join(word for each in _required(method) for word in _words(each))


def _words(each: ClientField) -> list[str]:
    option = kebab_case(each.wire)
    if each.has_file and each.kind in ("file", "list"):
        return [f"--{option} {each.python}.png"]
    if each.option == "type=bool":
        return [f"--{option}" if each.shown else f"--no-{option}"]
    values = each.shown if each.option.endswith("multiple=True") else [each.shown]
    texts = [
        shlex.quote(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for value in values
    ]
    return texts if each.location == "path" else [f"--{option} {text}" for text in texts]


def _required(method: ClientMethod) -> list[ClientField]:
    return [each for each in method.fields if each.required]


def _suits(each: ClientField, kind: str) -> bool:
    return each.kind == kind and (each.is_shown or kind == "file")
