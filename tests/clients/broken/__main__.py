"""The adapter of a broken client, or of one that is right, by its name; and of which contract, if not the project's."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.clients.broken.clients import BROKEN
from tests.clients.broken.conforming import CONFORMING
from tests.clients.broken.speaking import speak

if __name__ == "__main__":
    name, *contract = sys.argv[1:]
    speak((BROKEN | CONFORMING)[name], name, *map(Path, contract))
