"""The contract, read once into frozen values that every other room works with."""

from conformance.contract.model import (
    FORM,
    METHODS,
    Contract,
    Field,
    Lifecycle,
    Operation,
    Parameter,
    Property,
    Provenance,
    Response,
    Schema,
    Stage,
    resolve,
)
from conformance.contract.reading import default_path, load

__all__ = [
    "FORM",
    "METHODS",
    "Contract",
    "Field",
    "Lifecycle",
    "Operation",
    "Parameter",
    "Property",
    "Provenance",
    "Response",
    "Schema",
    "Stage",
    "default_path",
    "load",
    "resolve",
]
