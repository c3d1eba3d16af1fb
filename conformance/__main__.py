"""Lets `python -m conformance` do what `videos-conformance` does."""

from conformance.cli import main

if __name__ == "__main__":
    main()
