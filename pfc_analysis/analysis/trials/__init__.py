"""Trials of a recording as plain arrays, checked once for all analyses."""
