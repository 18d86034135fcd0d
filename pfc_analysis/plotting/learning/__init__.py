"""Panels that show how fast subjects learn."""
