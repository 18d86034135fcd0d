"""Fit many models to many subjects, compare them, and lay out the result."""
