"""Fits that are shipped, and how they are made again."""
