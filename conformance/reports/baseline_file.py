"""The file of a baseline: read with the line of each mistake; entries go in and out, and all else stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from conformance.contract.mistakes import FileMistake
from conformance.contract.yaml_text import nodes_of
from conformance.errors import SuiteError, UsageError
from conformance.reports.baseline import Baseline, BaselineEntry

__all__ = ["edited", "read_baseline"]

_KEYS = ("requirement", "reason", "expires", "link", "flaky")
_HEAD = """\
# Failures that we know of. Each entry has the id of a requirement and a reason; `expires` (a date), `link` and
# `flaky: true` (it fails only sometimes) may follow. The option `--baseline` is given this file.
"""
_NULL = "tag:yaml.org,2002:null"
_FORM = "write a list of entries, each as `- requirement: ID` with `reason: …` below it"


def read_baseline(path: Path, *, missing_ok: bool = False) -> Baseline:
    """Read a baseline; where the file is to be written, it need not exist yet.

    Raises:
        UsageError: it cannot be read, or is none; the message has file and line, and what to do.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        if missing_ok:
            return Baseline(path)
        raise UsageError(f"{path}: does not exist; --baseline-update writes it") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text (byte {error.start + 1}); {_FORM}") from None
    return Baseline(path, tuple(_entries(path, text)), text)


def edited(baseline: Baseline, added: Sequence[BaselineEntry], removed: Collection[str]) -> str:
    """Return the text of a baseline's file with entries more at its end, and without some.

    Raises:
        UsageError: the file is written so that its entries cannot be told apart line by line.
    """
    text = _without(baseline, removed) if removed else baseline.text
    if added:
        text = _with(baseline.path, text, added)
    wanted = [entry for entry in baseline.entries if entry.requirement not in removed]
    made = [entry.requirement for entry in _entries(baseline.path, text)]
    if made != [entry.requirement for entry in (*wanted, *added)]:
        raise UsageError(f"{baseline.path}: cannot be edited as it is written; {_FORM}")
    return text


def _root(path: Path, text: str) -> yaml.Node | None:
    """Return the node that a file consists of; None where it says nothing."""
    try:
        root = nodes_of(text, str(path))
    except FileMistake as mistake:
        raise UsageError(f"{mistake.at(path)}; {_FORM}") from None
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply; {_FORM}") from None
    return None if root is not None and root.tag == _NULL else root


def _entries(path: Path, text: str) -> Iterator[BaselineEntry]:
    root = _root(path, text)
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        raise _mistake(path, root, f"is no list; {_FORM}")
    seen: dict[str, int] = {}
    for node in root.value:
        entry = _entry(path, node)
        first = seen.setdefault(entry.requirement, entry.line)
        if first != entry.line:
            raise _mistake(path, node, f"{entry.requirement} stands here twice, first in line {first}; remove one")
        yield entry


def _entry(path: Path, node: yaml.Node) -> BaselineEntry:
    if not isinstance(node, yaml.MappingNode):
        raise _mistake(path, node, f"is no entry; {_FORM}")
    found: dict[str, Any] = {}
    for key, value in node.value:
        if key.value not in _KEYS:
            near = get_close_matches(str(key.value), _KEYS, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"an entry has {', '.join(_KEYS)}"
            raise _mistake(path, key, f"there is no key `{key.value}`; {hint}")
        if key.value in found:
            raise _mistake(path, key, f"`{key.value}` stands twice in one entry; remove one")
        found[key.value] = _value(path, key.value, value)
    for needed in ("requirement", "reason"):
        if needed not in found:
            raise _mistake(path, node, f"the entry has no `{needed}`; {_NEEDED[needed]}")
    return BaselineEntry(**found, line=node.start_mark.line + 1)


_NEEDED = {
    "requirement": "give the id of one, as `videos-conformance requirements` lists them",
    "reason": "say why the failure is accepted",
}


def _value(path: Path, key: str, node: yaml.Node) -> Any:
    text = node.value.strip() if isinstance(node, yaml.ScalarNode) else ""
    if key == "expires":
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise _mistake(path, node, "`expires` is a date, such as 2027-03-31") from None
    if key == "flaky":
        if node.tag != "tag:yaml.org,2002:bool":
            raise _mistake(path, node, "`flaky` is true or false")
        return text.lower() in ("true", "yes", "on")
    if not text or node.tag == _NULL:
        raise _mistake(path, node, f"`{key}` says nothing; {_NEEDED.get(key, 'leave it out, or give an address')}")
    return text


def _mistake(path: Path, node: yaml.Node, message: str) -> UsageError:
    return UsageError(f"{path}:{node.start_mark.line + 1}: {message}")


def _without(baseline: Baseline, removed: Collection[str]) -> str:
    """Take the lines of some entries out, and nothing else: comments beside them stay."""
    root = _root(baseline.path, baseline.text)
    if not isinstance(root, yaml.SequenceNode) or root.flow_style:
        raise UsageError(f"{baseline.path}: cannot be edited as it is written; {_FORM}")
    lines = baseline.text.splitlines(keepends=True)
    for node, entry in zip(reversed(root.value), reversed(baseline.entries), strict=True):
        if entry.requirement not in removed:
            continue
        start = node.start_mark.line
        while lines[start][root.start_mark.column : root.start_mark.column + 1] != "-":
            start -= 1
        del lines[start : _end(node, lines)]
    return "".join(lines)


def _end(node: yaml.Node, lines: Sequence[str]) -> int:
    """Return the number of lines up to the end of a node; a mapping's own mark is behind the comments after it."""
    last = node
    while isinstance(last, yaml.MappingNode) and not last.flow_style:
        last = last.value[-1][1]
    end = int(last.end_mark.line) + bool(last.end_mark.column)
    while not lines[end - 1].strip():
        end -= 1
    return end


def _with(path: Path, text: str, added: Sequence[BaselineEntry]) -> str:
    root = _root(path, text)
    if isinstance(root, yaml.SequenceNode) and not root.value:  # `[]`
        text, root = text[: root.start_mark.index] + text[root.end_mark.index :].lstrip("\n"), None
    if isinstance(root, yaml.SequenceNode) and root.flow_style:
        raise UsageError(f"{path}: cannot be edited as it is written; {_FORM}")
    indent = " " * root.start_mark.column if root is not None else ""
    text = text if text or path.exists() else _HEAD
    text += "" if not text or text.endswith("\n") else "\n"
    return text + "".join(indent + line for entry in added for line in _lines(entry))


def _lines(entry: BaselineEntry) -> list[str]:
    said: dict[str, Any] = {"requirement": entry.requirement, "reason": entry.reason}
    said |= {"flaky": True} if entry.flaky else {}
    text = yaml.safe_dump([said], sort_keys=False, allow_unicode=True, width=110)
    if [one.requirement for one in _entries(Path("entry"), text)] != [entry.requirement]:
        raise SuiteError(f"{entry.requirement} cannot be written as YAML")
    return text.splitlines(keepends=True)
