"""Estimators that every question shares: regressions, bootstraps, permutation tests."""
