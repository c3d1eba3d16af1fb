"""Judges clients: what they put on the wire, what they make of answers, and how often they send."""
