"""Wire vectors: what a client is asked to do or is told, and what must then be on the wire or be understood."""

from conformance.vectors.obligations import explain_asked
from conformance.vectors.vector import Expectation, GivenAnswer, Vector, VectorCall
from conformance.vectors.whole import asked_document, documents, schema_text, tested_requirements, vectors

__all__ = [
    "Expectation",
    "GivenAnswer",
    "Vector",
    "VectorCall",
    "asked_document",
    "documents",
    "explain_asked",
    "schema_text",
    "tested_requirements",
    "vectors",
]
