"""The behaviours that faults and guises are made of, one module for each part of an exchange.

Importing this package registers all of them; `faults.yaml` and `guises.yaml` give them names.
"""

from conformance.reference.behaviours import (
    access,
    answers,
    conditions,
    delivery,
    errors,
    forms,
    identity,
    judgement,
    writing,
)

__all__ = ["access", "answers", "conditions", "delivery", "errors", "forms", "identity", "judgement", "writing"]
