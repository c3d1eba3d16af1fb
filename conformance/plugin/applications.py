"""The user's own application: found by its name, and served on loopback in this process."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import Environ, StartResponse, WSGIApp
from uvicorn.importer import ImportFromStringError, import_from_string

from conformance.errors import UsageError
from conformance.loopback import HOST, Loopback, listen

__all__ = ["named", "served"]


def named(config: pytest.Config) -> Any:
    """Return the application that --videos-app names, or None; like uvicorn, look where pytest was started.

    Raises:
        UsageError: there is none of that name.
    """
    name = config.getoption("videos_app")
    if name is None:
        return None
    here = str(config.invocation_params.dir)
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_from_string(name)
    except ImportFromStringError as error:
        raise UsageError(f"--videos-app {name}: {error}") from None


@contextmanager
def served(application: Any) -> Iterator[str]:
    """Serve an ASGI or WSGI application; yields its base URL.

    Raises:
        UsageError: it is none.
        SuiteError: it refuses to start.
    """
    if application is None:
        raise UsageError(
            "there is no server to test: name one with --videos-url URL, or an ASGI or WSGI application with"
            " --videos-app MODULE:NAME or the fixture videos_app"
        )
    if not callable(application):
        raise UsageError(f"{application!r} is no application: it cannot be called")
    adapted = WSGIMiddleware(_Whole(application)) if _is_wsgi(application) else application
    # What the application does not foresee is logged with its traceback, which pytest shows; the rest is the suite's.
    config = uvicorn.Config(adapted, ws="none", log_config=None, log_level="error", access_log=False)
    listener = listen(0)
    server = Loopback(config, listener, "application under test")
    server.start()
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.stop()


class _Whole:
    """Tells a WSGI application that its input ends where the body ends, so that it reads one without a length."""

    def __init__(self, application: WSGIApp) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input_terminated"] = True  # type: ignore[typeddict-unknown-key]  # what Werkzeug and others ask
        return self._application(environ, start_response)


def _is_wsgi(application: Any) -> bool:
    """Whether an application takes an environment and a function, and is no coroutine."""
    call = application if inspect.isroutine(application) else type(application).__call__.__get__(application)
    if inspect.iscoroutinefunction(call) or inspect.isclass(application):
        return False
    try:
        inspect.signature(call).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True
