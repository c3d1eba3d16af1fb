"""A server of the contract: correct, or wrong in one named way, to build against and to test the suite with."""

from conformance.reference.generic_faults import generic_faults
from conformance.reference.server import ReferenceServer

__all__ = ["ReferenceServer", "generic_faults"]
