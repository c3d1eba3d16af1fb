"""Edits of the contract as a user makes them: in the text, where comments, quotes and order stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.contract.document import Tokens, tokens
from scripts.source_page.yaml_edits import YamlEdits

__all__ = ["edited"]


def edited(text: str, actions: Iterable[Mapping[str, Any]]) -> str:
    """Return the text of a contract after the actions of edits, of which none drops anything.

    Raises:
        ValueError: an edit does what cannot be done in the text.
    """
    for action in actions:
        text = _carried_out(text, tokens(action["at"]), action)
    return text


def _carried_out(text: str, place: Tokens, action: Mapping[str, Any]) -> str:
    document = YamlEdits(text)
    if "set" in action and document.has(place):
        document.replace(place, action["set"])
    elif "set" in action:
        known = next(count for count in range(len(place) - 1, -1, -1) if document.has(place[:count]))
        value = action["set"]
        for key in reversed(place[known + 1 :]):
            value = {key: value}
        document.add_entry(place[:known], place[known], value)
    elif isinstance(action.get("merge"), list):
        for item in action["merge"]:
            document.add_item(place, item)
            text = document.text()
            document = YamlEdits(text)
    elif isinstance(action.get("merge"), dict):
        for key, value in action["merge"].items():
            document.add_entry(place, key, value)
    else:
        raise ValueError(f"{action['at']}: an edit of the text can `set` and `merge`")
    return document.text()
