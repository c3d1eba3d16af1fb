"""The behaviours that faults and variants are made of, one module for each part of an exchange.

Importing this package registers all of them; `faults.yaml` and `variants.yaml` give them names.
"""

from conformance.reference.behaviours import (
    answers,
    authorisation,
    conditions,
    decoding,
    delivery,
    errors,
    finding,
    identity,
    input_conditions,
    judgement,
    living,
    multipart_conditions,
    recognition,
    remembering,
    spelling,
    writing,
)

__all__ = [
    "answers",
    "authorisation",
    "conditions",
    "decoding",
    "delivery",
    "errors",
    "finding",
    "identity",
    "input_conditions",
    "judgement",
    "living",
    "multipart_conditions",
    "recognition",
    "remembering",
    "spelling",
    "writing",
]
