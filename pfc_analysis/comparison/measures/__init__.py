"""Measure one kind of quantity in one group, by subject and by session."""
