"""Recordings of trained agents and ideal observers that the figures are drawn from."""
