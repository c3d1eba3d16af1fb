"""Makes the parts of a multipart form; `_multipart` puts them together."""

from __future__ import annotations

import json as _json
import mimetypes
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath
from typing import IO, Any, TypeAlias, cast

from .errors import FileNameAsTextWarning, InvalidRequestError

#: A name, and its value: a filename, the content and a media type.
Part: TypeAlias = tuple[str, tuple[str | None, bytes | Path | IO[bytes], str | None]]

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(;[\x20-\x7e]*)?", re.ASCII)
_JSON = "application/json"
_BYTES = "application/octet-stream"


def text(name: str, value: object, *accepted: str) -> list[Part]:
    """A part of plain text, with no media type unless the contract names one."""
    if _is_left_out(value):
        return []
    written = value if isinstance(value, str) else _dumped(name, value)
    return [
        (
            name,
            (None, _encoded(name, written), _chosen("text/plain", accepted) if accepted else None),
        )
    ]


def json(name: str, value: object, *accepted: str) -> list[Part]:
    """A part of JSON."""
    if _is_left_out(value):
        return []
    return [(name, (None, _encoded(name, _dumped(name, value)), _chosen(_JSON, accepted)))]


def file(name: str, value: Any, *accepted: str) -> list[Part]:
    """A part with a filename, without which servers would read text."""
    if _is_left_out(value):
        return []
    filename, content, kind = None, value, None
    if isinstance(value, tuple):
        filename, content, *rest = cast("Sequence[Any]", value)
        kind = rest[0] if rest else None
    if not _is_content(content):
        wanted = "a pathlib.Path, bytes or a file opened in binary mode"
        raise TypeError(f"{name} takes {wanted}, not {type(content).__name__}")
    source = filename or getattr(content, "name", None)
    # The name only: paths tell too much, and parsers disagree about backslashes.
    filename = re.split(r"[/\\]", source)[-1] if isinstance(source, str) else ""
    # A name that the file system could not decode must not stop the upload.
    filename = filename.encode("utf-8", "replace").decode() or name
    kind = _guessed(filename, accepted) if kind is None else kind
    if not _MEDIA_TYPE.fullmatch(kind):
        raise InvalidRequestError(f"{name}: {kind!r} is not a media type")
    return [(name, (filename, content, kind))]


def either(name: str, value: object, *accepted: str) -> list[Part]:
    """A part of whatever kind the value is."""
    if isinstance(value, tuple) or _is_content(value):
        return file(name, value, *accepted)
    if _is_object(value):
        return json(name, value, *accepted)
    return text(name, value, *accepted)


def file_or_text(name: str, value: object, *accepted: str) -> list[Part]:
    """A part of whatever kind the value is; a text that names a file may have been meant as one, and is told of."""
    if isinstance(value, str) and names_a_file(value):
        told = f"{name}={value!r} names a file, but is sent as text; pathlib.Path({value!r}) sends the file"
        warnings.warn(told, FileNameAsTextWarning, stacklevel=_callers_level())
    return either(name, value, *accepted)


def names_a_file(text: str) -> bool:
    """Whether a text is the path of a file that is there."""
    # A share of another machine is not asked for: looking at it would send who is looking.
    if "://" in text or text[:2] in ("//", "\\\\", "/\\", "\\/"):
        return False
    try:
        return Path(text).is_file()
    except (OSError, ValueError):
        return False


def _callers_level() -> int:
    """How far up whoever called this package is, from the place where a warning is given."""
    import inspect

    here, level = Path(__file__).parent, 0
    frame = inspect.currentframe()
    while frame is not None and Path(frame.f_code.co_filename).is_relative_to(here):
        frame, level = frame.f_back, level + 1
    return level


def each(
    part: Callable[..., list[Part]], name: str, values: Sequence[object] | None, *accepted: str
) -> list[Part]:
    """One part for each item of a list."""
    if values is None or _is_left_out(values):
        return []
    if isinstance(values, (str, bytes, Mapping)):
        raise TypeError(f"{name} takes a list, not {type(values).__name__}")
    return [made for value in values for made in part(name, value, *accepted)]


def with_more(parts: list[Part], values: Mapping[str, object]) -> list[Part]:
    """Parts, and those that the contract does not name.

    Raises:
        InvalidRequestError: A field would be sent twice.
    """
    named = {name for name, _ in parts}
    for name in values:
        _encoded("a field's name", name)
        if name in named:
            raise InvalidRequestError(
                f"{name} is given twice: by itself, and among the extra fields"
            )
    return [*parts, *(part for name, value in values.items() for part in either(name, value))]


def json_body(value: object) -> bytes:
    """A body of JSON."""
    return _encoded("the body", _dumped("the body", value))


def plain(value: object) -> Any:
    """Return a value with every model in it as the object that it stands for."""
    to_dict = getattr(value, "to_dict", None)
    if to_dict is not None:
        return to_dict()
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in cast("Sequence[object]", value)]
    return value


def _is_left_out(value: object) -> bool:
    return value is None


def _is_object(value: object) -> bool:
    return isinstance(value, (Mapping, list)) or hasattr(value, "to_dict")


def _is_content(value: object) -> bool:
    return isinstance(value, (bytes, Path)) or (
        hasattr(value, "read") and not hasattr(value, "encoding")
    )


def _dumped(name: str, value: object) -> str:
    try:
        return _json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"{name}: {error}") from None


def _encoded(name: str, written: str) -> bytes:
    try:
        return written.encode()
    except UnicodeEncodeError:
        raise InvalidRequestError(f"{name} holds half a character (a lone surrogate)") from None


def _chosen(wanted: str, accepted: Sequence[str]) -> str:
    exact = [kind for kind in accepted if "*" not in kind]
    if (
        not accepted
        or wanted in exact
        or any(fnmatchcase(wanted, kind) for kind in accepted)
        or not exact
    ):
        return wanted
    return _BYTES if _BYTES in exact else exact[0]


def _guessed(filename: str, accepted: Sequence[str]) -> str:
    # By the suffix alone: `guess_type` takes a name such as "data:…," for a URL that states its type.
    kind, compression = mimetypes.guess_type("file" + "".join(PurePath(filename).suffixes[-2:]))
    return _chosen(_BYTES if kind is None or compression else kind, accepted)
