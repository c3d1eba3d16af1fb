"""What the tests of the client have in common."""

from __future__ import annotations

#: Opens nothing; long enough to be taken for a secret.
TOKEN = "sk-very-secret-0123456789"
