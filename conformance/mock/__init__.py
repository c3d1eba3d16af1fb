"""What app teams build against: the reference server with a log, a page, scripted outcomes, and nastiness by chance."""

from conformance.mock.mock_server import MockServer

__all__ = ["MockServer"]
