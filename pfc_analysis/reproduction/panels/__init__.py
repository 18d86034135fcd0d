"""Panels of the figures: average results over subjects and hand them to `pfc_analysis.plotting`."""
