"""The contract, read once into frozen values that no other room has to look behind."""

from conformance.contract.document import Document
from conformance.contract.model import (
    FORM,
    METHODS,
    Body,
    BodyKind,
    Contract,
    Header,
    Input,
    Location,
    MediaType,
    Operation,
    Property,
    Response,
    SecurityScheme,
)
from conformance.contract.node import Provenance
from conformance.contract.reading import load
from conformance.contract.schema import Bound, Lifecycle, Schema, Stage
from conformance.contract.source import ContractSource, default_path

__all__ = [
    "FORM",
    "METHODS",
    "Body",
    "BodyKind",
    "Bound",
    "Contract",
    "ContractSource",
    "Document",
    "Header",
    "Input",
    "Lifecycle",
    "Location",
    "MediaType",
    "Operation",
    "Property",
    "Provenance",
    "Response",
    "Schema",
    "SecurityScheme",
    "Stage",
    "default_path",
    "load",
]
