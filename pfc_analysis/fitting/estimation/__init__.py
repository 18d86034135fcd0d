"""Estimate parameters: maximum likelihood, maximum a posteriori, hierarchical."""
