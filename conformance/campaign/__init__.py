"""One run from its first request to its verdicts: order, creates and minimisation."""

from conformance.campaign.planning import Options, plan
from conformance.campaign.result import BrokenOffError, Result
from conformance.campaign.run import run

__all__ = ["BrokenOffError", "Options", "Result", "plan", "run"]
