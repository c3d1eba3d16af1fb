"""A correct server on Tornado: its own server, and its own reader of multipart."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from judging import ALLOW, CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for, refusal
from tornado.web import Application, HTTPError, RequestHandler


class Answering(RequestHandler):
    """Says in JSON what Tornado says in HTML."""

    def write_error(self, status_code: int, **named: Any) -> None:
        """Write a refusal."""
        error = named.get("exc_info", (None, None))[1]
        if status_code == 405:
            self.set_header("Allow", ALLOW["Allow"])
        self.finish(refusal(getattr(error, "log_message", None) or self._reason))


class Jobs(Answering):
    """The address where jobs are made."""

    def post(self) -> None:
        """Make a job."""
        if not is_authorised(self.request.headers.get("Authorization")):
            self.set_status(401)
            self.set_header("WWW-Authenticate", CHALLENGE["WWW-Authenticate"])
            self.finish(refusal("a valid API key is required"))
            return
        if not is_form(self.request.headers.get("Content-Type")):
            raise HTTPError(415, f"send {TERMS['media_type']}")
        texts = {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}
        try:
            self.write(job_for(texts, set(self.request.files)))
        except Refusal as error:
            raise HTTPError(400, "%s", error) from error


class Nowhere(Answering):
    """Every other address."""

    def prepare(self) -> None:
        """Refuse any method."""
        raise HTTPError(404, "not found")


async def main() -> None:
    """Listen until somebody ends it."""
    Application([(TERMS["path"], Jobs)], default_handler_class=Nowhere).listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
