"""Makes .venv what the lock files say; does nothing when it already is.

Profiles are layers: ``runtime`` is what `conform` and `serve` need, ``dev`` adds what `test` needs,
``bench`` adds what benchmarks compare with. Each has a lock file that says only what it adds. An
environment in use is changed in place: packages are added and upgraded, never swept away. ``peers`` stands
apart, in .venv-peers and without this project: what the servers in `tests/peers` are written with, and a client of
others.

Standard library only, and few imports, because it runs first in every script.
"""

import sys
from hashlib import sha256
from pathlib import Path

LAYERS = ("runtime", "dev", "bench")
APART = "peers"
PROFILES = (*LAYERS, APART)
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")
LOCK_APART = "requirements-peers.lock"
ROOT = Path(__file__).resolve().parents[2]


class SetUpError(Exception):
    """The environment could not be made; the message says why and what to do."""


def venv_of(profile: str) -> Path:
    """The environment that a profile stands in."""
    return ROOT / (".venv-peers" if profile == APART else ".venv")


def python_of(profile: str) -> Path:
    """Its interpreter."""
    return venv_of(profile) / "bin" / "python"


def up_to(profile: str) -> tuple[str, ...]:
    """The profiles that a profile contains, itself last."""
    return (APART,) if profile == APART else LAYERS[: LAYERS.index(profile) + 1]


def locks_of(profile: str) -> list[Path]:
    """The lock files that a profile is made from, its own one last."""
    return [ROOT / LOCK_APART] if profile == APART else [ROOT / name for name in LOCKS[: len(up_to(profile))]]


def digest(profile: str) -> str:
    """Changes with everything that the environment of this profile was made from."""
    project = [] if profile == APART else [ROOT / "pyproject.toml"]
    made_from = [*locks_of(profile), *project, venv_of(profile) / "pyvenv.cfg"]
    # The path belongs to it: a copied environment still points at the checkout it came from.
    return sha256(b"\0".join([bytes(ROOT), *(path.read_bytes() for path in made_from)])).hexdigest()


def stamp(profile: str) -> Path:
    """The file that remembers what a profile was made from."""
    return venv_of(profile) / f".stamp-{profile}"


def is_fresh(profile: str) -> bool:
    """Whether the environment is what the lock files say."""
    try:
        return stamp(profile).read_text(encoding="ascii") == digest(profile)
    except OSError:
        return False


def run(*command: str | Path) -> None:
    """Run a step of the set-up; its own error output explains a failure."""
    import subprocess  # noqa: PLC0415 - the path that changes nothing must not pay for it

    ended = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if ended.returncode:
        step = " ".join(map(str, command[1:5]))
        raise SetUpError(
            f"the set-up failed: `{step} …` ended with {ended.returncode} (see above).\n"
            "  Packages come from the index that pip is configured for; check that it can be "
            "reached, then run the same script again."
        )


def works(python: Path) -> bool:
    """Whether the environment has an interpreter that starts and is new enough."""
    import subprocess  # noqa: PLC0415 - the path that changes nothing must not pay for it

    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return not subprocess.run([python, "-I", "-c", probe], check=False, stderr=subprocess.DEVNULL).returncode
    except OSError:
        return False


def set_up(profile: str) -> None:
    """Make the environment, or bring it up to date in place."""
    venv, python = venv_of(profile), python_of(profile)
    sys.stderr.write(f"Setting up {venv.name} for {profile}; this happens when a lock file changes …\n")
    if not works(python):
        run(sys.executable, "-I", "-m", "venv", "--clear", venv)
    for old in (APART,) if profile == APART else LAYERS:
        # Half an installation must never look like a whole one, whichever lock comes next.
        stamp(old).unlink(missing_ok=True)
    pip = (python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "--no-deps", *(word for lock in locks_of(profile) for word in ("-r", lock)))
    if profile != APART:
        run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    for made in up_to(profile):
        stamp(made).write_text(digest(made), encoding="ascii")


def set_up_once(profile: str) -> None:
    """Set up unless another script, started at the same time, has just done it."""
    import fcntl  # noqa: PLC0415 - the path that changes nothing must not pay for it

    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / f"bootstrap{venv_of(profile).name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write(f"Waiting for another script that is setting up {venv_of(profile).name} …\n")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fresh(profile):
            set_up(profile)


def main(arguments: list[str]) -> int:
    """``[--fresh] PROFILE``; with --fresh only say, by the exit status, whether all is in place."""
    profile = arguments[-1] if arguments else ""
    if profile not in PROFILES:
        sys.stderr.write(f"error: the profile is {profile!r}; it is one of {', '.join(PROFILES)}\n")
        return 2
    if "--fresh" in arguments:
        return 0 if is_fresh(profile) else 1
    try:
        set_up_once(profile)
    except (SetUpError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the next run goes on from here\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
