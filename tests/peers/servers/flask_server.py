"""A correct server on Flask: Werkzeug's forms, behind gunicorn."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from judging import CHALLENGE, TERMS, Refusal, is_authorised, is_form, job_for, refusal
from werkzeug.exceptions import HTTPException

app = Flask(__name__)


@app.errorhandler(HTTPException)
def as_json(error: HTTPException) -> Any:
    """Say in JSON what Werkzeug says in HTML; its headers, such as Allow, stay."""
    answer = error.get_response()
    answer.data = jsonify(refusal(error.description or error.name)).data
    answer.content_type = "application/json"
    return answer


def refused(status: int, reason: str) -> tuple[Response, int]:
    """A refusal of our own."""
    return jsonify(refusal(reason)), status


@app.route(TERMS["path"], methods=[TERMS["method"]], provide_automatic_options=False)
def create() -> Any:
    """Make a job."""
    if not is_authorised(request.headers.get("Authorization")):
        return (*refused(401, "a valid API key is required"), CHALLENGE)
    if not is_form(request.mimetype):
        return refused(415, f"send {TERMS['media_type']}")
    try:
        return jsonify(job_for(dict(request.form.lists()), set(request.files)))
    except Refusal as error:
        return refused(400, str(error))
