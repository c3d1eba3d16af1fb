"""Whether a client's boundary can be foreseen: a text that holds the last one must come through all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from conformance.clients.flaw import ClientFlaw
from conformance.clients.forms_judged import boundary
from conformance.clients.trial import Trial
from conformance.contract import Contract
from conformance.vectors import Vector

__all__ = ["COLLISION", "Collision", "collision", "stand_in"]

COLLISION = "boundary-in-a-text"
_REQUIREMENT = "client/request/boundary"


@frozen
class Collision:
    """A vector made of one that was tried, with a boundary of the client's in a text."""

    vector: Vector
    boundary: str

    def judged(self, trial: Trial) -> Trial:
        """Say of a failure that it is the boundary's."""
        if not trial.flaws or not trial.received or boundary(trial.received[0]) != self.boundary:
            return trial
        said = "the boundary is the same in each call, and a text that holds it tears the form"
        return evolve(trial, flaws=(ClientFlaw("boundary", f"{said}: {trial.flaws[0].message}"),))


def collision(contract: Contract, trials: Sequence[Trial]) -> Collision | None:
    """Return a vector that a fixed boundary fails; None where no form with a text was sent."""
    for trial in trials:
        request = trial.vector.expect.request
        used = next(filter(None, map(boundary, trial.received)), None)
        if trial.flaws or used is None or request is None or trial.vector.call.helper is not None:
            continue
        name = _text_part(contract, trial.vector)
        if name is not None:
            return Collision(_vector(trial.vector, name, used), used)
    return None


def stand_in(contract: Contract, vectors: Sequence[Vector]) -> Vector | None:
    """Return what stands for that vector before a run, when no boundary is known yet."""
    for vector in vectors:
        name = _text_part(contract, vector) if vector.expect.request is not None else None
        if name is not None and vector.call.helper is None and "parts" in (vector.expect.request or {})["body"]:
            return _vector(vector, name, "boundary")
    return None


def _text_part(contract: Contract, vector: Vector) -> str | None:
    """Return an argument that is any text, and that is sent as one part."""
    operation = contract.operation(vector.call.operation)
    given: Any = vector.call.arguments.get("body")
    for declared in operation.fields if isinstance(given, Mapping) else ():
        if isinstance(given.get(declared.name), str) and declared.schema.is_valid(_torn("x")):
            return declared.name
    return None


def _vector(vector: Vector, name: str, used: str) -> Vector:
    text = _torn(used)
    arguments = {**vector.call.arguments, "body": {**vector.call.arguments["body"], name: text}}
    request = dict(vector.expect.request or {})
    parts = [
        {"name": name, "filename": None, "content_type": [None], "text": text} if part["name"] == name else part
        for part in request["body"]["parts"]
    ]
    request["body"] = {**request["body"], "parts": parts}
    return evolve(
        vector,
        id=f"{vector.call.operation}/request/{COLLISION}",
        requirement=_REQUIREMENT,
        sentence=f"`{name}` holds the boundary that the client used in an earlier call.",
        call=evolve(vector.call, arguments=arguments),
        expect=evolve(vector.expect, request=request),
    )


def _torn(used: str) -> str:
    return f'a\r\n--{used}\r\nContent-Disposition: form-data; name="x"\r\n\r\nb\r\n--{used}--\r\n'
