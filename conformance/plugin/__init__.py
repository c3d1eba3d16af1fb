"""The pytest plugin: `pytest --pyargs conformance` has one test for each requirement.

Every run of pytest loads it where the suite is installed, so that it imports nothing but pytest: the modules beside it
are imported when requirements are collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import conformance

if TYPE_CHECKING:
    from conformance.plugin.single_run import Verdicts

__all__ = ["FOLDER", "PASSED_ON"]

FOLDER = pytest.StashKey[Path]()
"""Where the run of this session stands: its lock, and the report that all workers read."""

PASSED_ON = {
    "tier": "free: send nothing that is meant to be accepted.",
    "models": "Only these models, separated by commas.",
    "timeout": "Seconds to wait for a refusal.",
}
"""Options of `videos-conformance run` that are handed to it as they are; --videos-args takes all others."""

_MARKERS = {
    "videos": "a requirement of the videos contract",
    "videos_must": "a requirement of level MUST",
    "videos_should": "a requirement of level SHOULD",
    "videos_may": "a requirement of level MAY",
    "videos_api": "a requirement that the handlers of the API meet or break",
    "videos_http": "a requirement that a framework, its parser or a proxy meets or breaks",
    "videos_hardening": "a requirement that whatever guards the service meets or breaks",
}
_NAMED = f"{conformance.__name__}::"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; all begin with --videos, and mean what the command's options mean."""
    group = parser.getgroup("videos-conformance", "conformance of a video gateway (pytest --pyargs conformance)")
    group.addoption("--videos-url", metavar="URL", help="Base URL of the server under test.")
    group.addoption(
        "--videos-app",
        metavar="MODULE:NAME",
        help="An ASGI or WSGI application, served on loopback for the test; the fixture videos_app gives one too.",
    )
    group.addoption(
        "--videos-max-creates",
        metavar="N",
        help="Ceiling of the jobs that the whole session may make, always demanded.",
    )
    group.addoption(
        "--videos-yes",
        action="store_true",
        help="The plan, and what it may cost, is agreed to: demanded for a server on another machine.",
    )
    group.addoption(
        "--videos-token-env",
        metavar="NAME",
        default="VIDEOS_TOKEN",
        help="Environment variable with the token, VIDEOS_TOKEN by default; the fixture videos_token gives one too.",
    )
    group.addoption("--videos-contract", metavar="FILE", help="OpenAPI document; the project's own by default.")
    group.addoption(
        "--videos-overlay",
        metavar="FILE",
        action="append",
        default=[],
        help="OpenAPI Overlay that adapts the contract: a file, or the bare name of one that comes with the suite.",
    )
    for name, what in (("only", "Only"), ("skip", "Without")):
        group.addoption(
            f"--videos-{name}",
            metavar="PATTERN",
            action="append",
            default=[],
            help=f"{what} these requirements: an id, a glob of ids, a level (MUST) or a layer (layer:http).",
        )
    group.addoption(
        "--videos-fail-on",
        metavar="WHAT,…",
        action="append",
        default=[],
        help="What fails beside a broken MUST: should, inconclusive (a MUST that could not be decided), or both.",
    )
    group.addoption("--videos-report-json", metavar="FILE", help="Write the report as JSON too.")
    for name, says in PASSED_ON.items():
        group.addoption(f"--videos-{name}", metavar=name.upper(), help=says)
    group.addoption(
        "--videos-args",
        metavar="ARGUMENTS",
        default="",
        help="Further options of `videos-conformance run`, as a shell reads them: --videos-args='--rate 2/s --seed 7'.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and read `conformance::ID`, which is how a report of pytest names a requirement."""
    for name, says in _MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {says}")
    named = [argument.removeprefix(_NAMED) for argument in config.args if argument.startswith(_NAMED)]
    config.option.videos_named = named
    if named:
        config.args = [argument for argument in config.args if not argument.startswith(_NAMED)]
        config.args.append(conformance.__name__)
        config.option.pyargs = True


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect requirements where this package is named on the command line, and only there."""
    package = Path(__file__).parents[1]
    if path.name != package.name or not parent.session.isinitpath(path) or not path.samefile(package):
        return None
    from conformance.plugin.collection import Requirements  # noqa: PLC0415 - only those pay who ask for it

    made: pytest.Collector = Requirements.from_parent(parent, path=path, nodeid=package.name)
    return made


@pytest.fixture(scope="session")
def videos_app(pytestconfig: pytest.Config) -> Any:
    """The ASGI or WSGI application under test; override it in the conftest.py beside your pytest.ini to make yours."""
    from conformance.plugin.applications import named  # noqa: PLC0415 - only those pay who ask for it

    return named(pytestconfig)


@pytest.fixture(scope="session")
def videos_token(pytestconfig: pytest.Config) -> str | None:
    """The credential that the server under test accepts; that of the environment, unless you override this."""
    return os.environ.get(pytestconfig.getoption("videos_token_env"))


@pytest.fixture(scope="session")
def videos_url(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Iterator[str]:
    """The base URL of the server under test: of --videos-url, or of your application, which is served on loopback."""
    url = pytestconfig.getoption("videos_url")
    if url is not None:
        yield url
        return
    from conformance.plugin.applications import served  # noqa: PLC0415 - only those pay who ask for it

    with served(request.getfixturevalue("videos_app")) as url:
        yield url


@pytest.fixture(scope="session")
def videos_verdicts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    """The verdicts on what is selected: of one run, whichever worker of pytest-xdist carries it out."""
    from conformance.plugin.single_run import verdicts_of  # noqa: PLC0415 - only those pay who ask for it

    base = tmp_path_factory.getbasetemp()
    output: dict[str, str] | None = getattr(request.config, "workeroutput", None)
    folder = (base if output is None else base.parent) / "videos-conformance"
    request.config.stash[FOLDER] = folder
    if output is not None:
        output["videos_folder"] = str(folder)
    return verdicts_of(request, folder)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn from a worker of pytest-xdist where the run stands."""
    folder = getattr(node, "workeroutput", {}).get("videos_folder")
    if folder is not None:
        node.config.stash[FOLDER] = Path(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the run has cost, and where its report stands."""
    folder = config.stash.get(FOLDER, None)
    if folder is None or hasattr(config, "workeroutput"):  # a worker's terminal is nobody's
        return
    from conformance.plugin.telling import summary  # noqa: PLC0415 - only those pay who ask for it

    lines = summary(folder)
    if lines:
        terminalreporter.section("videos-conformance")
        for line in lines:
            terminalreporter.write_line(line)
