"""Runs the comparison with a source."""

import sys

from scripts.source_page.checking import main

sys.exit(main(sys.argv[1:]))
