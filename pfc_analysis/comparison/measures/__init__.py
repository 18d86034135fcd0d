"""Measure the quantities of a comparison in one group, by subject and by session."""
