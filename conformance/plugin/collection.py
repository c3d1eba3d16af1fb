"""The requirements as tests: one item for each, named by its id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.cli.choosing import selection_of
from conformance.cli.failing import fail_on
from conformance.cli.options import load_contract
from conformance.cli.spending import demand_ceiling
from conformance.errors import ConformanceError, UsageError
from conformance.plugin.settings import in_pytests_words, settings
from conformance.plugin.single_run import Verdicts
from conformance.plugin.telling import tell
from conformance.requirements import Catalogue, Requirement, catalogue

__all__ = ["RequirementItem", "Requirements"]


class RequirementItem(pytest.Function):
    """The test of one requirement, which reads its verdict out of the session's one run."""

    @classmethod
    def of(cls, parent: pytest.Collector, requirement: Requirement) -> RequirementItem:
        """Make the test of a requirement."""
        item: RequirementItem = cls.from_parent(parent, name=requirement.id, callobj=_judge)
        for word in (requirement.level.value.lower(), requirement.layer.value):
            item.add_marker(f"videos_{word}")
        item.add_marker("videos")
        item.user_properties += [
            ("level", requirement.level.value),
            ("layer", requirement.layer.value),
            ("source", str(requirement.source)),
        ]
        return item

    def reportinfo(self) -> tuple[str, int, str]:
        """Stand where the requirements stand, and not in a line of the plugin."""
        return str(self.path), 0, self.name


class Requirements(pytest.Directory):
    """This package as a folder of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each requirement that is asked for; nothing is sent.

        Raises:
            CollectError: an option cannot be used, or there is no ceiling.
        """
        try:
            chosen = self._chosen()
        except ConformanceError as error:
            raise self.CollectError(in_pytests_words(str(error))) from None
        for requirement in chosen:
            yield RequirementItem.of(self, requirement)

    def _chosen(self) -> Catalogue:
        config = self.config
        given = settings(config)
        known = catalogue(load_contract(given["source"]))
        chosen = selection_of(known, given).of(known)
        fail_on(given)
        named: list[str] = config.option.videos_named
        for name in named:
            if name not in chosen:
                raise UsageError(
                    f"{self.name}::{name}: no such requirement is asked for; -k finds one by parts of its id"
                )
        url = given["url"] or config.getoption("videos_app")
        if url is not None and not config.option.collectonly:
            demand_ceiling(url, {**given, "url": url})
        return Catalogue(tuple(chosen[name] for name in named)) if named else chosen


def _judge(request: pytest.FixtureRequest, videos_verdicts: Verdicts) -> None:
    request.addfinalizer(videos_verdicts.tell_trouble)
    tell(videos_verdicts, request.node.name, request.config)
