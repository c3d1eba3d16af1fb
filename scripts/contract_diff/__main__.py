"""Runs the comparison."""

from scripts.contract_diff.command import main

main(prog_name="./scripts/contract-diff")
