"""The clients of other languages: made from the exports by others' generators, built once, never committed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from attrs import field, frozen

from scripts.toolchains import golang, java, rust
from scripts.toolchains.caches import demand, digest, kept, place, run, tree

__all__ = ["GENERATED", "GeneratedClient"]

ROOT = Path(__file__).resolve().parents[2]
EXPORT = ROOT / "generated" / "contract" / "openapi.codegen.yaml"
SOURCES = ROOT / "tests" / "clients"
EXAMPLE = ROOT / "conformance" / "clients" / "examples" / "adapter.go"
GENERATOR = SOURCES / "openapi-generator"


@frozen
class GeneratedClient:
    """A client that a generator makes of the export for generators.

    Attributes:
        language: its name, and that of the folder with the settings, the help and the adapter.
        generator: what makes it, by the name under which its adapter introduces itself.
        tools: the programs that this needs on the path.
        make: fills a folder with the client and its adapter.
        start: what starts the adapter that the folder has, which is told the version of its generator.
    """

    language: str
    generator: str
    tools: tuple[str, ...]
    make: Callable[[Path], None] = field(repr=False)
    start: Callable[[Path, str], tuple[str, ...]] = field(repr=False)

    @property
    def version(self) -> str:
        """The version of the generator."""
        return _go_version() if self.language == "go" else java.locked_jars(GENERATOR)[0].version

    @property
    def _made_from(self) -> str:
        sources = [EXPORT, EXAMPLE, *tree(SOURCES / self.language), *tree(GENERATOR), Path(__file__)]
        compilers = [run((tool, "version" if tool == "go" else "--version"), ROOT) for tool in self.tools]
        return digest(sources, *compilers)

    def missing(self) -> str | None:
        """Say what is not on this machine that its adapter needs, or nothing."""
        try:
            demand(*self.tools)
        except click.ClickException as error:
            return error.message
        is_built = place(f"client-{self.language}", self._made_from).is_dir()
        return None if is_built else "it is not built; `./scripts/test tests/clients` builds it"

    def command(self) -> tuple[str, ...]:
        """Return what starts its adapter, built where the cache has none of just these sources.

        Raises:
            click.ClickException: a tool is missing, or it cannot be built.
        """
        demand(*self.tools)
        made = kept(f"client-{self.language}", self._made_from, self.make)
        return self.start(made, self.version)


def _make_go(made: Path) -> None:
    shutil.copytree(SOURCES / "go", made)
    shutil.copy(EXAMPLE, made)
    tool = ("go", "tool", "oapi-codegen", "-config", "oapi-codegen.yaml", "-templates", "templates", "-o", "made.go")
    run((*tool, EXPORT), made / "client", golang.environment())
    golang.build(made, made / "adapter")


def _make_java(made: Path) -> None:
    _generate("java", made)
    own = made / "src" / "main" / "java"
    shutil.copytree(SOURCES / "java" / "com", own / "com", dirs_exist_ok=True)
    files = [*own.rglob("*.java"), SOURCES / "java" / "Adapter.java"]
    path = _class_path()
    run(("javac", "-nowarn", "-parameters", "-encoding", "UTF-8", "-cp", path, "-d", made / "classes", *files), made)


def _start_java(made: Path, version: str) -> tuple[str, ...]:
    apis = sorted((made / "classes").glob("com/example/videos/api/*Api.class"))
    names = [f"com.example.videos.api.{api.stem}" for api in apis]
    return ("java", "-cp", f"{made / 'classes'}:{_class_path()}", "Adapter", version, *names)


def _class_path() -> str:
    return str(java.jars(SOURCES / "java")[0].parent / "*")


def _make_rust(made: Path) -> None:
    _generate("rust", made, "--template-dir", SOURCES / "rust" / "templates")
    shutil.copy(SOURCES / "rust" / "calls.rs", made / "src")
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(SOURCES / "rust" / name, made)
    rust.build(made, made / "adapter")


def _generate(language: str, made: Path, *more: str | Path) -> None:
    """Run openapi-generator, with the settings that stand in the language's folder."""
    (jar,) = java.jars(GENERATOR)
    settings = SOURCES / language / "openapi-generator.yaml"
    run(("java", "-jar", jar, "generate", "-i", EXPORT, "-c", settings, "-o", made, *more), made.parent)


def _start_program(made: Path, version: str) -> tuple[str, ...]:
    return (str(made / "adapter"), version)


def _go_version() -> str:
    found = re.search(r"/oapi-codegen/v2 v(\S+)", (SOURCES / "go" / "go.mod").read_text(encoding="utf-8"))
    if found is None:
        raise click.ClickException("tests/clients/go/go.mod does not name oapi-codegen")
    return found[1]


GENERATED: Mapping[str, GeneratedClient] = {
    client.language: client
    for client in (
        GeneratedClient("go", "oapi-codegen", ("go",), _make_go, _start_program),
        GeneratedClient("java", "openapi-generator okhttp-gson", ("java", "javac", "mvn"), _make_java, _start_java),
        GeneratedClient("rust", "openapi-generator reqwest", ("cargo", "java", "mvn"), _make_rust, _start_program),
    )
}


@click.command()
@click.argument("languages", nargs=-1, type=click.Choice(sorted(GENERATED)))
def main(languages: tuple[str, ...]) -> None:
    """Build the clients of these languages, or of all, and print what starts their adapters."""
    failed = 0
    for language in languages or GENERATED:
        try:
            click.echo(" ".join(GENERATED[language].command()))
        except click.ClickException as error:
            failed = 1
            click.echo(f"{language}: {error.message}", err=True)
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
