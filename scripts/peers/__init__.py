"""Servers that others wrote, to try the suite on (``./scripts/peer``)."""
