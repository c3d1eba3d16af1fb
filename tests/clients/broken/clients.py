"""Broken clients by name, each the honest one but for one thing, which clients in the wild do."""

from __future__ import annotations

from tests.clients.broken.honest import HonestClient
from tests.clients.broken.naming import Clients
from tests.clients.broken.reading import READING
from tests.clients.broken.sending import SENDING

__all__ = ["BROKEN"]

BROKEN: Clients = {"honest": HonestClient, **SENDING, **READING}
"""All of them, and the honest one."""
