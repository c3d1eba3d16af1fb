"""A correct server on FastAPI: Starlette's forms, read by python-multipart, and FastAPI's own errors."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from judging import CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for

app = FastAPI()


def authorised(authorization: Annotated[str | None, Header()] = None) -> None:
    """Refuse whoever does not show the key."""
    if not is_authorised(authorization):
        raise HTTPException(401, "a valid API key is required", CHALLENGE)


@app.api_route(TERMS["path"], methods=[TERMS["method"]], dependencies=[Depends(authorised)])
async def create(request: Request) -> dict[str, Any]:
    """Make a job."""
    if not is_form(request.headers.get("content-type")):
        raise HTTPException(415, f"send {TERMS['media_type']}")
    texts: dict[str, list[str]] = defaultdict(list)
    files = set()
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                texts[name].append(value)
            else:
                files.add(name)
    try:
        return job_for(texts, files)
    except Refusal as error:
        raise HTTPException(400, str(error)) from error
