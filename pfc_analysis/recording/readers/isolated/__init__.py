"""Readers that run in a subprocess, so that a damaged file cannot crash the caller."""
