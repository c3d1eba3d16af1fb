"""The version of a contract says what has changed: callers broken, something asked or offered, or prose."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import load
from conformance.errors import UsageError
from scripts.contract_diff.changelog import released_as, with_section
from scripts.contract_diff.changes import ContractChange, ContractComparison
from scripts.contract_diff.places import PlacePair
from scripts.contract_diff.rules import rules
from scripts.contract_diff.versions import version_verdict
from tests.contract_diff.comparing_edits import BASE

_RULES = {"patch": "prose", "minor": "operation-added", "major": "operation-removed"}
_LOG = "# Changelog\n\n## Unreleased\n\n### Added\n\n- Much.\n\n## 0.1.0 - 2026-01-01\n\n- All.\n"


def _comparison(folder: Path, old: str, new: str, *bumps: str) -> ContractComparison:
    """Return a comparison of two versions with changes that raise these parts."""
    text = BASE.read_text(encoding="utf-8")
    paths = [folder / f"v{version}.yaml" for version in (old, new)]
    for path, version in zip(paths, (old, new), strict=True):
        path.write_text(text.replace("1.4.2", version), encoding="utf-8")
    changes = []
    for bump in bumps:
        rule = rules()[_RULES[bump]]
        changes.append(ContractChange(rule, PlacePair("#", "#"), "it", rule.verdict(None).breaks, (), ()))
        assert changes[-1].bump == bump
    return ContractComparison(load(paths[0]), load(paths[1]), tuple(changes))


@pytest.mark.parametrize(
    ("old", "new", "bumps", "least", "enough"),
    [
        ("1.4.2", "1.4.2", (), "1.4.2", True),
        ("1.4.2", "1.4.1", (), "1.4.2", False),
        ("1.4.2", "1.4.2", ("patch",), "1.4.3", False),
        ("1.4.2", "1.4.3", ("patch",), "1.4.3", True),
        ("1.4.2", "1.4.3", ("patch", "minor"), "1.5.0", False),
        ("1.4.2", "1.5.0", ("minor",), "1.5.0", True),
        ("1.4.2", "1.10.0", ("minor",), "1.5.0", True),
        ("1.4.2", "1.9.9", ("minor", "major", "patch"), "2.0.0", False),
        ("1.4.2", "2.0.0", ("major",), "2.0.0", True),
        ("0.4.2", "0.5.0", ("major",), "0.5.0", True),
        ("0.4.2", "0.4.3", ("major",), "0.5.0", False),
        ("0.4.2", "0.4.3", ("minor",), "0.4.3", True),
    ],
)
def test_the_version_follows_the_changes(
    tmp_path: Path, old: str, new: str, bumps: tuple[str, ...], least: str, *, enough: bool
) -> None:
    """What breaks callers is major, what means something minor, prose a patch; too little is refused, more is not."""
    verdict = version_verdict(_comparison(tmp_path, old, new, *bumps))
    assert (verdict.least, verdict.is_enough) == (least, enough)
    assert (f"raise info.version to {least}" in verdict.sentence) == (not enough)


def test_a_version_of_another_form_is_named_with_its_line(tmp_path: Path) -> None:
    """Where a version cannot be compared, nobody guesses."""
    with pytest.raises(UsageError, match=r"v2026-11\.yaml:3: the version `2026-11` is not of the form 1\.2\.3"):
        version_verdict(_comparison(tmp_path, "1.4.2", "2026-11", "minor"))


def test_the_entry_replaces_its_older_self_and_nothing_else() -> None:
    """However often the entry is written, there is one, and what people wrote stays."""
    entry = "<!-- contract -->\n### Contract 1.1.0, after 1.0.0\n\n- A model.\n<!-- /contract -->\n"
    once = with_section(_LOG, entry)
    assert "## Unreleased\n\n<!-- contract -->\n### Contract 1.1.0" in once
    assert with_section(once, entry) == once
    assert with_section(once, "") == _LOG
    assert with_section("# Changelog\n\n## Unreleased\n", entry).count("### Contract") == 1


def test_what_was_unreleased_gets_a_version() -> None:
    """A release leaves an empty part for what comes next, above its own."""
    made = released_as(_LOG, "0.2.0", "2026-02-03", "")
    assert "## Unreleased\n\n## 0.2.0 - 2026-02-03\n\n### Added\n\n- Much.\n\n## 0.1.0" in made


def test_a_changelog_without_an_unreleased_part_is_refused() -> None:
    """Nothing is written into the part of a version that is out."""
    with pytest.raises(UsageError, match="has no part `## Unreleased`"):
        with_section("# Changelog\n\n## 0.1.0\n", "")
