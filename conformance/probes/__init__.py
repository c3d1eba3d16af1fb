"""The plans: probes, each with what it expects, what it may cost and what it decides."""
