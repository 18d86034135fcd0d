"""Panels that show what units encode."""
