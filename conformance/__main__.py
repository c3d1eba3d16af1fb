"""`python -m conformance` is the command `videos-conformance`."""

from conformance.cli import main

main(prog_name="videos-conformance")
