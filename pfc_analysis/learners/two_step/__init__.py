"""Learners of the two-step task."""
