"""Learners of tasks in which each of a few arms pays with some probability."""
