"""The command `videos-conformance`: one module for each of its commands."""

from conformance.cli.main import main

__all__ = ["main"]
