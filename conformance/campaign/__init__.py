"""One run from its first request to its verdicts: order, creates and minimisation."""

from conformance.campaign.run import Options, Result, plan, run

__all__ = ["Options", "Result", "plan", "run"]
