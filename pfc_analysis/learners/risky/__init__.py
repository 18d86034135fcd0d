"""Learners that weigh the risk of an outcome."""
