"""Requirements: testable sentences with stable ids, derived from the contract or authored in the registry."""

from conformance.requirements.catalogue import Catalogue, catalogue
from conformance.requirements.requirement import Layer, Level, Quantifier, Requirement, Source

__all__ = ["Catalogue", "Layer", "Level", "Quantifier", "Requirement", "Source", "catalogue"]
