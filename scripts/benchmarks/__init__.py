"""The benchmarks: the suite and the client, each measured beside others (``./scripts/bench``)."""
