"""The adapter of a broken client, or of the honest one: `python -m tests.clients.broken NAME`."""

from __future__ import annotations

import sys

from tests.clients.broken.clients import BROKEN
from tests.clients.broken.honest import speak

speak(BROKEN[sys.argv[1]], sys.argv[1])
