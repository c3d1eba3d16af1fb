"""Java: jars from Maven's repository, at the versions and hashes of a folder's ``jars.lock``."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import click
from attrs import frozen

from scripts.toolchains.caches import demand, digest, kept, run

__all__ = ["LockedJar", "jars", "locked_jars"]

# Of the user's Maven, the one thing that decides what is downloaded; what comes is held to the lock.
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
MAVEN = ("mvn", "--batch-mode", "--quiet")
POM = (
    "<project><modelVersion>4.0.0</modelVersion><groupId>locked</groupId><artifactId>jars</artifactId>"
    "<version>1</version><dependencies>{}</dependencies></project>"
)
RESOLVED = re.compile(r"^ +(?P<group>[^:\s]+):(?P<artifact>[^:]+):jar:(?P<version>[^:]+):", re.MULTILINE)


@frozen
class LockedJar:
    """A line of a lock: ``group:artifact:version sha256``."""

    group: str
    artifact: str
    version: str
    sha256: str

    @classmethod
    def read(cls, line: str) -> LockedJar:
        """Read a line."""
        coordinates, sha256 = line.split()
        group, artifact, version = coordinates.split(":")
        return cls(group, artifact, version, sha256)

    @property
    def filename(self) -> str:
        """The name that Maven gives it."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def dependency(self) -> str:
        """How a pom asks for it, and for nothing that it depends on."""
        names = {"groupId": self.group, "artifactId": self.artifact, "version": self.version}
        told = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in names.items())
        alone = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
        return f"<dependency>{told}{alone}</dependency>"


def locked_jars(folder: Path) -> list[LockedJar]:
    """Read the lock of a folder."""
    lines = (folder / "jars.lock").read_text(encoding="utf-8").splitlines()
    return [LockedJar.read(line) for line in lines if line.strip() and not line.startswith("#")]


def jars(folder: Path) -> list[Path]:
    """Return the jars that a folder's lock names, fetched where they are not in the cache.

    Raises:
        click.ClickException: one cannot be had, or is not what the lock says.
    """
    locked = locked_jars(folder)
    version = digest([folder / "jars.lock"])
    return sorted(kept("jars", version, lambda made: _fetch(locked, made)).glob("*.jar"))


def _fetch(locked: list[LockedJar], made: Path) -> None:
    demand("java", "mvn")
    made.mkdir()
    wanted = "".join(jar.dependency for jar in locked)
    pom = made.parent / "pom.xml"
    pom.write_text(POM.format(wanted), encoding="utf-8")
    run((*MAVEN, f"{PLUGIN}:copy-dependencies", f"-DoutputDirectory={made}", "--file", pom), made)
    for jar in locked:
        found = hashlib.sha256((made / jar.filename).read_bytes()).hexdigest()
        if found != jar.sha256:
            raise click.ClickException(f"{jar.filename} has the hash {found}, and {jar.sha256} in jars.lock")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write a folder's jars.lock anew, from what its pom.xml asks for."""
    demand("java", "mvn")
    pom = folder.resolve() / "pom.xml"
    with tempfile.TemporaryDirectory() as work:
        run((*MAVEN, f"{PLUGIN}:copy-dependencies", f"-DoutputDirectory={work}", "--file", pom), folder)
        run((*MAVEN, f"{PLUGIN}:list", f"-DoutputFile={work}/list", "--file", pom), folder)
        found = RESOLVED.findall((Path(work) / "list").read_text(encoding="utf-8"))
        lines = []
        for group, artifact, version in sorted(found):
            content = (Path(work) / f"{artifact}-{version}.jar").read_bytes()
            lines.append(f"{group}:{artifact}:{version} {hashlib.sha256(content).hexdigest()}\n")
    head = "# Made of pom.xml by `python -m scripts.toolchains.java` with the name of this folder.\n"
    (folder / "jars.lock").write_text(head + "".join(lines), encoding="utf-8")
    click.echo(f"{folder / 'jars.lock'}: {len(lines)} jars")


if __name__ == "__main__":
    main()
