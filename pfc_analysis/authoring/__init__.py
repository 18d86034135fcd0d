"""Experiments of the user's own: make one from a template, and check it before training."""
