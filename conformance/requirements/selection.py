"""Which requirements a user wants: patterns of ids, levels and layers (`--only`, `--skip`)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase

from attrs import frozen

from conformance.errors import UsageError
from conformance.requirements.catalogue import Catalogue
from conformance.requirements.requirement import Level, Requirement

__all__ = ["Selection", "select"]

_LAYER = "layer:"
_LEVELS = {level.value for level in Level}


@frozen
class Selection:
    """Patterns. One is a glob of ids (`http/*`; `*` crosses slashes), a level (`MUST`), or a layer (`layer:http`).

    Attributes:
        only: what is taken, all of it where there is no pattern.
        skip: what is left out of that.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def takes(self, requirement: Requirement) -> bool:
        """Tell whether a requirement is wanted."""
        taken = not self.only or any(_matches(pattern, requirement) for pattern in self.only)
        return taken and not any(_matches(pattern, requirement) for pattern in self.skip)

    def of(self, requirements: Iterable[Requirement]) -> Catalogue:
        """Return those requirements that are wanted."""
        return Catalogue(tuple(requirement for requirement in requirements if self.takes(requirement)))


def select(requirements: Catalogue, only: Iterable[str], skip: Iterable[str]) -> Selection:
    """Return a selection whose every pattern matches something.

    Raises:
        UsageError: a pattern matches nothing, or nothing is left.
    """
    made = Selection(tuple(only), tuple(skip))
    for option, patterns in (("--only", made.only), ("--skip", made.skip)):
        for pattern in patterns:
            if not any(_matches(pattern, requirement) for requirement in requirements):
                raise UsageError(f"{option} {pattern}: no requirement matches; {_advice(requirements, pattern)}")
    if not len(made.of(requirements)):
        raise UsageError("--only and --skip leave no requirement; `videos-conformance requirements` lists them all")
    return made


def _matches(pattern: str, requirement: Requirement) -> bool:
    if pattern in _LEVELS:
        return requirement.level.value == pattern
    if pattern.startswith(_LAYER):
        return requirement.layer.value == pattern.removeprefix(_LAYER)
    return fnmatchcase(requirement.id, pattern)


def _advice(requirements: Catalogue, pattern: str) -> str:
    """Say what was probably meant."""
    areas = {name.partition("/")[0] for name in requirements.by_id}
    layers = {requirement.layer.value for requirement in requirements}
    if pattern.startswith(_LAYER):
        return f"the layers are {', '.join(f'{_LAYER}{layer}' for layer in sorted(layers))}"
    if pattern.upper() in _LEVELS:
        return f"write the level as {pattern.upper()}"
    meant = [f"`{_LAYER}{pattern}` for the layer"] if pattern in layers else []
    meant += [f"`{pattern}/*` for the ids that begin so"] if pattern in areas else []
    near = get_close_matches(pattern, requirements.by_id, n=3, cutoff=0.5)
    if meant or near:
        return f"write {' or '.join(meant)}" if meant else f"did you mean {', '.join(near)}?"
    return "write a glob of ids (http/*), a level (MUST) or a layer (layer:http)"
