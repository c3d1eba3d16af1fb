"""The reference conformance suite for `/v1/videos` servers and their clients."""

__all__ = ["__version__"]

__version__ = "0.1.0"
