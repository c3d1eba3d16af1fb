"""Where a contract comes from: a document, and the overlays that are applied to it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlsplit

from attrs import frozen

from conformance.contract.document import Document, read
from conformance.contract.overlay import Overlay, overlaid, read_overlay
from conformance.errors import UsageError

__all__ = ["ContractSource", "default_path", "overlay_path", "shipped_overlays"]

_SUFFIX = ".yaml"


@frozen
class ContractSource:
    """A contract as a user names it; without a path it is the one that the overlays extend, or else the project's own.

    Attributes:
        path: of the document.
        overlays: files, in the order in which they are applied.
    """

    path: Path | None = None
    overlays: tuple[Path, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether nobody has named anything, so that it is the project's own contract as it is."""
        return self.path is None and not self.overlays

    def document(self, *, strict: bool = True) -> Document:
        """Read the document and apply the overlays.

        Args:
            strict: refuse a key that stands twice in one mapping of the document; the lint names each of them instead.

        Raises:
            ContractError: a file cannot be read, or an overlay does not fit.
            UsageError: overlays are of several documents.
        """
        overlays = [read_overlay(path) for path in self.overlays]
        path = self.path if self.path is not None else _extended(overlays) or default_path()
        return overlaid(read(path, strict=strict), overlays)


def default_path() -> Path:
    """Return the contract of this checkout, or the copy inside an installed package."""
    return _carried("openapi.yaml")


def overlay_path(name: str) -> Path:
    """Return the file of an overlay: one that comes with the suite by its bare name, or any by its path.

    Raises:
        UsageError: there is none of that name.
    """
    path = Path(name)
    if path.name != name or path.suffix:
        return path
    known = shipped_overlays()
    if name in known:
        return known[name]
    shown = ", ".join(known)
    raise UsageError(f"--overlay {name}: there is none of that name; there is {shown}; a file is named by its path")


def shipped_overlays() -> dict[str, Path]:
    """Return the overlays that come with the suite, by name."""
    return {path.stem: path for path in sorted(_carried("overlays").glob(f"*{_SUFFIX}"))}


def _carried(name: str) -> Path:
    """Return what the checkout has at its root, and an installed package inside."""
    checkout = Path(__file__).resolve().parents[2]
    inside = Path(str(resources.files("conformance") / name))
    return checkout / name if (checkout / "openapi.yaml").is_file() else inside


def _extended(overlays: Sequence[Overlay]) -> Path | None:
    """Return the file that overlays say they extend, where they say so.

    Raises:
        ContractError: it is no file of this machine.
        UsageError: they say several.
    """
    found: dict[Path, Overlay] = {}
    for overlay in overlays:
        if overlay.extends is None:
            continue
        parts = urlsplit(overlay.extends)
        if parts.scheme not in ("", "file"):
            said = f"{overlay.extends} is not fetched; name a copy of it with --contract"
            raise overlay.document.error("#/extends", said)
        path = (overlay.path.parent / unquote(parts.path)).resolve()
        if not path.is_file():
            raise overlay.document.error("#/extends", f"there is no file {path}; mend it, or name one with --contract")
        found.setdefault(path, overlay)
    if len(found) > 1:
        told = " and ".join(f"{overlay.path} extends {path}" for path, overlay in found.items())
        raise UsageError(f"--overlay: {told}; name the document that is meant with --contract")
    # As everybody else names it, where it is the project's own.
    return next((default_path() if path == default_path().resolve() else path for path in found), None)
