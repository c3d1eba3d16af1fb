"""A correct server on Tornado: its own server, and its own reader of multipart."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from judging import ALLOW, CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for, refusal
from tornado.web import Application, RequestHandler


class Answering(RequestHandler):
    """Says in JSON what Tornado says in HTML."""

    def refuse(self, status: int, reason: str) -> None:
        """Answer with a refusal."""
        self.set_status(status)
        if status == 401:
            self.set_header("WWW-Authenticate", CHALLENGE["WWW-Authenticate"])
        if status == 405:
            self.set_header("Allow", ALLOW["Allow"])
        self.finish(refusal(reason))

    def write_error(self, status_code: int, **_named: Any) -> None:
        """Answer with what Tornado itself refuses."""
        self.refuse(status_code, self._reason)


class Jobs(Answering):
    """The address where jobs are made."""

    def post(self) -> None:
        """Make a job."""
        if not is_authorised(self.request.headers.get("Authorization")):
            return self.refuse(401, "a valid API key is required")
        if not is_form(self.request.headers.get("Content-Type")):
            return self.refuse(415, f"send {TERMS['media_type']}")
        texts = {name: self.get_body_arguments(name, strip=False) for name in self.request.body_arguments}
        try:
            return self.write(job_for(texts, set(self.request.files)))
        except Refusal as error:
            return self.refuse(400, str(error))


class Nowhere(Answering):
    """Every other address."""

    def prepare(self) -> None:
        """Refuse any method."""
        self.refuse(404, "not found")


async def main() -> None:
    """Listen until somebody ends it."""
    Application([(TERMS["path"], Jobs)], default_handler_class=Nowhere).listen(int(os.environ["PORT"]), "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
