"""Panels of the figures: average results over subjects and hand them to `pfc_analysis.plotting`.

The functions draw on the matplotlib axes that they are given as `axes`, and return these axes.
"""
