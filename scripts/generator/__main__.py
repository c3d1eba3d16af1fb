"""Runs the generator."""

import sys

from scripts.generator.command import main

sys.exit(main(sys.argv[1:]))
