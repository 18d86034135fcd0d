"""Panels of fits: models compared, parameters, and what can be trusted."""
