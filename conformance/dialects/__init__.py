"""Dialects: which kind of server answers, told from signs that cost nothing to see."""
