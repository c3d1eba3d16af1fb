"""The generator: writes everything under ``generated/`` from the contract (``./scripts/regenerate``)."""
