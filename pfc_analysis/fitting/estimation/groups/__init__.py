"""Fit the subjects of a group together: a normal distribution of parameters, and each subject."""
