"""Compiled training of 32 networks at a time."""
