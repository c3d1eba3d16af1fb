"""Renderers: each turns a report into one form, and none of them knows the engine."""
