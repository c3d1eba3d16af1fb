"""One run from its first request to its verdicts: order, creates and minimisation."""

from conformance.campaign.planning import Options, plan
from conformance.campaign.run import Result, run

__all__ = ["Options", "Result", "plan", "run"]
