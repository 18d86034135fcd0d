"""Panels that show what units code."""
