"""What is sent, and what it may cost: requests, their answers, the ledger, the target and the runner."""
