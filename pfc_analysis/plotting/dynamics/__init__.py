"""Panels of the dynamics of networks."""
