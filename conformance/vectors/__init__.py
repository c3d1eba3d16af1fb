"""Wire vectors: what a client is asked to do or is told, and what must then be on the wire or be understood."""

from conformance.vectors.vector import Call, Expectation, GivenAnswer, Vector
from conformance.vectors.whole import documents, schema_text, vectors

__all__ = ["Call", "Expectation", "GivenAnswer", "Vector", "documents", "schema_text", "vectors"]
