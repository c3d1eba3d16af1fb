"""One run from its first request to its verdicts: order, creates and minimisation."""

from conformance.campaign.planning import Options, plan
from conformance.campaign.run import BrokenOffError, Result, run

__all__ = ["BrokenOffError", "Options", "Result", "plan", "run"]
