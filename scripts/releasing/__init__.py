"""Cuts a release: everything is checked first, then written, tested, built, committed and tagged, or nothing is."""
