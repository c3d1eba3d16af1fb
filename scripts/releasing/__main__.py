"""Runs the release."""

from scripts.releasing.cutting import main

main(prog_name="./scripts/release")
